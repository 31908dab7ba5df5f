# Small things about classes: names, layouts, protocols that are not there.
import functools

def within():
    class Inner:
        def __enter__(self): pass
    class Other: pass
    return Inner, Other
for c in within():
    for source in 'with c(): pass', 'async def f():\n async with c(): pass\ntry: f().send(None)\nexcept StopIteration: pass':
        try: exec(source, {'c': c})
        except TypeError as e: print(e)

try: functools.cache(len)([])
except TypeError as e: print(e)
try: functools.lru_cache(2)(len)({})
except TypeError as e: print(e)
for name in 'a\0b', 'a\ud800':
    try: type(name, (), {})
    except (ValueError, UnicodeEncodeError) as e: print(type(e).__name__, e)
    class Renamed: pass
    try: Renamed.__name__ = name
    except (ValueError, UnicodeEncodeError) as e: print(type(e).__name__, e)

class A: __slots__ = 'x', 'y'
class B: __slots__ = 'y', 'x'
class C: __slots__ = 'x', 'z'
class D(A): __slots__ = ()
class E(B): __slots__ = ()
class F: __slots__ = 'x', 'y', '__dict__'
a = A()
a.x, a.y = 1, 2
a.__class__ = B
print(type(a).__name__, a.x, a.y)
for c in C, D, E, F, A, object, int:
    try:
        a.__class__ = c
        print(type(a).__name__, a.x, a.y)
    except TypeError as e: print(e)

class Hint:
    def __init__(self, n): self.n = n
    def __iter__(self): return iter((1, 2))
    def __length_hint__(self):
        print('hint', end=' ')
        return self.n
for f in list, tuple, sorted, set, lambda x: [*x], lambda x: (*x,), dict.fromkeys, lambda x: [0].__iadd__(x):
    for n in 2, 1 << 60:
        try: print(f(Hint(n)))
        except MemoryError: print('MemoryError')

log = []
class Del:
    def __init__(self, k): self.k = k
    def __del__(self): log.append(self.k)
    def __add__(self, other): return 1
    def __getitem__(self, i): return 2
    def __setitem__(self, i, v): pass
    def __lt__(self, other): return True
    def __contains__(self, x): return True
for n in range(60):
    Del('a') + Del('b')
    Del('a')[Del('b')]
    Del('a') < Del('b')
    Del('a') is Del('b')
    Del('a') in Del('b')
    Del('a') == Del('b')
    [Del('a')][:len([Del('b')])]
    if n in (0, 59): print(*log)
    log.clear()
