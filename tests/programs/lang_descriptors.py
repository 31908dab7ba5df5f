# Descriptors and attribute lookup order: data and non-data, __set_name__, __delete__, property, __getattr__, slots, class access.
class Data:
    def __set_name__(self, owner, name): self.owner, self.name = owner.__name__, name
    def __get__(self, obj, cls=None): return f'get {self.name} {obj is not None} {cls.__name__}'
    def __set__(self, obj, v): print('set', self.name, v)
    def __delete__(self, obj): print('delete', self.name)
class NonData:
    def __get__(self, obj, cls): return 'non-data'
class SetOnly:
    def __set__(self, obj, v): obj.__dict__['so'] = v + 1
class A:
    d, n, so = Data(), NonData(), SetOnly()
    plain = 'class'
a = A()
a.d = 1
del a.d
a.__dict__.update(d='instance', n='instance', plain='instance')
print(a.d, '|', a.n, '|', a.plain, '|', A.d, '|', A.n)
a.so = 1
print(a.so, A.__dict__['d'].owner, isinstance(a.__class__.__dict__['so'], SetOnly))

class Typed:
    def __init__(self, kind): self.kind = kind
    def __set_name__(self, owner, name): self.slot = '_' + name
    def __get__(self, obj, cls): return self if obj is None else getattr(obj, self.slot, None)
    def __set__(self, obj, v):
        if not isinstance(v, self.kind): raise TypeError(f'{self.slot[1:]} must be {self.kind.__name__}')
        setattr(obj, self.slot, v)
class Person:
    name, age = Typed(str), Typed(int)
    def __init__(self, name, age): self.name, self.age = name, age
print(Person('Ann', 3).age, Person.age.kind)
try: Person('Bob', 'x')
except TypeError as e: print(e)

class Temp:
    def __init__(self): self._c = 0
    @property
    def c(self):
        "Degrees."
        return self._c
    @c.setter
    def c(self, v): self._c = v
    @c.deleter
    def c(self): self._c = None
    f = property(lambda self: self._c * 9 / 5 + 32, doc='F')
    w = property(fset=lambda self, v: print('wrote', v))
t = Temp()
t.c = 100
print(t.f, t.c, Temp.c.__doc__, Temp.f.__doc__)
t.w = 5
del t.c
print(t.c)
for f in (lambda: setattr(t, 'f', 1), lambda: t.w, lambda: delattr(t, 'f'), lambda: t.nothing, lambda: Temp.nothing, lambda: delattr(t, 'nothing')):
    try: f()
    except AttributeError as e: print(e)

class Fallback:
    x = 1
    def __getattr__(self, n):
        if n == 'bad': raise AttributeError('really bad')
        return f'made {n}'
    @property
    def broken(self): return self.__class__.missing
print(Fallback().x, Fallback().y, hasattr(Fallback(), 'bad'), getattr(Fallback(), 'bad', 'default'), Fallback().broken)

class Meta(type):
    md = Data()
    def __getattr__(cls, n): return f'{cls.__name__}.{n}'
    def mm(cls): return 'mm'
class WithMeta(metaclass=Meta):
    md = 'own'
    n = NonData()
print(WithMeta.md, WithMeta.zzz, WithMeta.mm(), WithMeta.n, WithMeta().md)
try: WithMeta().mm
except AttributeError as e: print(e)

class Slots:
    __slots__ = 'a', '__weakref__'
print(type(Slots.a).__name__, Slots.a)
s = Slots()
for f in (lambda: s.a, lambda: setattr(s, 'b', 1), lambda: s.__dict__, lambda: Slots.a.__get__(5)):
    try: f()
    except (AttributeError, TypeError) as e: print(type(e).__name__, e)
class F:
    def m(self): return self
print(F.m.__get__(3)(), type(F.__dict__['m'].__get__(F())).__name__, F().m.__self__.__class__.__name__, F().m == F().m, F.m is F.__dict__['m'])
class Order:
    log = []
    def __getattribute__(self, n):
        object.__getattribute__(self, 'log').append(n)
        return object.__getattribute__(self, n)
    def f(self): return len(self.log)
o = Order()
print(o.f(), Order.log, len(o.log))
class E:
    def __set_name__(self, o, n): raise ValueError('in set_name')
try:
    class Uses: e = E()
except ValueError as e: print(e, e.__notes__)
