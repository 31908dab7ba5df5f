# __len__, __bool__, __getitem__, __setitem__, __contains__, __iter__, __call__, __index__, __hash__ in Python, in hot loops.
class Ring:
    def __init__(self, n): self.items = [0] * n
    def __len__(self): return len(self.items)
    def __getitem__(self, i):
        if isinstance(i, slice): return self.items[i]
        return self.items[i % len(self.items)]
    def __setitem__(self, i, v): self.items[i % len(self.items)] = v
    def __delitem__(self, i): del self.items[i]
    def __contains__(self, v): return v in self.items
    def __iter__(self): return iter(self.items)
    def __reversed__(self): return 'backwards'

def ring(n):
    r, found = Ring(7), 0
    for i in range(n):
        r[i] += i
        r[i + 1] = r[i] - 1
        found += i in r
        found += i not in r
        if r: found += len(r)
        if i == 70: del r[0]
    return list(r), found, r[2:4], reversed(r), [*r][0], max(r)

class Truth:
    def __init__(self, k): self.k = k
    def __bool__(self): return self.k % 3 == 0
class Sized:
    def __init__(self, k): self.k = k
    def __len__(self): return self.k % 4

def truth(n):
    yes = no = 0
    for i in range(n):
        t, s = Truth(i), Sized(i)
        if t: yes += 1
        if not t: no += 1
        yes += 10 if s else 0
        yes += 100 if t and s else 0
        no += 10 if not s or t else 0
        while t:
            t = Truth(1)
    return yes, no

def bad_truth(n):
    class A:
        def __bool__(self): return 1
    class B:
        def __len__(self): return -1
    class C:
        def __len__(self): return 'x'
    class D:
        def __bool__(self): raise KeyError('no')
    texts = set()
    things = A(), B(), C(), D()
    for i in range(n):
        try:
            if things[i % 4]: pass
        except Exception as e:
            texts.add(f'{type(e).__name__}: {e}')
    return sorted(texts)

class Callable:
    def __init__(self): self.calls = 0
    def __call__(self, x, *more, k=1):
        self.calls += 1
        return x * k + len(more)

def calls(n):
    c, s = Callable(), 0
    for i in range(n):
        s += c(i) + c(i, 1, 2) + c(i, k=3)
        if i == 60: Callable.__call__ = lambda self, x, *a, k=0: -x
    return s, c.calls

class Idx:
    def __init__(self, i): self.i = i
    def __index__(self): return self.i
    def __hash__(self): return self.i % 5
    def __eq__(self, o): return isinstance(o, Idx) and self.i == o.i

def indices(n):
    data, s = list(range(50)), 0
    for i in range(n):
        k = Idx(i % 50)
        s += data[k] + 'abcde'.count('abcde'[Idx(i % 5)]) + len(data[Idx(1):Idx(5)]) + range(100)[k]
    return s

def hashed(n):
    d, s = {}, set()
    for i in range(n):
        d[Idx(i % 20)] = d.get(Idx(i % 20), 0) + 1
        s.add(Idx(i % 30))
    return len(d), sum(d.values()), len(s), Idx(3) in s, Idx(31) in s

class Old:
    def __init__(self, n): self.n = n
    def __getitem__(self, i):
        if i < self.n: return i * i
        raise IndexError('end')

def old_protocol(n):
    s = 0
    for x in Old(n): s += x
    for i in range(n):
        s += (i in Old(5)) + sum(Old(3))
    return s, list(Old(4)), list(zip(Old(3), Old(9)))

class Missing(dict):
    def __missing__(self, key):
        self[key] = v = len(self)
        return v
def missing(n):
    m, s = Missing(), 0
    for i in range(n): s += m[i * i % 23]
    return s, dict(m)

class Ctx:
    log = []
    def __init__(self, swallow): self.swallow = swallow
    def __enter__(self): self.log.append('in'); return self
    def __exit__(self, t, v, tb): self.log.append(t and t.__name__); return self.swallow
def contexts(n):
    for i in range(n):
        with Ctx(True) as c:
            if i % 20 == 19: raise ValueError
            if i % 20 == 10: continue
        with Ctx(False), Ctx(True):
            if i % 30 == 29: 1 / 0
    return len(Ctx.log), Ctx.log.count('in'), Ctx.log.count('ValueError'), Ctx.log.count('ZeroDivisionError')

class Count:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return self.n
def iterate(n):
    out = 0
    for x in Count(n): out += x
    a, b, *c = Count(6)
    return out, a, b, c, sum(Count(n)), min(Count(9)), 5 in Count(7), 7 in Count(7), dict(enumerate(Count(3)))

print(ring(100))
print(truth(120))
for t in bad_truth(80): print(t)
print(calls(100), indices(120), hashed(150))
print(old_protocol(60), missing(150))
print(contexts(100))
print(iterate(150))
