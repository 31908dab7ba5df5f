# copy and pickle: shared and cyclic structures, hooks, every protocol, and what cannot be copied.
import copy, pickle, pickletools, io, collections, enum, fractions, datetime
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return type(o) is type(self) and vars(o) == vars(self)
    def __repr__(self): return f'P({self.x!r})'
class Slots:
    __slots__ = 'a', 'b'
    def __eq__(self, o): return all(getattr(self, n, None) == getattr(o, n, None) for n in self.__slots__)
class State:
    def __init__(self): self.keep, self.drop = 1, open
    def __getstate__(self): return {'keep': self.keep}
    def __setstate__(self, s): self.__dict__.update(s, restored=True)
class Reduced:
    def __init__(self, n): self.n = n
    def __reduce__(self): return Reduced, (self.n + 1,)
class NewArgs(int):
    def __new__(cls, v, extra): self = super().__new__(cls, v); self.extra = extra; return self
    def __getnewargs__(self): return int(self), self.extra
class Singleton:
    def __reduce__(self): return 'ONE'
ONE = Singleton()
class Color(enum.Enum): RED = 1
N = collections.namedtuple('N', 'a b')
class L(list):
    def __init__(self, *a): super().__init__(a); self.tag = 't'
class D(dict): pass
class Hooks:
    def __copy__(self): return 'shallow'
    def __deepcopy__(self, memo): return 'deep', len(memo)
s = Slots(); s.a = [1]
values = [None, True, 5, -1, 255, 256, 65536, 1 << 31, -(1 << 31) - 1, 1 << 100, -(1 << 2100), 1.5, float('inf'), 1j, '', 'é' * 300, '\ud800', b'', b'x' * 300, bytearray(b'ab'), (), (1,), (1, 2, 3, 4), [], [1, [2]], {}, {'a': {1: 2}}, set(), {1}, frozenset([3]), range(3), slice(1, 2), P([1, P(2)]), s, Color.RED, N(1, [2]), L(1, 2), D(a=1), ONE, NewArgs(3, 'e'), int, len, P, ..., NotImplemented, fractions.Fraction(1, 3), datetime.date(2020, 1, 2), collections.OrderedDict(b=1), collections.deque([1], 2), collections.defaultdict(list, a=[1]), collections.Counter('aab'), ValueError('e', 1), complex, str.upper]
for protocol in range(6):
    ok = 0
    for v in values:
        try: w = pickle.loads(pickle.dumps(v, protocol))
        except Exception as e: print(protocol, type(v).__name__, type(e).__name__, str(e)[:60]); continue
        if type(v) is type(w) and (v == w or isinstance(v, (BaseException, type(len))) and repr(v) == repr(w)): ok += 1
        else: print(protocol, v, w)
    print(protocol, ok)
shared = [1]
nest = [shared, shared, {'k': shared}]
nest.append(nest)
for f in (copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
    n = f(nest)
    print(n[0] is n[1] is n[2]['k'], n[3] is n, n[0] is not shared, len(n))
p = P(None); p.x = {'me': p}
q = copy.deepcopy(p); print(q.x['me'] is q, q is not p); q = pickle.loads(pickle.dumps(p)); print(q.x['me'] is q)
st, r = pickle.loads(pickle.dumps(State())), copy.copy(Reduced(1))
print(vars(st), r.n, copy.deepcopy(ONE) is ONE, copy.copy(Hooks()), copy.deepcopy([Hooks()])[0][0], pickle.loads(pickle.dumps(L(1, 2))).tag, copy.copy(L(3)).tag, copy.replace(N(1, 2), b=5))
print([copy.copy(v) is v for v in (1, 'x', (1, [2]), [1], {}, int, len, range(2))], [copy.deepcopy(v) is v for v in ((1, 2), (1, [2]), frozenset([1]), 'x', b'x')])
for v in (lambda: 1, (i for i in ()), io.StringIO, type('Local', (), {})(), {}.keys(), iter([1])):
    for f in (pickle.dumps, copy.deepcopy):
        try: f(v); print(type(v).__name__, 'fine')
        except (TypeError, pickle.PicklingError, AttributeError) as e: print(type(e).__name__, str(e).split(' at 0x')[0][:70])
for bad in (b'\x80\x09.', b'cnope\nnope\n.'):
    try: print(pickle.loads(bad))
    except Exception as e: print(type(e).__name__)
class Finder(pickle.Unpickler):
    def find_class(self, m, n):
        if n == 'P': raise pickle.UnpicklingError('forbidden ' + n)
        return super().find_class(m, n)
    def persistent_load(self, k): return f'persistent {k}'
class Pers(pickle.Pickler):
    def persistent_id(self, o): return 7 if o == 'special' else None
    def reducer_override(self, o): return (list, ('over',)) if isinstance(o, Reduced) else NotImplemented
out = io.BytesIO(); Pers(out, 4).dump(['special', Reduced(3), 'x'])
print(Finder(io.BytesIO(out.getvalue())).load())
try: Finder(io.BytesIO(pickle.dumps(P(1)))).load()
except pickle.UnpicklingError as e: print(e)
print([pickle.dumps(v, 2) for v in (None, [1, 'a'], {'k': (1, 2)}, 300)], [len(pickle.dumps(list(range(1000)), k)) for k in range(6)])
out = io.StringIO(); pickletools.dis(pickle.dumps({'a': [1, 2.5]}, 4), out); print(out.getvalue())
