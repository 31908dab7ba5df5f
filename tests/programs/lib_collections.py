# collections: Counter, OrderedDict, defaultdict, deque, ChainMap, namedtuple, UserDict, and the abstract classes.
import collections, collections.abc as abc
from collections import Counter, OrderedDict, defaultdict, deque, ChainMap, namedtuple, UserDict, UserList
c = Counter('abracadabra')
print(c, c.most_common(2), c['z'], sorted(c.elements()), c.total(), c + Counter('az'), c - Counter('aaab'), c & Counter('abbb'), Counter('ab') | Counter('bc'), +Counter(a=-1, b=2), -Counter(a=-1, b=2))
c.update('zz'); c.subtract({'a': 10}); del c['b']
print(c, Counter('ab') == Counter('ba'), Counter('a') <= Counter('ab'), Counter([1, 1, 2]).most_common())
o = OrderedDict(a=1, b=2, c=3)
o.move_to_end('a'); o.move_to_end('c', last=False)
print(o, o.popitem(), o.popitem(last=False), list(reversed(OrderedDict(x=1, y=2))), OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) == {'b': 2, 'a': 1}, o | {'q': 5})
d = defaultdict(list, k=[0])
d['x'].append(1); d['k'].append(2)
print(d, d.get('none'), 'none' in d, d.default_factory, defaultdict(None))
try: defaultdict()['q']
except KeyError as e: print(repr(e))
q = deque(range(5), maxlen=4)
q.append(9); q.appendleft(8)
print(q, q.maxlen, q[1], q.index(2)); q.rotate(1); print(q); q.extendleft([6, 7]); print(q, q.count(6), q.pop(), q.popleft()); q.insert(1, 'i'); q.reverse(); q.remove('i'); print(q, q == deque([1]), deque('ab') + deque('c'), deque('ab') * 2, deque([1, 2]) < deque([1, 3]), 7 in q, q.copy() is q)
for f in (lambda: deque().pop(), lambda: q[9], lambda: q.remove('z'), lambda: deque(maxlen=-1), lambda: deque([1], 1).insert(0, 2), lambda: [q.append(1) for _ in q]):
    try: print(f())
    except (IndexError, ValueError, RuntimeError) as e: print(type(e).__name__, e)
m = ChainMap({'a': 1}, {'a': 2, 'b': 3})
m['b'] = 9
print(m, m['a'], m.parents['b'], list(m), m.new_child({'z': 0})['z'], dict(m), len(m), m.maps[0])
P = namedtuple('P', 'x y z', defaults=[0])
p = P(1, y=2)
print(p, p._asdict(), p._replace(x=5), P._fields, P._field_defaults, P._make([7, 8, 9]), p[1], p == (1, 2, 0), x if (x := p.x) else None, hash(p) == hash((1, 2, 0)), P.__doc__)
for f in (lambda: P(), lambda: P(1, 2, 3, 4), lambda: namedtuple('N', 'a a'), lambda: namedtuple('N', '_a'), lambda: namedtuple('N', 'class'), lambda: setattr(p, 'x', 1), lambda: p._replace(q=1)):
    try: print(f())
    except (TypeError, ValueError, AttributeError) as e: print(type(e).__name__, e)
print(namedtuple('N', 'a def a', rename=True)._fields)
class Upper(UserDict):
    def __setitem__(self, k, v): super().__setitem__(k.upper(), v)
u = Upper(a=1); u.update(b=2); u |= {'c': 3}
print(u, 'A' in u, len(u), UserList([3, 1]) + [2], sorted(UserList([3, 1])))
class Seq(abc.Sequence):
    def __len__(self): return 4
    def __getitem__(self, i):
        if i >= 4: raise IndexError
        return i * i
class Map(abc.MutableMapping):
    def __init__(self): self.d = {}
    def __getitem__(self, k): return self.d[k]
    def __setitem__(self, k, v): self.d[k] = v
    def __delitem__(self, k): del self.d[k]
    def __iter__(self): return iter(self.d)
    def __len__(self): return len(self.d)
s, mm = Seq(), Map()
mm.update(a=1, b=2)
print(list(reversed(s)), s.index(4), 9 in s, s.count(1), mm.pop('a'), mm.setdefault('z', 5), list(mm.items()), mm == {'b': 2, 'z': 5}, mm.popitem(), mm.get('no', 'd'), list(mm.keys() | {'q'}) != [])
for k in (list, dict, set, str, range, deque, int, Seq, Map, type(x for x in ()), map, bytes, memoryview):
    print(k.__name__, [n for n in ('Hashable', 'Iterable', 'Iterator', 'Sized', 'Container', 'Sequence', 'MutableSequence', 'Mapping', 'Set', 'Callable', 'Generator', 'Reversible', 'Collection', 'Buffer') if issubclass(k, getattr(abc, n))])
try: abc.Sequence()
except TypeError as e: print(e)
