# range: small and huge, subscripts, slices, membership, equality, iteration.
print(range(3), range(1, 5), range(0, 10, 3), range(5, 0, -2), range(True), range(0, 0), range(3, 1))
print(list(range(0, 10, 3)), list(range(5, 0, -2)), list(range(3, 1)), list(range(-3, 3)), tuple(range(2)), len(range(0, 10, 3)))
r = range(0, 20, 3)
print(r[0], r[-1], r[2:4], r[::-1], r[5:1:-2], r[100:], r[-100:3], r.start, r.stop, r.step, bool(r), bool(range(0)))
print(6 in r, 7 in r, 21 in r, -3 in r, 6.0 in r, 6.5 in r, 'a' in r, True in range(2), None in r)
print(r.index(6), r.index(6.0), r.count(6), r.count(7), r.count(6.0), list(reversed(r)), list(reversed(range(0))), list(reversed(range(5, 0, -2))))
print(r == range(0, 21, 3), r == range(0, 22, 3), range(0) == range(5, 5, 2), range(1, 2) == range(1, 9, 100), r != range(3), r == [0], range(0, 3, 2) == range(0, 4, 2))
print(hash(range(3)), hash(range(0)), hash(range(1, 2)), hash(range(5, 5)) == hash(range(0)), hash(range(1 << 70)), hash(range(0, 4, 2)) == hash(range(0, 3, 2)))
big = 1 << 70
b = range(big, big + 10, 3)
print(b, list(b), len(b), b[1], b[-1], b[1:], b[::-1], big + 3 in b, big + 4 in b, b.index(big + 6), list(reversed(b)))
h = range(-big, big, big >> 1)
print(len(h), list(h), h[::2], hash(h) == hash(range(-big, big + 1, big >> 1)), bool(h))
for n in ((1 << 62) - 2, (1 << 63) - 3, -(1 << 62) - 2, -(1 << 63) - 2):
    print(list(range(n, n + 4)), list(range(n + 4, n, -1)), list(reversed(range(n, n + 4))), n + 1 in range(n, n + 4), range(n, n + 4)[1:])
print(list(range(0, 1 << 62, 1 << 61)), list(range((1 << 62) - 1, -(1 << 62), -(1 << 61))), len(range(-(1 << 61), 1 << 61)), len(range(0, (1 << 63) - 1)))
e = range(1 << 100)
print(e[-1], e[1 << 90], e[5:1 << 80], e[::1 << 98], (1 << 100) - 1 in e, bool(e), e.index(1 << 99))
it = iter(range(5))
print(next(it), it.__length_hint__(), it.__reduce__()[1:], list(it), next(it, 'end'), it.__length_hint__(), it.__reduce__()[1:])
it = iter(range(0, 100, 7))
it.__setstate__(5); print(next(it), it.__length_hint__()); it.__setstate__(-5); print(next(it)); it.__setstate__(1000); print(list(it))
it = iter(range(big, big + 9, 2))
print(type(it).__name__, next(it), it.__length_hint__(), it.__reduce__()[1:])
it.__setstate__(2)
print(list(it), type(iter(range(3))).__name__)
class I:
    def __init__(self, i): self.i = i
    def __index__(self): return self.i
print(range(I(3)), range(I(1), I(9), I(2)), range(10)[I(3)], range(10)[I(2):I(5)], list(range(I(2))), I(2) in range(5), range(5).count(I(2)))
class N(int): pass
print(range(N(3)), type(range(N(3)).stop).__name__, N(2) in range(3))
print(r.__reduce__(), range(3).__reduce__())
for bad in (lambda: range(), lambda: range(1, 2, 3, 4), lambda: range(1.0), lambda: range('a'), lambda: range(1, 2, 0), lambda: range(stop=3), lambda: r[100], lambda: r[-100],
            lambda: r['a'], lambda: r[::0], lambda: r.index(7), lambda: r.index('a'), lambda: len(e), lambda: e[1 << 101], lambda: range(3) < range(4), lambda: r + r,
            lambda: r.__setattr__('start', 1), lambda: type('X', (range,), {}), lambda: r[1.0], lambda: r.count(), lambda: setattr(r, 'x', 1)):
    try:
        print(bad())
    except Exception as x:
        print(type(x).__name__, x)
total = 0
for i in range(1000):
    for j in range(i, 0, -7):
        total += j
print(total)
for i in range(3):
    for i in range(2): pass
print(i)
