# Runaway recursion, in Python and through native code, is a RecursionError that can be caught again and again.
import json, sys

def forever(n): return forever(n + 1)
class Add:
    def __add__(self, other): return self + other
class Equal:
    def __eq__(self, other): return self == other
class Repr:
    def __repr__(self): return repr(self)
class Str:
    def __str__(self): return str([self])
    __repr__ = __str__
class Getattr:
    def __getattr__(self, name): return getattr(self, name + 'x')
class Call: pass
Call.__call__ = Call()
class Item:
    def __getitem__(self, i): return self[i]
class Iter:
    def __iter__(self): return iter(self)
class Hash:
    def __hash__(self): return hash((self,))
class Bool:
    def __bool__(self): return bool(self)
class Less:
    def __lt__(self, other): return sorted([self, other])[0]
class New:
    def __init__(self): New()
class Index:
    def __index__(self): return [1][self]
def generator():
    yield from generator()
def mapped(x): return list(map(mapped, [x]))
def by_key(x): return max([x, x], key=by_key)
def locally(n=0):
    a = b = c = d = n
    return locally(n + 1) + a

def nested_list(n):
    x = []
    for _ in range(n): x = [x]
    return x

attempts = {
    'function': lambda: forever(0), 'locals': locally, 'add': lambda: Add() + 1, 'eq': lambda: Equal() == 1, 'repr': lambda: repr(Repr()), 'str': lambda: str(Str()),
    'getattr': lambda: Getattr().a, 'call': lambda: Call()(), 'item': lambda: Item()[0], 'hash': lambda: hash(Hash()), 'bool': lambda: bool(Bool()),
    'less': lambda: Less() < Less(), 'init': New, 'generator': lambda: list(generator()), 'map': lambda: mapped(1),
    'key': lambda: by_key(1), 'index': lambda: [1][Index()], 'contains': lambda: Equal() in [Equal()], 'iter': lambda: list(Iter()),
}
for name, f in attempts.items():
    for _ in range(2):
        try:
            f()
        except RecursionError as e:
            outcome = type(e).__name__
        else:
            outcome = 'no error'
    print(name, outcome)

def cyclic(x):
    x.append(x)
    return x

mine, other = cyclic([1]), cyclic([1])
for f in (lambda: mine == other, lambda: mine < other, lambda: json.dumps(mine, check_circular=False), lambda: json.dumps(mine)):
    try:
        f()
        print('no error')
    except (RecursionError, ValueError) as e:
        print(type(e).__name__)
print(repr(mine), repr({0: mine}))
deep = nested_list(100000)
del deep
print('freed')
def depth():
    deepest = 0
    def down():
        nonlocal deepest
        deepest += 1
        down()
    try: down()
    except RecursionError: pass
    return deepest
d = [depth() for _ in range(4)]
print(len(set(d)), 900 < d[0] <= 1000)
sys.setrecursionlimit(300)
e = [depth() for _ in range(3)]
print(len(set(e)), 200 < e[0] <= 300)
sys.setrecursionlimit(5000)
print(4500 < depth() <= 5000)

def inside_loop(n):
    caught = 0
    for i in range(n):
        try: forever(i)
        except RecursionError: caught += 1
    return caught
sys.setrecursionlimit(200)
print(inside_loop(60))
