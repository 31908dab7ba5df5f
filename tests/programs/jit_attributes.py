# Instance and class attributes in hot loops: growing, deleted, slots, __dict__, descriptors, __getattr__ and friends.
class Bag: pass

def growing(n):
    b = Bag()
    for i in range(n):
        setattr(b, f'a{i % 40}', i)
        b.last = i
        if i % 10 == 9:
            b.total = getattr(b, 'total', 0) + b.last
    return b.total, len(b.__dict__), list(b.__dict__)[:5]

def many_shapes(n):
    s = 0
    for i in range(n):
        b = Bag()
        if i % 2: b.p = 1
        if i % 3: b.q = 2
        b.x = i
        if i % 5: b.r = 3
        s += b.x + len(vars(b))
    return s

def deleted(n):
    b, missing = Bag(), 0
    for i in range(n):
        b.x = i
        if i % 4 == 3: del b.x
        try:
            b.x
        except AttributeError as e:
            missing += 1
            text = str(e)
    return missing, text

def class_default(n):
    class C:
        k = 5
    c, s = C(), 0
    for i in range(n):
        if i == 30: C.k = 7
        if i == 50: c.k = 100
        if i == 70: C.k = 'x'
        if i == 90: del c.k
        if i == 91: C.k = 1.5
        s += len(str(c.k)) if i == 90 else c.k
        if i % 2: C.n = i
    return s, C.n

class Slots:
    __slots__ = ('a', 'b', '__dict__')
    def __init__(self): self.a = 1

class Slim:
    __slots__ = 'v', 'w'

def slots(n):
    s, t, errors = Slots(), Slim(), []
    for i in range(n):
        s.a += i
        s.extra = i
        t.v = t.v + 1 if i else 0
        if i == 60: del s.a; s.a = 0.5
        for name in ('w', 'z') if i > n - 3 else ():
            try: getattr(t, name)
            except AttributeError as e: errors.append(str(e))
        try: t.other = 1
        except AttributeError as e: last = str(e)
    return s.a, s.extra, t.v, errors, last

def through_dict(n):
    b = Bag()
    b.x = 0
    d = b.__dict__
    for i in range(n):
        if i % 2: b.x += 1
        else: d['x'] += 10
        if i == 70: b.__dict__ = d = {'x': 1000}
        if i == 100: d['y'] = 5
        if i > 100: b.y += d['x'] % 3
    return b.x, b.y, b.__dict__ is d

class Lazy:
    def __init__(self): self.calls = 0
    def __getattr__(self, name):
        self.calls += 1
        if name.startswith('no'): raise AttributeError(name)
        return len(name)

def lazy(n):
    x, s = Lazy(), 0
    for i in range(n):
        s += x.abc + getattr(x, 'none', 1) + hasattr(x, 'nothing') + hasattr(x, 'some')
        if i == 70: x.abc = 50
    return s, x.calls

class Guarded:
    def __getattribute__(self, name):
        if name == 'secret': raise AttributeError('hidden')
        return object.__getattribute__(self, name)
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)
    def __delattr__(self, name):
        object.__setattr__(self, name, -1)

def guarded(n):
    g, s = Guarded(), 0
    for i in range(n):
        g.v = i
        s += g.v
        if i % 10 == 0:
            del g.v
            s += g.v
        try: g.secret
        except AttributeError as e: s += len(str(e))
    return s

class Data:
    def __init__(self, name): self.name = name
    def __get__(self, obj, cls): return (obj.__dict__.get(self.name, 0) if obj else cls.__name__)
    def __set__(self, obj, v): obj.__dict__[self.name] = v + 1
class NonData:
    def __get__(self, obj, cls): return 7
class Described:
    d = Data('d')
    e = NonData()

def descriptors(n):
    x, s = Described(), 0
    for i in range(n):
        x.d = i
        s += x.d + x.e + len(Described.d)
        if i == 50: x.e = 100
        if i == 80: Described.e = Data('e')
        if i == 100: del Described.e
    return s, x.__dict__

def class_created_in_loop(n):
    s = 0
    for i in range(n):
        class C:
            v = i
            def get(self): return self.v + C.v
        s += C().get()
    return s

def module_attributes(n):
    import types
    m = types.ModuleType('m')
    m.x, s = 1, 0
    for i in range(n):
        s += m.x
        if i % 20 == 19: m.x += 1
        if i == 80:
            del m.x
            try: m.x
            except AttributeError as e: text = str(e)
            m.x = 0.5
        if i == 90: m.__getattr__ = lambda name: len(name)
        if i > 90: s += m.unknown
    return s, text

print(growing(120), many_shapes(200), deleted(100))
print(class_default(120))
print(slots(100))
print(through_dict(130), lazy(100), guarded(100))
print(descriptors(120))
print(class_created_in_loop(60), module_attributes(120))
