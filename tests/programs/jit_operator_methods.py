# Operator methods written in Python, called from hot loops: reflected, in-place, NotImplemented, and in subclasses.
import operator

class Vec:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o):
        if isinstance(o, Vec): return Vec(self.x + o.x, self.y + o.y)
        return NotImplemented
    def __radd__(self, o): return Vec(o + self.x, o + self.y)
    def __mul__(self, k): return Vec(self.x * k, self.y * k) if isinstance(k, (int, float)) else NotImplemented
    __rmul__ = __mul__
    def __neg__(self): return Vec(-self.x, -self.y)
    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y) if isinstance(o, Vec) else NotImplemented
    def __lt__(self, o): return self.x < o.x if isinstance(o, Vec) else NotImplemented
    def __iadd__(self, o):
        self.x += o.x
        return self
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __repr__(self): return f'<{self.x} {self.y}>'
    __hash__ = None

def arithmetic(n):
    v, w = Vec(0, 0), Vec(1, 2)
    keep = v
    for i in range(n):
        v = v + w * i + 2 * w + -w
        if i % 10 == 0: v = 1 + v
        keep += w
    return v, keep, v @ w

def errors(n):
    v, out = Vec(1, 2), {}
    cases = [lambda: v + 1, lambda: v * 'x', lambda: v < 1, lambda: 1 < v, lambda: v - v, lambda: v @ 1, lambda: hash(v), lambda: v[0], lambda: len(v), lambda: v(), lambda: 1 in v, lambda: ~v]
    for i in range(n):
        try: cases[i % len(cases)]()
        except (TypeError, AttributeError) as e: out[str(e)] = out.get(str(e), 0) + 1
    return out

def comparisons(n):
    counts = [0] * 6
    for i in range(n):
        a, b = Vec(i % 3, 0), Vec(i % 2, 0)
        counts[0] += a == b
        counts[1] += a != b
        counts[2] += a < b
        counts[3] += a > b
        counts[4] += a == i
        counts[5] += a != 'x'
    return counts

class Base:
    def __init__(self, v): self.v = v
    def __sub__(self, o): return ('Base.sub', self.v)
    def __rsub__(self, o): return ('Base.rsub', self.v)
class Derived(Base):
    def __rsub__(self, o): return ('Derived.rsub', self.v)
class Plain(Base): pass

def priority(n):
    seen = {}
    things = [Base(1), Derived(2), Plain(3), 4, 5.0]
    for i in range(n):
        a, b = things[i % 5], things[i // 5 % 5]
        try: r = a - b
        except TypeError: r = 'error'
        seen[type(a).__name__, type(b).__name__] = r
    return seen

class Celsius(float):
    def __add__(self, o): return Celsius(float(self) + float(o))
    def __lt__(self, o): return float(self) > float(o)
class Loud(int):
    def __add__(self, o): return Loud(int(self) + int(o) + 1)
    __radd__ = __add__
    def __eq__(self, o): return int(self) % 10 == int(o) % 10
    __hash__ = int.__hash__

def builtin_subclasses(n):
    c, l, k = Celsius(0), Loud(0), 0
    for i in range(n):
        c = c + 0.5
        l = l + 1
        k = i + l
    return c, type(c).__name__, l, k, type(k).__name__, c < 3, sorted([Celsius(3), Celsius(5), Celsius(4)]), Loud(13) == 3, 13 == Loud(3), Loud(13) in [1, 2, 3]

class Chain:
    def __init__(self, log): self.log = log
    def __lt__(self, o): self.log.append('lt'); return NotImplemented
    def __gt__(self, o): self.log.append('gt'); return NotImplemented
    def __eq__(self, o): self.log.append('eq'); return NotImplemented

def not_implemented(n):
    log = []
    a, b = Chain(log), Chain(log)
    errors = equal = 0
    for i in range(n):
        equal += a == b
        equal += a != a
        try: a < b
        except TypeError as e: errors += 1; text = str(e)
    return len(log), log[:6], errors, equal, text

def changed(n):
    class C:
        def __add__(self, o): return 1
    c, s = C(), 0
    for i in range(n):
        if i == 50: C.__add__ = lambda self, o: 10
        if i == 80: del C.__add__; C.__radd__ = lambda self, o: 1000
        try: s += c + c
        except TypeError: s += 100000
        try: s += i + c
        except TypeError: s += 7
    return s

def rich(n):
    class R:
        def __lt__(self, o): return 'less'
        def __eq__(self, o): return []
        def __contains__(self, x): return 'yes'
    a, b = R(), R()
    out = set()
    for i in range(n):
        out.add((a < b, a > b, str(a == b), not (a == b), 5 in a, 5 not in a))
    return out

print(arithmetic(100))
for k, v in errors(120).items(): print(v, k)
print(comparisons(120))
for k, v in priority(100).items(): print(*k, v)
print(builtin_subclasses(100))
print(not_implemented(60))
print(changed(120), rich(60))
every = {}
class All: pass
for name in 'add sub mul truediv floordiv mod pow lshift rshift and or xor matmul'.split():
    setattr(All, f'__{name}__', lambda self, o, n=name: n)
    setattr(All, f'__r{name}__', lambda self, o, n=name: 'r' + n)
    setattr(All, f'__i{name}__', lambda self, o, n=name: 'i' + n)
x = All()
for i in range(60):
    row = (x + 1, x - 1, x * 1, x / 1, x // 1, x % 1, x ** 1, x << 1, x >> 1, x & 1, x | 1, x ^ 1, x @ 1, 1 + x, 1 - x, 1 / x, 1 ** x, 1 @ x, '%s' % (i,), [1] * 1)
    y = x; y += 1
    z = x; z **= 2
print(row, y, z)
