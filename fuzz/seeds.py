"""Makes the seeds for the fuzz target `marshal`: python3 fuzz/seeds.py [FOLDER]

Run it with CPython 3.14 or Weft. It writes one marshal stream for each program below, for each function in them, and for values of every kind.
The programs are small, so that a changed byte matters, and end by themselves.
"""

import marshal
import os
import sys
import types

PROGRAMS = """
x = [i * i for i in range(5)]; y = {k: v for k, v in zip('abc', x)}; z = {*x}; w = (*x, *y)
###
def f(a, b=2, /, c=3, *args, d=4, **kwargs):
    return a + b * c - d, args, kwargs
f(1); f(1, 2, 3, 4, 5, d=6, e=7); f(*[1, 2], **{'c': 3})
###
def outer(n):
    total = 0
    def inner(k):
        nonlocal total
        total += k
        return lambda: total
    for i in range(n):
        g = inner(i)
    return g()
outer(4)
###
def gen(n):
    try:
        while n:
            n -= 1
            got = yield n
            if got: yield from (got, got)
    finally:
        n = None
g = gen(3); next(g); g.send(5); list(g)
###
class A:
    x: int = 1
    def __init__(self, v): self.v = v
    def __add__(self, other): return A(self.v + other.v)
    @property
    def p(self): return self.v
class B(A):
    def __init__(self, v): super().__init__(v); self.w = __class__
b = A(1) + B(2); b.p; b.v += 3; del b.v
###
try:
    try: 1 / 0
    except (ValueError, TypeError) as e: pass
    except ZeroDivisionError as e: raise KeyError(1) from e
    else: pass
    finally: a = 1
except KeyError as e: e.__cause__
try: raise ExceptionGroup('g', [ValueError(1), TypeError(2)])
except* ValueError as e: pass
except* TypeError: pass
###
def f(x):
    match x:
        case 0 | 1: return 'few'
        case [a, *rest] if rest: return a, rest
        case {'k': v, **more}: return v, more
        case str(): return x
        case _: return None
[f(v) for v in (0, 1, [1, 2], {'k': 1, 'm': 2}, 's', None)]
###
class C:
    def __enter__(self): return self
    def __exit__(self, *a): return True
with C() as c, C():
    c.x = 1; raise ValueError
###
async def a():
    async with X() as x:
        return [y async for y in agen(3)]
class X:
    async def __aenter__(self): return 1
    async def __aexit__(self, *a): pass
async def agen(n):
    for i in range(n): yield i
c = a()
try: c.send(None)
except StopIteration as e: e.value
###
s = 'abc'; n = 10**20; f'{s!r:>{10}} {n:x} {s}'; s[1:]; s[::-1]; s[0] + s[-1]; n // 3 % 7; -n; ~5; not n; n < 5 < 7; s in 'xabc'; s is None
t'{s} {n!r}'
a, (b, *c) = 1, (2, 3, 4); a, b = b, a; d = [1, 2, 3]; d[0:2] = [9]; del d[0]
###
i = 0
while i < 20:
    i += 1
    if i == 3: continue
    if i > 10: break
else: i = None
for k in {'a': 1}: pass
assert i, 'message'
###
def f[T: int, *Ts, **P](x: T) -> list[T]: return x
class G[T = int]: y: T
type Alias[T] = list[T]
f(1); G[int]; f.__annotations__
###
x = 1.5; y = 2j; z = x * y + 3; w = b'bytes'[1]; q = x > 1 and y or z; r = 1 if q else 2; print = None
def g(a, b): global x; x = a; del x; return {**{a: b}, 'k': [*w2(b)]}
def w2(n): return (n for _ in range(n))
g(1, 2)
"""

VALUES = [
    None, True, ..., StopIteration, 0, -1, 2**31, -2**80, 1.5, 1j, b"bytes", "name", "\xe9", "\U0001f600" * 3, "\ud800", (), (1, (2, "a"), "a"),
    [1, [2]], {1: 2, "a": ()}, {1, 2}, frozenset({"a", 1}), slice(1, None, 2),
]


def streams():
    for value in VALUES:
        for version in (1, 2, 4, 5):
            try:
                yield marshal.dumps(value, version)
            except ValueError:
                # Old formats have no slices.
                pass
    for program in PROGRAMS.split("###\n"):
        code = compile(program, "p", "exec")
        yield marshal.dumps(code)
        yield from (marshal.dumps(const) for const in code.co_consts if isinstance(const, types.CodeType))


folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "marshal")
os.makedirs(folder, exist_ok=True)
count = 0
for stream in streams():
    with open(os.path.join(folder, f"seed_{count:03}"), "wb") as file:
        file.write(stream)
    count += 1
print(count, "seeds in", folder)
