# The methods and operators of dict.
d = {'a': 1, 'b': 2}
d['c'] = 3
d['a'] = 10
print(d, len(d), d['a'], 'a' in d, 'z' in d, list(d))
print(d.get('a'), d.get('z'), d.get('z', 5), d.setdefault('a', 7), d.setdefault('q'), d.setdefault('r', 8), d)
print(d.pop('q'), d.pop('nope', 'default'), d.popitem(), d)
try:
    d.pop('nope')
except KeyError as e:
    print(repr(e))
d.update({'x': 1}, y=2); d.update([('z', 3), 'kv']); d.update(); d.update(w=1); print(d)
d.update(dict(a='updated')); print(d)
del d['x']
print(d, list(reversed(d)), list(reversed(d.values())), list(reversed(d.items())))
d['x'] = 'again'
print(d)
c = d.copy()
print(c == d, c is d, c != d, {} == {}, {1: 2} == {1: 3}, {1: 2, 3: 4} == {3: 4, 1: 2}, {1: 1} == {True: 1.0})
print(dict.fromkeys('abc'), dict.fromkeys([1, 2], 0), dict.fromkeys({1: 2, 3: 4}, []), dict.fromkeys(range(3)), {}.fromkeys({5}))
print({1: 2} | {1: 3, 4: 5}, {1: 2} | {})
e = {1: 2}
f = e
e |= {3: 4}
e |= [(5, 6)]
print(e, f is e)
print(dict(), dict(a=1), dict([(1, 2)]), dict({1: 2}, b=3), dict(zip('ab', range(2))), dict(((1, 2), [3, 4])))
d.clear()
print(d, bool(d), bool(c), len(c))
d[None] = d[1.5] = d[(1, 2)] = d[True] = 1
print(d, d[1], d[1.0])
d[1] = 'one'
print(d)
d = {}
d['self'] = d
print(d, [d])
for i in range(1000):
    d[i] = i * i
for i in range(0, 1000, 3):
    del d[i]
print(len(d), sum(k for k in d if k != 'self'), next(iter(d)), d[998])
for i in range(1000, 1100):
    d[i] = 0
print(len(d), list(d)[-3:], d.popitem())
while d:
    k, v = d.popitem()
print(k, d)
q = {}
for i in range(500):
    q[i] = i
    if i >= 3:
        first = next(iter(q))
        del q[first]
print(q)
class M:
    def keys(self): return ['p', 'q']
    def __getitem__(self, k): return k * 2
print(dict(M()), {**M()}, {'a': 1, **{'b': 2}, 'a': 3})
d = {'p': 0}
d.update(M())
print(d)
class Eq:
    def __init__(self, v): self.v = v
    def __hash__(self): return 7
    def __eq__(self, o): return isinstance(o, Eq) and self.v == o.v
    def __repr__(self): return f'Eq({self.v})'
d = {Eq(i): i for i in range(6)}
print(d, d[Eq(3)], Eq(9) in d)
del d[Eq(2)]
print(d.pop(Eq(4)), d)
print(hash(1 << 61), {1 << 61: 'big'}[1 << 61], {2.0 ** 61: 'f'}[1 << 61])
for bad in (lambda: {}['k'], lambda: {}[(1, 2)], lambda: {}.popitem(), lambda: {[]: 1}, lambda: {}[[]], lambda: [] in {}, lambda: {}.get({}),
            lambda: dict(1), lambda: dict([1]), lambda: dict([[1]]), lambda: dict([(1, 2, 3)]), lambda: dict(['abc']), lambda: dict(1, 2),
            lambda: {}.update(5), lambda: {}.update(1, 2), lambda: {} | 1, lambda: {} | [], lambda: {} < {}, lambda: hash({}), lambda: {}.fromkeys(3),
            lambda: {}.pop(), lambda: {}.get(), lambda: {}.get(1, 2, 3), lambda: {}.setdefault([]), lambda: {1: 1}.pop([]), lambda: {}.pop([], 'd'),
            lambda: {}.__delitem__(1), lambda: {}.popitem(1), lambda: dict.fromkeys(), lambda: dict(**{1: 2}), lambda: {}.get(key=1)):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e, getattr(e, '__notes__', ''))
