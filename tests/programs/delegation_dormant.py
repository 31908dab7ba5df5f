# Chains of generators that delegate: dormant between two values, looked at from everywhere.
import gc
import sys
import inspect


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def tree(r):
    if not r:
        return None
    i = len(r) // 2
    return Tree(tree(r[:i]), r[i], tree(r[i + 1:]))


t = tree(range(500))
print(list(t) == list(range(500)), sum(t), sum(1 for _ in t), max(t), len(set(t)))
total = 0
for x in t:
    total += x
print(total)


def leaf(log):
    try:
        got = yield 1
        log.append(("got", got))
        got = yield 2
        log.append(("got", got))
        yield 3
    finally:
        log.append("leaf ends")
    return "leaf's"


def middle(log, inner):
    try:
        r = yield from inner
        log.append(r)
        yield 4
    except ValueError as e:
        log.append(repr(e))
        yield 5
    return "middle's"


def outer(log, inner):
    r = yield from inner
    log.append(r)
    yield 6


def chain():
    log = []
    a = leaf(log)
    b = middle(log, a)
    c = outer(log, b)
    return log, a, b, c


def look(*gens):
    for g in gens:
        f = g.gi_frame
        print(g.gi_running, g.gi_suspended, inspect.getgeneratorstate(g), f and f.f_lineno, f and f.f_back, getattr(g.gi_yieldfrom, "__name__", None), end="; ")
    print()


# Driven by a loop, looked at in between.
log, a, b, c = chain()
for i, x in enumerate(c):
    print(x, end=" ")
    if i % 2 == 0:
        look(a, b, c)
print(log)

# The innermost is taken from elsewhere, while the chain waits.
log, a, b, c = chain()
for x in c:
    if x == 1:
        print("stolen", next(a))
    print(x)
print(log)

# The one in the middle.
log, a, b, c = chain()
for x in c:
    if x == 1:
        print("stolen", next(b))
    print(x)
print(log)

# While it runs, nobody can.
def nosy(log, who):
    for g in who:
        try:
            next(g)
        except ValueError as e:
            log.append(str(e))
    yield 7
    for g in who:
        log.append((g.gi_running, g.gi_suspended))
    yield 8

log = []
who = []
n = nosy(log, who)
m = middle(log, n)
o = outer(log, m)
who += [m, o]
for x in o:
    print(x)
print(log)

# send, throw and close through it.
log, a, b, c = chain()
for x in c:
    print(c.send("hello"))
    break
print(c.throw(ValueError("thrown")))
print(list(c), log)
log, a, b, c = chain()
for x in c:
    break
c.close()
print(log)
look(a, b, c)

# Closed in the middle, freed at its head, freed at its end.
log, a, b, c = chain()
for x in c:
    b.close()
    break
print(log)
try:
    print(next(c))
except StopIteration:
    print("over")
log, a, b, c = chain()
for x in c:
    break
del c
look(a, b)
del b
print(log, next(a, "none"))
log, a, b, c = chain()
for x in c:
    break
del a, b
gc.collect()
print(list(c), log)
log, a, b, c = chain()
for x in c:
    break
del a, b, c
print(log)


# Cycles through a dormant chain.
def cyclic(box, inner):
    me = box
    yield from inner

log = []
box = []
g = cyclic(box, middle(log, leaf(log)))
box.append(g)
for x in g:
    break
del g, box
gc.collect()
print(log)


# Exceptions being handled in the chain.
def handling(inner):
    try:
        raise KeyError("k")
    except KeyError:
        yield from inner
    yield repr(sys.exception())

def innermost():
    yield repr(sys.exception())
    try:
        raise OSError("o")
    except OSError:
        yield repr(sys.exception())
        yield repr(sys.exception().__context__)
    yield repr(sys.exception())

try:
    raise TypeError("t")
except TypeError:
    for x in handling(handling(innermost())):
        print(x, repr(sys.exception()))


# Frames: who called whom.
def names():
    f, out = sys._getframe(), []
    while f:
        out.append(f.f_code.co_name)
        f = f.f_back
    return out

def who_calls():
    yield names()
    yield names()

def pass_on(g):
    yield from g

def consume(g):
    for x in g:
        print(x)

g = pass_on(pass_on(who_calls()))
print(next(g))
consume(g)

# Resumed from different places: a loop, next, another generator, a native function.
g = pass_on(pass_on(iter(range(5)) and (i * i for i in range(12))))
for x in g:
    if x > 3:
        break
print(x, next(g), next(g))

def later(g):
    yield "later"
    yield from g

g2 = later(g)
print([next(g2) for _ in range(3)])
for x in g2:
    print(x, end=" ")
    if x == 64:
        break
print(list(g2), list(g))


# Raising in the innermost; tracebacks.
def failing(n):
    yield n
    raise RuntimeError("inside")

try:
    for x in pass_on(pass_on(failing(1))):
        pass
except RuntimeError as e:
    tb = e.__traceback__
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno)
        tb = tb.tb_next

# Too deep.
def deep(n):
    if n:
        yield from deep(n - 1)
    yield n

print(sum(1 for _ in deep(300)))
sys.setrecursionlimit(200)
try:
    for x in deep(1000):
        pass
except RecursionError as e:
    print("RecursionError")
sys.setrecursionlimit(1000)

g = deep(100)
for x in g:
    break
sys.setrecursionlimit(90)
try:
    for x in g:
        break
except RecursionError as e:
    print("RecursionError again")
sys.setrecursionlimit(1000)


# Coroutines.
class Wait:
    def __await__(self):
        r = yield "waiting"
        return r

async def low(n):
    total = 0
    for _ in range(n):
        total += await Wait()
    return total

async def high(n):
    return await low(n) + await low(n)

async def top(n):
    try:
        return await high(n)
    finally:
        print("top ends")

c = top(3)
sent, k = None, 0
try:
    while True:
        print(c.send(sent), c.cr_running, c.cr_suspended, c.cr_await.__name__, end=" ")
        k += 1
        sent = k
except StopIteration as e:
    print(e.value)
c = top(3)
c.send(None)
c.send(1)
try:
    c.throw(ValueError("v"))
except ValueError as e:
    print(e)


async def agen(n):
    for i in range(n):
        yield i, await low(1)

async def use():
    return [x async for x in agen(3)]

c = use()
sent = None
try:
    while True:
        c.send(sent)
        sent = 5
except StopIteration as e:
    print(e.value)

# A trace function comes and goes while a chain waits.
g = pass_on(pass_on(i for i in range(6)))
for x in g:
    break
events = []
def tracer(frame, event, arg):
    events.append((frame.f_code.co_name, event))
    return tracer
sys.settrace(tracer)
for x in g:
    break
sys.settrace(None)
print(x, events)
print(list(g))
