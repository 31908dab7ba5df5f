# list.sort: stability, keys, reverse, mixed and inconsistent comparisons, errors half way.
seed = 12345
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) % (1 << 31)
    return (seed >> 8) % n

for n in (0, 1, 2, 3, 10, 63, 64, 65, 200, 1000):
    l = [rnd(n + 1) for _ in range(n)]
    s = sorted(l)
    assert all(s[i] <= s[i + 1] for i in range(n - 1)), n
    assert sorted(l, reverse=True) == sorted(l, key=lambda x: -x)
    pairs = [(x, i) for i, x in enumerate(l)]
    p = sorted(pairs, key=lambda p: p[0])
    assert p == sorted(pairs)
    p = sorted(pairs, key=lambda p: p[0], reverse=True)
    assert all(p[i][0] > p[i + 1][0] or (p[i][0] == p[i + 1][0] and p[i][1] < p[i + 1][1]) for i in range(n - 1))
    f = [x / 7 for x in l]
    assert sorted(f) == [x / 7 for x in s]
    t = [str(x) for x in l]
    assert sorted(t, key=int) == [str(x) for x in s]
    m = [x if x % 2 else float(x) for x in l]
    assert sorted(m) == s
    b = [x << 70 if x % 3 == 0 else x for x in l]
    sb = sorted(b)
    assert all(sb[i] <= sb[i + 1] for i in range(n - 1))
print(sorted(['b', 'a', 'C', 'é', 'z', '\U0001f600', '\ud7ff', 'aa', '']))
print(sorted([True, 0, -1, 2.5, False, 1]))
print(sorted([(1, 'b'), (1, 'a'), (0, 'z')]), sorted([[2], [1, 5], [1]]))
print(sorted({3: 1, 1: 2}), sorted('hello'), sorted(range(5), reverse=True))
nan = float('nan')
l = [3.0, nan, 1.0, 2.0, nan, 0.5, 7.0, -1.0]
l.sort()
print(l)

class C:
    def __init__(self, v): self.v = v
    def __lt__(self, other):
        global count
        count += 1
        return self.v < other.v

for data in ([rnd(50) for _ in range(300)], list(range(100)), list(range(100, 0, -1)), [1] * 80, list(range(50)) * 3,
             [rnd(3) for _ in range(500)], [nan if rnd(4) == 0 else rnd(9) for _ in range(150)]):
    count = 0
    l = [C(x) for x in data]
    l.sort()
    print(count, [x.v for x in l[:12]])

class Stop(Exception): pass
class E:
    def __init__(self, v): self.v = v
    def __lt__(self, other):
        global left
        left -= 1
        if left < 0: raise Stop
        return self.v < other.v
    def __repr__(self): return f'E{self.v}'
for left in (0, 5, 30, 77, 150):
    l = [E(rnd(40)) for _ in range(40)]
    before = sorted(x.v for x in l)
    try:
        l.sort()
    except Stop:
        print('stopped', sorted(x.v for x in l) == before)
l = [3, 1, 2]
print(l.sort(), l)
l.sort(key=None, reverse=1); print(l)
l.sort(key=str); print(l)
for bad in (lambda: [1, 'a'].sort(), lambda: [1].sort(1), lambda: [1].sort(cmp=1), lambda: [1, 2].sort(key=5), lambda: [1, None].sort(),
            lambda: [[1], ['a']].sort(), lambda: sorted(1), lambda: [{}, {}].sort()):
    try:
        bad()
    except TypeError as e:
        print(e)
l = [3, 1, 2]
def key(x):
    print('during', l)
    return x
l.sort(key=key)
print(l)
def key(x):
    l.append(x)
    return x
try:
    l.sort(key=key)
except ValueError as e:
    print(e, l)
def key(x):
    if x == 2: raise KeyError('no')
    return -x
try:
    l.sort(key=key)
except KeyError as e:
    print(repr(e), l)
