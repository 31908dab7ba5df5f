# Generators consumed by hot loops: send, throw, close, return values, delegation, and generator expressions.
def count(n):
    for i in range(n): yield i

def sums(n):
    s = 0
    for x in count(n): s += x
    for x in count(n):
        if x == n // 2: break
    else: s = -1
    return s, x

def pipeline(n):
    def square(it):
        for x in it: yield x * x
    def odd(it):
        for x in it:
            if x % 2: yield x
    def take(it, k):
        for x in it:
            if k == 0: return
            k -= 1
            yield x
    return sum(take(odd(square(count(n))), 40)), list(take(count(n), 3))

def averager():
    total = n = 0
    average = None
    while True:
        x = yield average
        if x is None: return total, n
        total += x
        n += 1
        average = total / n

def sending(n):
    g = averager()
    next(g)
    for i in range(n): last = g.send(i if i < 50 else 0.5)
    try: g.send(None)
    except StopIteration as e: return last, e.value

def throwing(n):
    log = []
    def g():
        k = 0
        while True:
            try:
                k += 1
                yield k
            except ValueError as e:
                log.append(str(e))
                k += 1000
            finally:
                k += 1
    it, s = g(), 0
    for i in range(n):
        s += next(it)
        if i % 20 == 7: s += it.throw(ValueError(f'v{i}'))
    try: it.throw(KeyError('out'))
    except KeyError as e: log.append(repr(e))
    return s, log, next(it, 'over')

def tree(depth, k=1):
    if depth:
        yield from tree(depth - 1, 2 * k)
        yield k
        yield from tree(depth - 1, 2 * k + 1)

def delegating(n):
    def inner():
        total = 0
        while True:
            x = yield total
            if x is None: return total
            total += x
    def outer():
        results = []
        for _ in range(3): results.append((yield from inner()))
        return results
    g, out = outer(), None
    next(g)
    for k in range(3):
        for i in range(n): g.send(i + k)
        try: g.send(None)
        except StopIteration as e: out = e.value
    return out

def closing(n):
    log = []
    def g(i):
        try:
            yield i
            yield i + 1
        finally:
            log.append(i)
    s = 0
    for i in range(n):
        for x in g(i):
            s += x
            if i % 3: break
    it = g(0)
    next(it)
    it.close()
    return s, len(log), log[-3:], next(it, None)

def raising(n):
    def g():
        for i in range(n):
            yield 10 // (60 - i)
    s, it = 0, g()
    try:
        for x in it: s += x
    except ZeroDivisionError as e:
        tb = e.__traceback__
        return s, tb.tb_next.tb_frame.f_code.co_name, tb.tb_next.tb_lineno - tb.tb_lineno, list(it)

def stop_inside(n):
    def g():
        for i in range(n):
            if i == 70: raise StopIteration('bad')
            yield i
    try: return sum(g())
    except RuntimeError as e: return str(e), repr(e.__cause__)

def interleaved(n):
    gs = [count(n), (x * 0.5 for x in range(n)), iter('ab' * n), (x for x in count(n) if x % 3)]
    out = []
    for i in range(n):
        out.append(next(gs[i % 4]))
    return out[-8:]

def primes():
    found = []
    k = 2
    while True:
        if all(k % p for p in found if p * p <= k):
            found.append(k)
            yield k
        k += 1

def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b

def unpacked(n):
    s = 0
    for i in range(n):
        a, b, c = count(3)
        x, *rest = (k for k in range(i % 5 + 1))
        s += a + b + c + x + len(rest) + sum(count(4)) + max(count(i + 1)) + len([*count(3), *count(2)]) + (7 in count(9))
        try: a, b = count(3)
        except ValueError as e: text = str(e)
    return s, text, dict(zip(count(3), 'abc')), ''.join(chr(97 + k) for k in count(5))

def states(n):
    import inspect
    g, out = count(n), []
    out.append(inspect.getgeneratorstate(g))
    for x in g:
        if x == 60: out.append((inspect.getgeneratorstate(g), g.gi_frame.f_locals['i'], g.gi_running))
    out.append((inspect.getgeneratorstate(g), g.gi_frame))
    def reenter():
        yield next(me)
    me = reenter()
    try: next(me)
    except ValueError as e: out.append(str(e))
    return out

def closure_state(n):
    k = 0
    def g():
        nonlocal k
        while k < n:
            k += 1
            yield k
    out = []
    for x in g():
        if x % 10 == 0: k += 5
        out.append(x)
    return len(out), out[-1]

print(sums(100), pipeline(300), sending(100), throwing(100))
print(sum(tree(7)), list(tree(3)), delegating(60), closing(90), raising(100), stop_inside(100))
print(interleaved(100))
p = primes()
print([next(p) for _ in range(60)][-3:])
for f in fib():
    if f > 10 ** 30: break
print(f)
print(unpacked(60), states(100), closure_state(100))
