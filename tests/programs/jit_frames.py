# sys._getframe(), f_locals, f_lineno, f_back, locals() and tracing of frames from hot, inlined calls.
import sys, inspect

BASE = sys._getframe().f_code.co_firstlineno
def here(): return sys._getframe(1).f_lineno
def caller(): return sys._getframe(2).f_code.co_name
def names():
    f, out = sys._getframe(1), []
    while f:
        out.append(f.f_code.co_name)
        f = f.f_back
    return out

def lines(n):
    seen = []
    for i in range(n):
        a = here()
        b = (i +
             here())
        if (a, b - i) not in seen: seen.append((a, b - i))
    return seen

def a(i): return b(i)
def b(i): return c(i)
def c(i): return names() if i % 50 == 49 else i
def stack(n):
    out = []
    for i in range(n):
        r = a(i)
        if type(r) is list: out.append(r)
    return out

def peek(i):
    f = sys._getframe(1)
    return dict(f.f_locals)

def f_locals(n):
    total, text = 0, 'x'
    for i in range(n):
        total += i
        half = i / 2
        if i == 70: text = 5
        d = peek(i)
        if i % 40 == 39: print(sorted(d.items(), key=lambda p: p[0])[:4], d['half'], 'd' in d)
    return total

def set_local():
    f = sys._getframe(1)
    f.f_locals['x'] = f.f_locals['x'] + 1000

def writes(n):
    x = 0
    for i in range(n):
        x += 1
        if i % 30 == 29: set_local()
    return x

def own_locals(n):
    a, b = 1, 2.5
    for i in range(n):
        a += i
        snapshot = {k: v for k, v in locals().items() if k in 'ab'}
        if i == 60: del b
        if i % 33 == 32: print(snapshot, sorted(locals()))
    locals()['a'] = 'unchanged'
    return a

def cells(n):
    x = 0
    def look():
        nonlocal x
        x += 1
        return sys._getframe(1).f_locals['x'], sys._getframe().f_locals['x']
    for i in range(n): r = look()
    return r

class C:
    def method(self, k): return self.inner(k)
    def inner(self, k): return sys._getframe(1).f_locals['self'] is self, sys._getframe(1).f_locals['k'], sys._getframe().f_back.f_lineno - sys._getframe().f_lineno
def methods(n):
    c, out = C(), set()
    for i in range(n): out.add(c.method(i)[::2])
    return out

def from_generator(n):
    def g():
        for i in range(n):
            k = i * 2
            yield sys._getframe()
    out = []
    for frame in g():
        out.append((frame.f_locals['i'], frame.f_locals['k'], frame.f_back is sys._getframe()))
    return out[-1], len(out)

def kept(n):
    frames = []
    def f(i):
        local = i * 3
        frames.append(sys._getframe())
        local += 1
    for i in range(n): f(i)
    return sum(f.f_locals['local'] for f in frames), frames[5].f_back is None or frames[5].f_back.f_code.co_name, len({id(f) for f in frames})

def comprehension(n):
    return [[sys._getframe().f_code.co_name for _ in range(2)] for _ in range(n)][-1], {f'{sys._getframe().f_lineno - BASE > 0}' for _ in range(n)}

def signature(n):
    def f(a, b=1, *c, d=2, **e): return inspect.currentframe().f_locals
    for i in range(n): r = f(i, 5, 6, 7, z=i)
    return r

def depth(k): return len(names()) if k == 0 else depth(k - 1)
print(lines(100))
print(stack(120))
print(f_locals(100), writes(100))
print(own_locals(100))
print(cells(100), methods(100), from_generator(60), kept(80))
print(comprehension(80), signature(80))
print([depth(k) for k in range(60)] == list(range(3, 63)))
