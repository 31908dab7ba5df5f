# Subclasses of dict: __missing__, overridden methods, what results are.
class D(dict):
    def __missing__(self, key):
        return ('missing', key)
d = D(a=1)
print(d['a'], d['b'], d.get('b'), d, 'b' in d, len(d))
try:
    d.pop('b')
except KeyError as e:
    print(repr(e))
print(type(d | {}).__name__, type({} | d).__name__, type(d.copy()).__name__, type(D.fromkeys('ab')).__name__, D.fromkeys('ab', 1))
d |= {'z': 26}
print(type(d).__name__, d)
class N(dict):
    __missing__ = None
try:
    N()['x']
except TypeError as e:
    print(e)
class Raise(dict):
    def __missing__(self, key):
        raise LookupError('custom ' + key)
try:
    Raise()['x']
except LookupError as e:
    print(type(e).__name__, e)
class Log(dict):
    def __getitem__(self, k):
        print('get', k)
        return super().__getitem__(k)
    def __setitem__(self, k, v):
        print('set', k)
        super().__setitem__(k, v)
    def __delitem__(self, k):
        print('del', k)
        super().__delitem__(k)
    def __contains__(self, k):
        print('in', k)
        return super().__contains__(k)
l = Log(a=1)
l['b'] = 2
l['a']
'a' in l
del l['b']
l.update(c=3)
l.setdefault('d', 4)
print(l.get('a'), l.pop('c'), l, dict(l), {**l}, list(l.items()))
x = Log.fromkeys('xy', 0)
print(x)
class It(dict):
    def __iter__(self):
        return iter(['only'])
    def keys(self):
        return ['a']
i = It(a=1, b=2)
print(dict(i), list(i), {}  | i, {**i})
class Cls(dict):
    @classmethod
    def fromkeys(cls, *a):
        return super().fromkeys(*a)
    def __init__(self, *a, **k):
        print('init', a, k)
        super().__init__(*a, **k)
print(Cls.fromkeys('a'), Cls([(1, 2)], x=3))
class New(dict):
    def __new__(cls, *a, **k):
        self = super().__new__(cls, 'ignored', ignored=1)
        self.extra = k
        return self
n = New(q=1)
print(n, n.extra)
class Attr(dict):
    __slots__ = ('s',)
a = Attr(x=1)
a.s = 5
print(a, a.s)
class Target(dict):
    def __new__(cls):
        return existing
existing = {'there': 1}
print(Target.fromkeys('xy', 2), existing)
class Other(dict):
    def __new__(cls):
        return []
try:
    Other.fromkeys('xy')
except TypeError as e:
    print(e)
class Str(str): pass
d = {Str('k'): 1}
print(d['k'], d.get(Str('k')), Str('k') in {'k': 2}, [type(k).__name__ for k in d])
d['k'] = 2
print(d, [type(k).__name__ for k in d])
class OddStr(str):
    def __eq__(self, other): return False
    def __hash__(self): return hash('odd')
d = {'odd': 1, OddStr('odd'): 2}
print(len(d), d['odd'], list(d.values()))
