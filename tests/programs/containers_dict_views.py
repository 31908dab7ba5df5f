# dict_keys, dict_values, dict_items: live, set-like, comparable.
d = {1: 'a', 2: 'b', 3: 'c'}
k, v, i = d.keys(), d.values(), d.items()
print(k, v, i, len(k), len(v), len(i))
d[4] = 'd'
print(k, v, i, 4 in k, 'd' in v, (4, 'd') in i, (4, 'x') in i, 4 in i, (1,) in i, [1, 'a'] in i)
print(sorted(k & {1, 2, 9}), sorted(k | [9]), sorted(k - {1}), sorted(k ^ {1, 9}), type(k & {1}).__name__)
print(sorted({1, 9} & k), sorted({1, 9} | k), sorted({1, 9} - k), sorted({1, 9} ^ k), sorted([1, 9] - k), sorted((5, 1) & k), sorted([7] ^ k))
print(sorted(i & {(1, 'a'), (2, 'x')}), sorted(i - {(1, 'a')}), sorted(i | {(0, '')}), sorted(i ^ {1: 'a', 2: 'zz'}.items()))
print(k & {1: 0, 5: 0}.keys(), {1: 0, 5: 0}.keys() & k, k & [1, 1, 2, 77], type(k & frozenset({1, 2, 3, 4, 5, 6})).__name__)
print(k == {1, 2, 3, 4}, k == d.keys(), k != {1}, k < {1, 2, 3, 4, 5}, k <= {1, 2, 3, 4}, k > {1}, k >= {1, 9}, k == [1, 2, 3, 4], i == set(d.items()))
print({1, 2, 3, 4} == k, {1, 2} < k, frozenset(k) == k, v == v, v == d.values(), d.items() == {4: 'd', 3: 'c', 2: 'b', 1: 'a'}.items())
print(k.isdisjoint([5, 6]), k.isdisjoint({1}), i.isdisjoint([(1, 'a')]), k.isdisjoint(k), {}.keys().isdisjoint({}.keys()))
print(list(reversed(k)), list(reversed(v)), list(reversed(i)))
print(k.mapping, type(k.mapping).__name__, k.mapping == d)
try:
    k.mapping[1] = 2
except TypeError as e:
    print(e)
for bad in (lambda: hash(k), lambda: k + k, lambda: k & 1, lambda: k < 1, lambda: k | 5, lambda: 5 - k, lambda: v & v, lambda: v < v, lambda: k[0],
            lambda: [[]] & k, lambda: i & [[]], lambda: {1: []}.items() | set(), lambda: type(k)(), lambda: k.isdisjoint(1), lambda: k.append,
            lambda: [] in k):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
print({1: []}.items() & [(1, [])] if False else 'unhashable pairs stay out', sorted({1: []}.items() ^ {1: []}.items()))
print(isinstance(hash(v), int), type(iter(k)).__name__, type(iter(v)).__name__, type(iter(i)).__name__)
print(type(reversed(k)).__name__, type(reversed(v)).__name__, type(reversed(i)).__name__)
d['self'] = d.values()
print(d)
d['self'] = d.items()
print(d.items())
class D(dict):
    def __iter__(self): return iter('sub')
    def keys(self): return ['own']
s = D(a=1)
print(list(s), s.keys(), list(dict.keys(s)), {**s} if False else dict(D.items(s)), dict.keys(s) & {'a'}, len(s))
