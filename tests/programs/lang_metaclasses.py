# Metaclasses and class creation: __prepare__, __new__, __init__, __call__, __init_subclass__, MRO, __class_getitem__, type().
log = []
class Meta(type):
    @classmethod
    def __prepare__(mcls, name, bases, **k):
        log.append(('prepare', name, k))
        return {'injected': 7}
    def __new__(mcls, name, bases, ns, **k):
        log.append(('new', name, sorted(n for n in ns if not n.startswith('__'))))
        return super().__new__(mcls, name, bases, ns)
    def __init__(cls, name, bases, ns, **k):
        log.append(('init', name))
        super().__init__(name, bases, ns)
    def __call__(cls, *a):
        log.append(('call', cls.__name__, a))
        return super().__call__(*a)
    def __len__(cls): return 99
    def __iter__(cls): return iter(['it'])
    def __contains__(cls, x): return x == 5
    def __or__(cls, o): return 'or'
    def __repr__(cls): return f'<{cls.__name__}>'
    def __instancecheck__(cls, x): return x == 'instance'
    def __subclasscheck__(cls, c): return c is int
class A(metaclass=Meta, option=1):
    x = 1
    def __init__(self, v): self.v = v
class B(A): pass
print(*log, sep='\n')
print(A(3).v, B(4).injected, len(A), list(A), 5 in A, A | B, A, isinstance('instance', A), issubclass(int, A), type(B))

class Registry:
    known = {}
    def __init_subclass__(cls, /, key=None, **k):
        super().__init_subclass__(**k)
        cls.known[key or cls.__name__] = cls
class R1(Registry): pass
class R2(Registry, key='two'): pass
class R3(R2, key='three'): pass
print(sorted(Registry.known), R3.__mro__)

class Generic:
    def __class_getitem__(cls, item): return cls.__name__, item
print(Generic[int], Generic[1, 2], Generic[:])

T = type('T', (R1,), {'y': 5, 'm': lambda self: self.y}, key='dynamic')
print(T().m(), T.__name__, T.__bases__, T.__module__, Registry.known['dynamic'] is T)

class X: pass
class Y(X): pass
for bases in ((X, Y), (X, X), (int, str), (bool,), (type(None),)):
    try: print(type('Z', bases, {}))
    except TypeError as e: print(e)
class M1(type): pass
class M2(type): pass
class C1(metaclass=M1): pass
class C2(metaclass=M2): pass
try: class_ = type('C3', (C1, C2), {})
except TypeError as e: print(e)
class M3(M1, M2): pass
class C3(C1, C2, metaclass=M3): pass
print(type(C3).__name__, [c.__name__ for c in C3.__mro__])

class O: pass
class D1(O): pass
class D2(O): pass
class D3(D1, D2): pass
class D4(D2, O): pass
class D5(D3, D4): pass
print([c.__name__ for c in D5.mro()], D5.__base__.__name__)
class CustomMro(type):
    def mro(cls): return [cls, D2, object]
class Odd(D1, metaclass=CustomMro): pass
print(Odd.__mro__, Odd.__bases__)

def f(name, bases, ns, **k): return name, len(bases), sorted(n for n in ns if n[0] != '_'), k
class NotAClass(X, metaclass=f, k=1): attr = 2
print(NotAClass)
class Entries:
    def __mro_entries__(self, bases): return (X, list)
class FromEntries(Entries()): pass
print(FromEntries.__bases__, type(FromEntries.__orig_bases__[0]).__name__)
class Inner:
    a = 1
    b = [k for k in [a] * 2]
    c = (lambda: 5)()
    class Deep:
        def f(self): return __class__.__qualname__
    def name(self): return __class__.__name__
print(Inner.b, Inner.c, Inner.Deep().f(), Inner().name(), Inner.Deep.__qualname__)
class Body:
    print('body', __name__, __qualname__)
    for i in range(2): exec(f'v{i} = {i}')
    del i
print(Body.v1, hasattr(Body, 'i'))
print(X.__subclasses__(), X.__dict__.keys() >= {'__module__', '__doc__'}, type(type) is type, type.__call__(int, '5'))
X.__name__ = 'Renamed'
print(X, Y.__base__)
for f in (lambda: setattr(int, 'x', 1), lambda: setattr(X, '__name__', 5), lambda: setattr(Y, '__bases__', ()), lambda: X(1), lambda: type(1, 2), lambda: setattr(X(), '__class__', int)):
    try: f(); print('fine')
    except (TypeError, ValueError) as e: print(type(e).__name__, e)
