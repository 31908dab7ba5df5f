# The order in which containers let go of their elements.
log = []
class D:
    def __init__(self, k): self.k = k
    def __del__(self): log.append(self.k)
    def __hash__(self): return self.k
def some(n=5): return [D(k) for k in range(n)]
def show(name):
    print(name, *log)
    log.clear()

x = some(); del x; show('list')
x = some(); x.clear(); show('clear')
x = some(); x[1:4] = []; show('slice'); del x; show('rest')
x = some(); x[1:3] = [1, 2, 3]; show('slice assignment'); del x; show('rest')
x = some(); del x[::2]; show('extended slice'); del x; show('rest')
x = some(); x *= 0; show('times 0')
x = some(); x[:] = (); show('whole slice')
x = tuple(some()); del x; show('tuple')
x = dict(enumerate(some())); del x; show('dict')
x = dict(enumerate(some())); x.clear(); show('dict clear')
x = {d: 1 for d in some()}; x.clear(); show('keys')
x = set(some()); x.clear(); show('set')
x = frozenset(some()); del x; show('frozenset')
class Obj: pass
x = Obj(); x.a, x.b, x.c = some(3); del x; show('instance')
class Slots: __slots__ = 'c', 'a', 'b'
x = Slots(); x.a, x.b, x.c = some(3); del x; show('slots')
x = [some(2), some(2)]; del x; show('nested')
x = zip(some(2), some(2)); del x; show('zip')
from collections import deque
x = deque(some()); x.clear(); show('deque')
x = (lambda a, b: lambda: (a, b))(D(0), D(1)); del x; show('cells')
import functools
x = functools.partial(print, *some(3), k=D(9)); del x; show('partial')
for i in range(60):
    x = some(3); del x
print(len(log), log[:3], log[-3:])
