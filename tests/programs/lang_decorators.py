# Decorators: order, arguments, classes as decorators, functools.wraps, methods, and stacking.
import functools, inspect
log = []
def tag(name):
    log.append(f'make {name}')
    def deco(f):
        log.append(f'apply {name} to {f.__name__}')
        @functools.wraps(f)
        def wrapper(*a, **k):
            log.append(f'{name}>')
            try: return f(*a, **k)
            finally: log.append(f'<{name}')
        return wrapper
    return deco

@tag('outer')
@tag('inner')
def add(a, b=2):
    'Adds.'
    log.append('body')
    return a + b
print(add(1), log)
print(add.__name__, add.__doc__, add.__wrapped__.__wrapped__(5), inspect.signature(add), add.__qualname__)

class Count:
    def __init__(self, f): functools.update_wrapper(self, f); self.f, self.calls = f, 0
    def __call__(self, *a):
        self.calls += 1
        return self.f(*a)
    def __get__(self, obj, cls): return functools.partial(self, obj) if obj else self
class Shop:
    @Count
    def price(self, k): return k * 2
    @staticmethod
    @tag('static')
    def s(x): return -x
    @classmethod
    @tag('class')
    def c(cls): return cls.__name__
    @property
    @functools.cache
    def p(self): log.append('computed'); return 42
    @functools.cached_property
    def cp(self): log.append('cached'); return [1]
s = Shop()
log.clear()
print(s.price(4), s.price(5), Shop.price.calls, Shop.s(3), s.c(), s.p, s.p, s.cp is s.cp, log, vars(s))

def singleton(cls):
    instance = cls()
    return lambda: instance
@singleton
class Config:
    value = 1
print(Config() is Config(), Config().value)

def register(table, *, key):
    return lambda f: table.setdefault(key, f)
handlers = {}
@register(handlers, key='a')
def first(): return 1
@register(handlers, key='a')
def second(): return 2
print(first(), second(), list(handlers))

@functools.lru_cache(maxsize=2)
def slow(x): return x * x
print([slow(x) for x in (1, 2, 1, 3, 2, 1)], slow.cache_info())
slow.cache_clear()
print(slow.cache_info())

@functools.singledispatch
def show(x): return f'object {x}'
@show.register
def _(x: int): return f'int {x}'
@show.register(list)
@show.register(tuple)
def _(x): return f'seq {len(x)}'
print(show(1), show(True), show([1, 2]), show(()), show('s'), show.dispatch(bool) is show.registry[int])

class Multi:
    @functools.singledispatchmethod
    def f(self, x): return 'any'
    @f.register
    def _(self, x: str): return 'str'
print(Multi().f('a'), Multi().f(1))

@functools.total_ordering
class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(V(1) <= V(1), V(2) > V(1), V(1) >= V(2))
print(functools.reduce(lambda f, g: lambda x: g(f(x)), [lambda x: x + 1, lambda x: x * 10])(4))
x = [lambda f: f, lambda f: 'replaced']
@x[1]
def g(): pass
@(lambda f: [f.__name__])
class K: pass
print(g, K)
power = functools.partial(pow, mod=7)
print(power(3, 4), power.func, power.keywords)
