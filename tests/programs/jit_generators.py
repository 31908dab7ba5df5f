# Loops over generators, whose bodies compiled code inlines: every way in and out of them.
import sys


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def total(n):
    t = 0
    for x in numbers(n):
        t += x
    return t


print(total(500), total(0), total(1), total(3000))


# Floats, ints that grow big, None: slots that change their type on the way.
def mixed(n):
    x, y, z = 1, 0.5, None
    for i in range(n):
        yield x, y, z
        x *= 3
        y += 0.25
        z = i if i % 7 == 0 else None


r = None
for a, b, c in mixed(200):
    if c is not None:
        r = a + 1, b, c
print(r)


# Several yields, at different depths of the value stack.
def zigzag(n):
    yield "begin"
    for i in range(n):
        yield i
        for j in (i, -i):
            yield j
    yield "end"


count, s, words = 0, 0, []
for v in zigzag(300):
    count += 1
    if isinstance(v, str):
        words.append(v)
    else:
        s += v
print(count, s, words)


# Filters: iterations that yield nothing.
def odd(xs):
    for x in xs:
        if x % 2:
            yield x


def rare(xs):
    for x in xs:
        if x % 97 == 0:
            yield x


print(sum(1 for x in odd(range(1000))), sum(x for x in rare(range(5000))))
t = 0
for x in odd(odd(numbers(900))):
    t += x
for x in rare(numbers(3000)):
    t -= x
print(t)


# Expressions inside of loops: made, run and finished again and again.
data = [(i, -i, i * i) for i in range(60)]
t = 0
for round in range(30):
    for row in data:
        for y in (x + round for x in row):
            t += y
print(t)
print(max(max(x * y for x in range(5)) for y in range(300)))


# What a generator returns is not seen by the loop.
def returns(n):
    for i in range(n):
        yield i
    return "ignored"


n = 0
for k in range(200):
    for _ in returns(3):
        n += 1
print(n)


# Errors raised inside of a hot generator: the traceback has both frames.
def fails(n):
    for i in range(n):
        yield 10 // (n - 5 - i)


def consume(n):
    t = 0
    for x in fails(n):
        t += x
    return t


try:
    consume(900)
except ZeroDivisionError as e:
    tb, names = e.__traceback__, []
    while tb:
        names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    print(names, e)


# Errors raised by the loop: the generator stays where it is.
g = numbers(1000)
try:
    for x in g:
        if x == 777:
            raise KeyError(x)
except KeyError as e:
    print("caught", e, next(g), g.gi_frame.f_locals["i"])


# A loop that resumes its own generator, and one that ends it.
def skipping(n):
    g, seen = numbers(n), 0
    for x in g:
        seen += 1
        if x % 10 == 3:
            seen += next(g)
        if x == n - 40:
            g.close()
    return seen


print(skipping(1000))


# Reading a generator's frame from outside, while it waits and while it runs.
def looked_at(n, box):
    total = 0
    for i in range(n):
        total += i
        if i % 100 == 50:
            box.append(look())
        yield total


def look():
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_locals["total"], f.f_back.f_code.co_name


def run(n):
    box, g = [], None
    g = looked_at(n, box)
    outside = []
    for t in g:
        if t % 1000 == 3:
            outside.append((g.gi_frame.f_locals["i"], g.gi_running, g.gi_suspended))
    return box, outside, g.gi_frame, g.gi_running


print(run(600))


# A generator that is asked for a value while it runs.
def asks_itself(n):
    for i in range(n):
        if i == n - 2:
            try:
                next(me)
            except ValueError as e:
                yield str(e)
        yield i


me = asks_itself(600)
strange = [x for x in me if type(x) is str]
print(strange)


# Its frame object, kept by someone, and its own variables through it.
def framed(n):
    for i in range(n):
        value = [i]
        if i == n - 3:
            frames.append(sys._getframe())
        yield value[0]


frames = []
for k in range(5):
    t = 0
    for x in framed(400):
        t += x
print(t, [f.f_locals["i"] for f in frames], frames[0].f_locals["value"])


# What is released when a generator ends, and in which order.
class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def noisy(k):
    a, b = Noisy("a%d" % k), Noisy("b%d" % k)
    for i in range(3):
        c = Noisy("c%d" % k)
        yield i


log = []
for k in range(300):
    for x in noisy(k):
        pass
    log.append("after %d" % k)
print(len(log), log[:8], log[-9:])


# Delegation inside of an inlined generator.
def outer(n):
    yield from numbers(n)
    yield from (x * 2 for x in range(n))


t = 0
for i in range(40):
    for x in outer(20):
        t += x
print(t)


# Handlers and context managers around yields.
def guarded(n):
    for i in range(n):
        try:
            if i % 50 == 49:
                raise LookupError(i)
            yield i
        except LookupError as e:
            yield -e.args[0]
        finally:
            cleaned.append(i)


cleaned, t = [], 0
for x in guarded(500):
    t += x
print(t, len(cleaned))


def while_handling(n):
    try:
        raise OSError("handled")
    except OSError:
        for i in range(n):
            yield i, sys.exception()


seen = set()
for i, e in while_handling(500):
    seen.add((repr(e), sys.exception()))
print(seen)


# The exception being handled by the loop is seen by the generator.
def handled(n):
    for i in range(n):
        yield repr(sys.exception())


def in_handler(n):
    try:
        1 / 0
    except ZeroDivisionError:
        return {x for x in handled(n)}, [x for x in handled(n)][-1]


print(in_handler(500))


# Recursive generators.
def tree(depth):
    if depth:
        for x in tree(depth - 1):
            yield x
        yield depth
        for x in tree(depth - 1):
            yield x


t = []
for k in range(3):
    for x in tree(8):
        t.append(x)
print(len(t), sum(t), t[:10])


# Closures and arguments that the loop changes.
def reads(cell, n):
    for i in range(n):
        yield cell[0] + i


cell, t = [0], 0
for x in reads(cell, 800):
    cell[0] = x % 5
    t += x
print(t)


def counter():
    n = 0

    def gen(m):
        nonlocal n
        for i in range(m):
            n += 1
            yield n

    last = 0
    for x in gen(700):
        last = x
        n += 1
    return last, n


print(counter())


# send() to a generator that a loop resumes, too.
def receives(n):
    got = 0
    for i in range(n):
        x = yield got
        if x is not None:
            got += x


g = receives(1000)
next(g)
t = 0
for v in g:
    t += v
    if v < 300:
        g.send(1)
print(t)


# Running out of recursion inside of a generator.
def deep(n):
    yield n
    for x in deep(n + 1):
        yield x


try:
    for x in deep(0):
        last = x
except RecursionError as e:
    print(type(e).__name__, last > 100)
