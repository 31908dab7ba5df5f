# Dictionaries keep insertion order through updates, deletions, merging, copying and keyword arguments.
d = {}
for k in 'zebra': d[k] = len(d)
print(d, list(d)); del d['e']; d['e'] = 9; d['z'] = 0; print(d)
d.update(q=1, b=2); print(d, d.popitem(), {**d, 'a': 1, 'new': 2}, d | {'z': 'last', 'y': 0}, dict(reversed(d.items())))
print(dict([('b', 1), ('a', 2), ('b', 3)]), dict(zip('cab', range(3)), a=9), dict.fromkeys('hello'), {k: v for k, v in sorted(d.items())}, {1: 'a', True: 'b', 1.0: 'c'})
def kw(**k): return list(k)
print(kw(z=1, a=2, **{'m': 3}), kw(**dict(b=1), a=2))
e = {i: i for i in range(100)}
for i in range(0, 100, 2): del e[i]
for i in range(0, 20, 2): e[i] = -i
print(list(e)[:5], list(e)[-5:], len(e), next(reversed(e)), e == {**{i: -i for i in range(0, 20, 2)}, **{i: i for i in range(1, 100, 2)}})
e.clear(); e['x'] = 1; print(e, e.setdefault('y', 2), e.setdefault('x', 5), e.pop('x'), e.pop('none', None), e)
class C:
    b = 1
    a = 2
    def f(self): pass
print([k for k in C.__dict__ if not k.startswith('__')])
c = C(); c.z, c.y = 1, 2; del c.z; c.z = 3; print(c.__dict__, vars(c) is c.__dict__)
f = d.copy(); f['t'] = 1; print(list(d), list(f), f > d if False else f.keys() > d.keys(), list(f.items())[-1], list(f.keys() & d.keys()) != [])
keys = [(i * 7919) % 1009 for i in range(500)]
g = {}
for k in keys: g[k] = g.get(k, 0) + 1
print(list(g)[:8], sum(g.values()), list(g) == list(dict.fromkeys(keys)))
for i in range(2000):
    g[i % 37] = i
    if i % 3 == 0: g.pop(i % 41, None)
print(list(g)[:4], list(g)[-4:], len(g))
import json
print(json.dumps({'b': 1, 'a': {'d': 1, 'c': 2}}), eval(repr(d)) == d, list(eval(repr(d))) == list(d))
