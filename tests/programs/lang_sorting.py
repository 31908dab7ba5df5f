# Sorting: stability, keys, reverse, partial orders, errors in comparisons, mutation, and mixed types.
import operator, functools
people = [('ann', 30), ('bob', 25), ('cat', 30), ('dan', 25), ('eve', 30)]
print(sorted(people, key=lambda p: p[1]), sorted(people, key=operator.itemgetter(1), reverse=True), sorted(sorted(people), key=lambda p: -p[1]))
def lcg(n, seed=1):
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % (1 << 31)
        out.append(seed)
    return out
data = lcg(500)
print(sorted(data) == sorted(reversed(data)), sorted(data)[:3], sorted(data, reverse=True)[0], sorted(data, key=lambda x: x % 10)[:5], sorted(data, key=str)[:3])
tagged = [(x % 7, i) for i, x in enumerate(data)]
s = sorted(tagged, key=lambda t: t[0])
r = sorted(tagged, key=lambda t: t[0], reverse=True)
print(all(a[0] < b[0] or a[1] < b[1] for a, b in zip(s, s[1:])), all(a[0] > b[0] or a[1] < b[1] for a, b in zip(r, r[1:])))
def insertion(a):
    for i in range(1, len(a)):
        x, j = a[i], i - 1
        while j >= 0 and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x
    return a
def quick(a): return a if len(a) < 2 else quick([x for x in a[1:] if x < a[0]]) + [a[0]] + quick([x for x in a[1:] if x >= a[0]])
def merge(a):
    if len(a) < 2: return a
    l, r, out = merge(a[:len(a) // 2]), merge(a[len(a) // 2:]), []
    i = j = 0
    while i < len(l) and j < len(r):
        if l[i] <= r[j]: out.append(l[i]); i += 1
        else: out.append(r[j]); j += 1
    return out + l[i:] + r[j:]
def heap(a):
    a = a[:]
    def sift(i, n):
        while (c := 2 * i + 1) < n:
            if c + 1 < n and a[c + 1] > a[c]: c += 1
            if a[i] >= a[c]: return
            a[i], a[c] = a[c], a[i]
            i = c
    for i in range(len(a) // 2, -1, -1): sift(i, len(a))
    for n in range(len(a) - 1, 0, -1):
        a[0], a[n] = a[n], a[0]
        sift(0, n)
    return a
def bubble(a):
    a, swapped = a[:], True
    while swapped:
        swapped = False
        for i in range(len(a) - 1):
            if a[i] > a[i + 1]: a[i], a[i + 1], swapped = a[i + 1], a[i], True
    return a
small = data[:90]
for f in insertion, quick, merge, heap, bubble:
    print(f.__name__, f(small[:]) == sorted(small), f([x / 3 for x in small]) == sorted(x / 3 for x in small), f([str(x) for x in small]) == sorted(map(str, small)), f(small[:40] + [1e9] + [1 << 70]) == sorted(small[:40] + [1e9] + [1 << 70]))
class Lt:
    count = 0
    def __init__(self, v): self.v = v
    def __lt__(self, o): Lt.count += 1; return self.v < o.v
class Fails(Lt):
    def __lt__(self, o):
        if self.v == 3 or o.v == 3: raise LookupError('three')
        return super().__lt__(o)
print([x.v for x in sorted(map(Lt, [3, 1, 2]))], Lt.count > 0, min(map(Lt, [3, 1]), key=lambda x: x.v).v)
a = [Fails(k) for k in (5, 4, 3, 2)]
try: a.sort()
except LookupError as e: print(e, sorted(x.v for x in a.copy() if x.v != 3))
b = [3, 1, 2]
def mutating(x):
    b.append(9)
    return x
try: b.sort(key=mutating)
except ValueError as e: print(e, b)
for bad in ([1, 'a'], [None, 1], [1j, 2j], [[1], (2,)], [{}, {}]):
    try: sorted(bad)
    except TypeError as e: print(e)
print(sorted([True, 0, 2.5, False, 1]), sorted(['b', 'B', 'a', 'é', '']), sorted([[2], [1, 5], []]), sorted({3: 1, 1: 2}), sorted('hello'), sorted([float('inf'), -1, 10 ** 40, -10 ** 40]), sorted([frozenset([1]), frozenset([1, 2])]))
print(sorted(range(20), key=functools.cmp_to_key(lambda a, b: (a % 3 - b % 3) or b - a)), [].sort(), sorted([], key=5))
