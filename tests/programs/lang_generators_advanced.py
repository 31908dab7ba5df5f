# Generators as coroutines: trampolines, pipelines with send, cleanup order, and return values through yield from.
log = []
def trampoline(g):
    stack, value = [g], None
    while stack:
        try: r = stack[-1].send(value)
        except StopIteration as e:
            stack.pop()
            value = e.value
        else:
            if hasattr(r, 'send'): stack.append(r); value = None
            else: value = r
    return value
def fact(n): return 1 if n == 0 else n * (yield fact(n - 1))
print(trampoline(fact(300)) % 1000007)
def sink(out):
    try:
        while True: out.append((yield))
    except GeneratorExit: out.append('closed')
def mapper(f, target):
    next(target)
    try:
        while True: target.send(f((yield)))
    finally: target.close()
out = []
m = mapper(lambda x: x * x, sink(out)); next(m)
for i in range(100): m.send(i)
m.close()
print(len(out), out[-2:])
def inner():
    try:
        got = yield 'i1'
        log.append(('inner got', got))
        yield 'i2'
    except ValueError as e:
        log.append(('inner caught', str(e)))
        yield 'handled'
    finally: log.append('inner finally')
    return 'inner result'
def outer():
    try: r = yield from inner(); log.append(r)
    finally: log.append('outer finally')
    yield 'after'
g = outer()
print(next(g), g.send('hello'), g.throw(ValueError('boom')), next(g), next(g, 'end'), log)
log.clear(); g = outer(); next(g); g.close(); print(log)
log.clear(); g = outer(); next(g); del g; print(log)
def lists(): x = yield from [1, 2]; y = yield from (i for i in 'ab'); return x, y
def runner(): log.append((yield from lists()))
log.clear(); print(list(runner()), log)
def ignores():
    while True:
        try: yield
        except GeneratorExit: pass
g = ignores(); next(g)
try: g.close()
except RuntimeError as e: print(e)
def finishes():
    try: yield 1
    except GeneratorExit: return 'value from close'
g = finishes(); next(g); print(g.close(), g.close())
for bad in (lambda g: g.send(1), lambda g: g.throw(TypeError), lambda g: g.throw(5)):
    g = finishes()
    try: bad(g)
    except TypeError as e: print(repr(e))
def scheduler(tasks):
    ready, t = list(enumerate(tasks)), 0
    while ready:
        ready.sort(key=lambda p: p[0])
        when, task = ready.pop(0)
        t = max(t, when)
        try: ready.append((t + next(task), task))
        except StopIteration as e: yield t, e.value
def task(name, delays):
    for d in delays: yield d
    return name
print(list(scheduler([task('a', [3, 3]), task('b', [1, 1, 1]), task('c', [])])))
def tree(n): return [tree(n - 1), n, tree(n - 1)] if n else []
def walk(t):
    if t: yield from walk(t[0]); yield t[1]; yield from walk(t[2])
print(''.join(map(str, walk(tree(6)))), sum(walk(tree(8))))
def permute(a, k=0):
    if k == len(a): yield tuple(a)
    for i in range(k, len(a)):
        a[k], a[i] = a[i], a[k]
        yield from permute(a, k + 1)
        a[k], a[i] = a[i], a[k]
print(len(set(permute([1, 2, 3, 4, 5]))), next(permute(['x', 'y'])))
