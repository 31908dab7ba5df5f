# functools: partial, caches, reduce, wraps, cmp_to_key, singledispatch with ABCs, cached_property, Placeholder.
import functools, collections.abc as abc
from functools import partial, Placeholder as _
def f(a, b=2, *args, c=3, **kw): return a, b, args, c, kw
p = partial(f, 1, c=5)
q = partial(p, 7, d=8)
print(p(), q(9, c=0), p.func is f, q.args, q.keywords)
print(partial(f, _, 'b')('a'), partial(f, _, _, 3)(1, 2), partial(int, base=2)('101'), partial(sorted, reverse=True)([1, 3, 2]))
try: partial(f, _, 2)()
except TypeError as e: print(e)
try: partial(f, 1, _)
except TypeError as e: print(e)
class K:
    def m(self, *a, **k): return a, k
    pm = functools.partialmethod(m, 1, z=2)
    @functools.cached_property
    def cp(self): print('computing'); return 5
print(K().pm(3, y=4))
k = K(); print(k.cp, k.cp, k.__dict__); del k.cp; print(k.cp)
calls = []
@functools.lru_cache(maxsize=3, typed=True)
def cached(x, *, y=0):
    calls.append((x, y))
    return x + y
for a in (1, 2, 1, 1.0, 3, 4, 1, 2): cached(a)
cached(1, y=0); cached(1, y=0)
print(calls, cached.cache_info(), cached.cache_parameters(), cached.__wrapped__(5))
try: cached([])
except TypeError as e: print('unhashable' in str(e))
@functools.cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(100), fib.cache_info())
@functools.lru_cache(maxsize=0)
def nocache(x): calls.append(x)
calls.clear(); nocache(1); nocache(1); print(calls, nocache.cache_info())
print(functools.reduce(lambda a, b: a - b, [10, 3, 2]), functools.reduce(max, [], 7), functools.reduce(lambda a, b: a + [b], 'abc', []), functools.reduce(lambda a, b: b + a, 'abc', initial='-'))
try: functools.reduce(max, [])
except TypeError as e: print(e)
def compare(a, b): return (len(a) > len(b)) - (len(a) < len(b))
print(sorted(['ccc', 'a', 'bb', 'd'], key=functools.cmp_to_key(compare)), max(['a', 'bb'], key=functools.cmp_to_key(compare)), functools.cmp_to_key(lambda a, b: 0)(1) == functools.cmp_to_key(lambda a, b: 0)(2))
@functools.singledispatch
def kind(x, *a): return 'object'
@kind.register(abc.Sized)
def _s(x): return f'sized {len(x)}'
@kind.register
def _i(x: int | float, extra=''): return f'number {extra}'
@kind.register(abc.Mapping)
def _m(x): return 'mapping'
print(kind(3, 'e'), kind(2.5), kind('abc'), kind({}), kind(None), kind(True), kind.dispatch(dict).__name__, sorted(c.__name__ for c in kind.registry))
@kind.register(type(None))
def _n(x): return 'none'
print(kind(None))
try: kind()
except TypeError as e: print(e)
try:
    @kind.register
    def bad(x): pass
except TypeError as e: print(str(e).split('.')[0][:40])
def deco(g):
    @functools.wraps(g, updated=())
    def w(*a): return g(*a)
    return w
@deco
def documented(x: int) -> str:
    'Doc.'
documented.extra = 1
print(documented.__name__, documented.__doc__, documented.__module__, documented.__wrapped__.extra if hasattr(documented.__wrapped__, 'extra') else 'no extra', documented.__annotations__)
@functools.total_ordering
class W:
    def __init__(s, w): s.w = w
    def __eq__(s, o): return s.w == o.w if isinstance(o, W) else NotImplemented
    def __gt__(s, o): return s.w > o.w if isinstance(o, W) else NotImplemented
print(W(1) < W(2), W(1) <= W(1), W(3) >= W(4), sorted([W(3), W(1)])[0].w)
try: W(1) < 5
except TypeError as e: print(e)
hot = [functools.reduce(lambda a, b: a ^ b, range(i), 0) + partial(pow, 2)(i % 9) + fib(i % 50) for i in range(150)]
print(sum(hot), hot[-1])
