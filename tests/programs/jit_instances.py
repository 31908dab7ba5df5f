# Instances made in hot loops: __init__, __new__, super(), inheritance, metaclasses, and failing constructors.
class A:
    def __init__(self, x): self.x = x
class B(A):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
class C(B):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.z = self.x + self.y
    def get(self): return self.z
class Empty: pass
class NewOnly:
    def __new__(cls, v):
        self = super().__new__(cls)
        self.v = v * 2
        return self
class Cached:
    pool = {}
    def __new__(cls, k):
        if k not in cls.pool: cls.pool[k] = super().__new__(cls)
        return cls.pool[k]
    def __init__(self, k): self.hits = getattr(self, 'hits', 0) + 1
class Other:
    def __new__(cls, k): return k
    def __init__(self, k): raise AssertionError
class Tup(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
    def sum(self): return sum(self)

def make(n):
    s = 0
    for i in range(n):
        s += A(i).x + B(i, 1).y + C(i, y=2).get() + NewOnly(i).v + Other(i) + Tup(i, 1).sum()
        e = Empty()
        e.i = i
        s += e.i
    return s

def cached(n):
    same = 0
    for i in range(n): same += Cached(i % 5) is Cached((i + 5) % 5)
    return same, sorted(c.hits for c in Cached.pool.values())

def diamond(n):
    class Root:
        def f(self): return 'r'
    class L(Root):
        def f(self): return 'l' + super().f()
    class R(Root):
        def f(self): return 'r' + super().f()
    class D(L, R):
        def f(self): return 'd' + super().f()
    s = ''
    for i in range(n):
        s += (D, L, R, Root)[i % 4]().f()
        if i == 60: R.f = lambda self: 'X'
    return len(s), s[:12], s[-12:]

def super_forms(n):
    class P:
        v = 10
        @classmethod
        def make(cls, k): return cls.__name__ + str(k)
        @property
        def p(self): return 5
        def m(self, k): return k
    class Q(P):
        v = 20
        @classmethod
        def make(cls, k): return super().make(k) + '!'
        @property
        def p(self): return super().p * 2
        def m(self, k): return super(Q, self).m(k) + super().v
    q, s, t = Q(), 0, ''
    for i in range(n):
        s += q.m(i) + q.p
        t = Q.make(i)
        if i == 50: P.v = 1000
    return s, t

def bad_init(n):
    class Returns:
        def __init__(self): return 5
    class Raises:
        def __init__(self, i):
            self.i = i
            if i % 7 == 0: raise ValueError(i)
    texts, caught = set(), 0
    for i in range(n):
        for f in (lambda: Returns(), lambda: Empty(1), lambda: A(), lambda: B(1), lambda: A(1, 2), lambda: Raises(i), lambda: object(1), lambda: C(1)):
            try: f()
            except TypeError as e: texts.add(str(e))
            except ValueError as e: caught += e.args[0]
    return caught, sorted(texts)

def init_replaced(n):
    class T:
        def __init__(self): self.k = 1
    s = 0
    for i in range(n):
        if i == 40:
            def init(self): self.k = 10
            T.__init__ = init
        if i == 60: del T.__init__; T.k = 100
        if i == 80: T.__new__ = lambda cls: Special()
        s += T().k
    return s

class Special:
    k = 1000

class Meta(type):
    made = 0
    def __call__(cls, *a):
        Meta.made += 1
        return super().__call__(*a)
class WithMeta(metaclass=Meta):
    def __init__(self, v): self.v = v

def meta(n):
    s = 0
    for i in range(n): s += WithMeta(i).v
    return s, Meta.made

def linked(n):
    class Node:
        __slots__ = 'value', 'next'
        def __init__(self, value, next=None): self.value, self.next = value, next
    head = None
    for i in range(n): head = Node(i, head)
    prev = None
    while head is not None:
        head.next, prev, head = prev, head, head.next
    out = []
    while prev:
        out.append(prev.value)
        prev = prev.next
    return out == list(range(n))

class Stack:
    def __init__(self): self._items = []
    def push(self, x): self._items.append(x); return self
    def pop(self): return self._items.pop()
    def __len__(self): return len(self._items)
def calculator(tokens, n):
    import operator
    ops = {'+': operator.add, '-': operator.sub, '*': operator.mul, '//': operator.floordiv}
    for _ in range(n):
        s = Stack()
        for t in tokens.split():
            if t in ops:
                b, a = s.pop(), s.pop()
                s.push(ops[t](a, b))
            else: s.push(int(t))
    return s.pop(), len(s)

print(make(100), cached(100))
print(diamond(120))
print(super_forms(100))
print(*bad_init(60), sep='\n')
print(init_replaced(100), meta(100), linked(100), calculator('3 4 + 5 * 7 - 2 // 9 9 * -', 30))
