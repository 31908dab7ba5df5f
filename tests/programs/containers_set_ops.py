# set and frozenset: methods, comparisons, hashes, subclasses, errors.
s = {1, 2, 3}
print(s, set(), frozenset(), frozenset({1}), {frozenset({1})}, set('a'), len(s), bool(set()), bool(s))
s.add(4); s.add(4); s.discard(9); s.remove(1); print(s, 2 in s, 9 in s)
print(s.copy() == s, s.copy() is s, frozenset(s) == s, hash(frozenset(s)) == hash(frozenset([4, 3, 2])))
print({1, 2} < {1, 2, 3}, {1} <= {1}, {1} < {1}, {1, 2} > {1}, {1} >= {2}, {1} == {1.0}, {1} != {2}, {1} == [1], {1}.issubset([1, 2]), {1, 2}.issuperset([1]), {1}.isdisjoint([2]))
print(hash(frozenset()), hash(frozenset([1])), hash(frozenset([1, 2, 3])), hash(frozenset(range(100))), hash(frozenset([frozenset([1]), 2.5, None is None])))
f = frozenset([1, 2])
print(frozenset(f) is f, f.copy() is f, f | {3}, {3} | f, type(f | {3}).__name__, type({3} | f).__name__, f & {1}, f - {1}, f ^ {1, 7})
print({1, 2} in {f}, {f, 5}.__contains__({1, 2}), {f} - {f})
t = {f, 9}
t.remove({1, 2})
print(t)
t.discard({9})
print({1, 2, 3} & {2, 3, 4}, {1, 2} | {3}, {1, 2, 3} - {2}, {1, 2} ^ {2, 3})
x = y = {1, 2}
x |= {3}; x &= {1, 3, 5}; x -= {1}; x ^= {3, 4}
print(x, x is y)
x -= x
print(x)
x = {1}; x ^= x; print(x); x = {1}; x &= x; x |= x; print(x)
class S(set): pass
class F(frozenset): pass
print(S([1]), F([1]), S(), F(), type(S([1]) | {2}).__name__, type(F([1]) | {2}).__name__, type(S([1]).copy()).__name__, type(F([1]).copy()).__name__)
a = S([1]); a.attr = 1
print(a.attr, a.__reduce__(), set([1]).__reduce__(), F([2]).__reduce__(), S([1]) == {1}, hash(F([1])) == hash(frozenset([1])))
class K(set):
    def __init__(self, *args, **kw): super().__init__(args); self.kw = kw
print(K(1, a=2), K(1, a=2).kw)
class FK(frozenset):
    def __new__(cls, *args, **kw): return super().__new__(cls, args)
    def __init__(self, *args, **kw): self.kw = kw
print(FK(3, b=1), FK(3, b=1).kw)
l = [set()]
class Rec(set):
    def __hash__(self): return 1
r = Rec()
r.add(r)
print(r)
it = iter({1, 2, 3})
print(it.__length_hint__(), next(it), it.__length_hint__(), it.__reduce__()[1], list(it), list(it))
def grow():
    s = {1, 2}
    for x in s: s.add(x + 10)
def shrink():
    s = {1, 2}
    for x in s: s.remove(x)
for bad in (grow, shrink, lambda: {[]}, lambda: {1}.add([]), lambda: [] in {1}, lambda: set([[]]), lambda: {1}.remove(2), lambda: {1}.remove((1, 2)), lambda: set().pop(),
            lambda: {1} | [1], lambda: {1} & [1], lambda: {1} - 1, lambda: {1} ^ None, lambda: {1} < [1], lambda: {1}.union(5), lambda: {1}.update(None),
            lambda: set(1), lambda: set(1, 2), lambda: set(a=1), lambda: frozenset(a=1), lambda: frozenset(1, 2), lambda: hash(set()), lambda: {1}.issubset(1),
            lambda: {1}.isdisjoint(), lambda: {1}.pop(1), lambda: u[0], lambda: frozenset().add, lambda: {1}.__ior__([1]), lambda: {1}.remove({5}),
            lambda: {1} + {2}, lambda: {1}.discard([]), lambda: {{1}}, lambda: {1}.intersection([[]]), lambda: {1}.difference([[]]), lambda: {1}.symmetric_difference([[]])):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
class H:
    def __init__(self, n): self.n = n
    def __hash__(self): return 5
    def __eq__(self, o):
        if self.n == 'evil': target.clear()
        return isinstance(o, H) and o.n == self.n
    def __repr__(self): return f'H({self.n})'
target = {H('evil')}
print(H('x') in target, target)
target = {H('evil'), 1}
target.add(H('y'))
print(target)
target = {H(1), H(2), H(3)}
target.discard(H(2))
print(len(target), H(3) in target, H(2) in target)
print(set[int], frozenset[str], {1}.__sizeof__(), set(range(6)).__sizeof__(), set(range(1000)).__sizeof__())
u = {True, 1, 1.0, 0, False}
print(len(u), 1 in u, sorted(u))
