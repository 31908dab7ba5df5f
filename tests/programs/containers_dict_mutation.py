# Dicts that change while they are looked at.
def attempt(f):
    try:
        return f()
    except Exception as e:
        return f'{type(e).__name__}: {e}'

def grow():
    d = {1: 1, 2: 2}
    for k in d:
        d[k + 10] = 0
def shrink():
    d = {1: 1, 2: 2}
    for k in d:
        del d[k]
def swap():
    d = {1: 1, 2: 2}
    for i, k in enumerate(d):
        del d[k]
        d[k + 100] = 0
        if i > 10: break
def swap_items():
    d = {0: 0}
    for k, v in d.items():
        del d[0]
        d[0] = 0
def values():
    d = dict.fromkeys(range(5))
    for v in d.values():
        d.clear()
def back():
    d = dict.fromkeys(range(5))
    for k in reversed(d):
        d[k + 10] = 1
for f in (grow, shrink, swap, swap_items, values, back):
    print(f.__name__, attempt(f))
d = {1: 1, 2: 2}
for k in d:
    d[k] = d[k] * 10
print(d)
it = iter(d)
next(it)
d[3] = 3
print(attempt(lambda: next(it)), attempt(lambda: next(it)))
del d[3]
print(attempt(lambda: next(it)))
it = iter(d)
print(it.__length_hint__(), next(it), it.__length_hint__(), list(it), it.__length_hint__(), list(it))
it = iter({1: 2, 3: 4}.items())
print(it.__reduce__()[1], next(it), it.__reduce__()[1], list(it), it.__reduce__()[1])

class Key:
    action = None
    def __init__(self, name): self.name = name
    def __hash__(self): return 1
    def __eq__(self, other):
        if Key.action:
            f, Key.action = Key.action, None
            f()
        return self is other
    def __repr__(self): return self.name
def keys():
    global d, a, b
    a, b = Key('a'), Key('b')
    d = {a: 1, b: 2}
def action(f):
    keys()
    Key.action = f
action(lambda: d.clear())
print(attempt(lambda: d[Key('c')]), d)
action(lambda: d.pop(b))
print(attempt(lambda: d[b]), d)
action(lambda: d.update((i, i) for i in range(100)))
print(attempt(lambda: d[b]), len(d))
action(lambda: d.clear())
print(attempt(lambda: d.__setitem__(Key('c'), 3)), d)
action(lambda: d.update({5: 5}))
print(attempt(lambda: d.setdefault(Key('c'), 3)), d)
action(lambda: d.clear())
print(attempt(lambda: d.pop(b)), d)
action(lambda: d.clear())
print(attempt(lambda: d == {a: 1, Key('c'): 2}))
class V:
    def __eq__(self, other):
        d.clear()
        return True
d = {1: V(), 2: V(), 3: 4}
print(attempt(lambda: d == {1: 0, 2: 0, 3: 4}), d)
class R:
    def __repr__(self):
        d.clear()
        return 'R'
d = {1: R(), 2: R()}
print(d, d)
class Del:
    def __del__(self):
        log.append(sorted(d))
log = []
d = {1: Del(), 2: Del(), 3: Del()}
del d[1]
d[2] = 0
d.clear()
print(log)
d = {1: Del(), 2: 5}
d.update({1: 0})
d.pop(2)
print(log, d)
src = {i: i for i in range(5)}
class Evil:
    def __hash__(self): return 3
    def __eq__(self, other):
        src[len(src) + 50] = 1
        return False
d = {Evil(): 1}
print(attempt(lambda: d.update(src)))
