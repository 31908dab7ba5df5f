# Methods, properties, class and static methods in hot loops, and what happens when they are replaced.
class Point:
    dims = 2
    def __init__(self, x, y):
        self.x = x
        self.y = y
    def norm(self): return self.x * self.x + self.y * self.y
    def moved(self, dx, dy=0): return Point(self.x + dx, self.y + dy)
    @property
    def total(self): return self.x + self.y
    @total.setter
    def total(self, v): self.x = v - self.y
    @classmethod
    def origin(cls): return cls(0, 0)
    @staticmethod
    def scale(k): return k * Point.dims

class Point3(Point):
    dims = 3
    def __init__(self, x, y, z=1):
        super().__init__(x, y)
        self.z = z
    def norm(self): return super().norm() + self.z * self.z

def use(points):
    s = 0
    for p in points:
        s += p.norm() + p.total + p.dims + p.scale(2) + p.origin().x
    return s

def setters(n):
    p = Point(1, 2)
    for i in range(n):
        p.total = i
        p.total += 5
        p.y += 1 if i % 2 else -1
    return p.x, p.y

def chains(n):
    p = Point(0, 0)
    for i in range(n):
        p = p.moved(1).moved(i % 3, dy=-1)
    return p.x, p.y

def bound(n):
    p = Point(3, 4)
    f = p.norm
    s = 0
    for i in range(n):
        s += f()
        if i == 50: p.x = 0.5
        if i == 70: f = p.moved(1, 1).norm
        if i == 90: f = Point3(1, 2, 3).norm
    return s

def replaced(n):
    class C:
        def f(self): return 1
        @property
        def p(self): return 10
    c, out = C(), []
    for i in range(n):
        if i == 40: C.f = lambda self: 2
        if i == 60: c.f = lambda: 3
        if i == 80: del c.f
        if i == 90: C.p = 20
        if i == 100: c.p = 30
        if i == 110: C.p = property(lambda self: 40)
        if i == 115: C.f = staticmethod(lambda: 5)
        if i == 120: C.f = classmethod(lambda cls: len(cls.__name__))
        if i == 125: del C.f; C.__getattr__ = lambda self, name: lambda: name
        out.append((c.f(), c.p))
    return [(i, a) for i, (a, b) in enumerate(zip(out, out[1:])) if a != b], out[-1]

def class_changed(n):
    class A:
        def who(self): return 'A'
    class B:
        def who(self): return 'B'
    x, s = A(), ''
    for i in range(n):
        if i % 30 == 29: x.__class__ = B if type(x) is A else A
        s += x.who()
    return s

def base_changed(n):
    class A:
        v = 1
        def f(self): return 'A' * self.v
    class B:
        v = 2
        def f(self): return 'B' * self.v
    class C(A): pass
    x, s = C(), ''
    for i in range(n):
        if i == 50: C.__bases__ = (B,)
        if i == 70: B.v = 3
        if i == 90: C.v = 0
        if i == 95: del C.v
        s += x.f()
    return len(s), s[48:56], s[-3:]

def polymorphic(n):
    class Circle:
        def __init__(self, r): self.r = r
        def area(self): return 3 * self.r ** 2
    class Square:
        def __init__(self, s): self.s = s
        def area(self): return self.s ** 2
    class Rect(Square):
        def __init__(self, a, b): super().__init__(a); self.b = b
        def area(self): return self.s * self.b
    class Unit:
        def area(self): return 1
    class Made:
        def __getattr__(self, name): return lambda: len(name)
    shapes = [Circle(2), Square(3), Rect(2, 5), Unit(), Made()]
    return sum(shapes[(i * i + i // 7) % 5].area() for i in range(n)), sum(shapes[i // 40 % 5].area() for i in range(n))

print(use([Point(i, -i) for i in range(100)]))
print(use([Point(i, 1) if i % 3 else Point3(i, 1, 2) for i in range(150)]))
print(setters(100), chains(100), bound(120))
print(replaced(140))
print(class_changed(120))
print(base_changed(120))
print(polymorphic(300))
def unbound(n):
    out = 0
    for i in range(n):
        out += Point.norm(Point(i, 1)) + str.find('abc', 'c') + list.__len__([1] * (i % 4)) + int.__add__(i, 1)
        try: Point.norm(i) if i > 60 else 0
        except AttributeError as e: text = str(e)
        try: Point.norm() if i > 60 else 0
        except TypeError as e: text2 = str(e)
    return out, text, text2
print(unbound(100))
