# tuple: construction, operators, methods, hashes, subclasses.
print((), (1,), (1, 2), tuple(), tuple([1, 2]), tuple('ab'), tuple(range(3)), tuple({1: 2}))
t = (1, 2, 3)
print(tuple(t) is t, t[:] is t, t + () is t, () + t is t, t * 1 is t, () is tuple([]))
print(t + (4,), t * 2, 2 * t, t * 0, t * -3, () * 5)
print(t[0], t[-1], t[1:], t[::-1], t[::2], t[5:], t[True])
print(t.index(2), t.count(1), t.count(9), 2 in t, 9 in t, len(t), bool(()), bool(t))
print(t == (1, 2, 3), t == [1, 2, 3], t < (1, 2, 4), t < (1, 2), (1, 2) < t, t >= t, () < (0,), t != (1, 2, 3.0))
for x in ((), (1,), (1, 2), (0,), (-1,), (1.5, 2), (1, (2, (3,))), (None,)[:0] + (True, False), (1 << 70,)):
    print(hash(x))
print(hash((1, 2)) == hash((1.0, 2)), {(1, 2): 'a'}[(1.0, 2)])
a, b = (1, 2)
(a, b), *c = (1, 2), 3, 4
print(a, b, c)
l = []
x = (l,)
l.append(x)
print(x, l)
class T(tuple):
    pass
s = T([1, 2])
print(s, type(s + (3,)).__name__, type(s[:]).__name__, type(s * 1).__name__, type(tuple(s)).__name__, s == (1, 2), hash(s) == hash((1, 2)))
s.attr = 'yes'
print(s.attr, T(), T('ab'), isinstance(s, tuple), len(s))
class P(tuple):
    __slots__ = ()
    def __new__(cls, x, y):
        return tuple.__new__(cls, (x, y))
    x = property(lambda self: self[0])
p = P(5, 6)
print(p, p.x, p[1], list(p))
class K(tuple):
    def __init__(self, *args, **kw):
        self.kw = kw
print(K((1, 2), a=3), K((1, 2), a=3).kw)
print(tuple[int], tuple[int, ...], t.__getnewargs__(), s.__getnewargs__())
it = iter(t)
print(next(it), it.__length_hint__(), it.__reduce__()[1:], list(it), it.__reduce__()[1:])
it = iter(t)
it.__setstate__(2)
print(list(it))
for bad in (lambda: t['a'], lambda: t[5], lambda: t[-4], lambda: t + [1], lambda: t * 'a', lambda: t.index(9), lambda: t.index(1, 1),
            lambda: tuple(1), lambda: tuple(1, 2), lambda: tuple(a=1), lambda: hash(([],)), lambda: t < [1], lambda: t[::0],
            lambda: t.__setitem__(0, 1), lambda: t.index(), lambda: t[1 << 70], lambda: t.count(1, 2)):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
big = tuple(range(1000))
print(sum(big), big[500:503], big.index(999), len(big * 3))
n = float('nan')
print((n,) == (n,), (n,) < (n,), n in (n,))
print(((1, 2), (3,)) == ((1, 2), (3,)), ((1, 'a') < (1, 'b')))
try:
    print((1, 'a') < (1, 2))
except TypeError as e:
    print(e)
