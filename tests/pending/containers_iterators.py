# iter() of sequences and callables, enumerate, zip, map, filter, reversed.
class Seq:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i):
        if i >= self.n: raise IndexError
        return i * i
s = Seq(4)
it = iter(s)
print(type(it).__name__, it.__length_hint__(), next(it), it.__length_hint__(), it.__reduce__()[2], list(it), it.__length_hint__(), list(it))
it = iter(s); it.__setstate__(2); print(list(it)); it = iter(s); it.__setstate__(-2); print(next(it))
print(list(reversed(s)), 9 in s, 5 in s, list(enumerate(s, 10)), sum(s), max(s))
class Stop:
    def __getitem__(self, i):
        if i == 2: raise StopIteration
        return i
print(list(Stop()))
class Bad:
    def __getitem__(self, i): raise KeyError(i)
try:
    list(Bad())
except KeyError as e:
    print(repr(e))
l = [3, 2, 1, 0]
it = iter(l.pop, 1)
print(type(it).__name__, list(it), l, list(it))
def stop(): raise StopIteration
print(list(iter(stop, None)), it.__reduce__()[1])
class NoIter:
    __iter__ = None
class BadIter:
    def __iter__(self): return 5
class NoGet:
    __getitem__ = None
print(list(enumerate('ab')), list(enumerate('ab', 5)), list(enumerate(iterable='ab', start=-1)), list(enumerate([], 1)), next(enumerate('x', 1 << 70)))
e = enumerate(['a', 'b'], (1 << 62) - 1)
print(list(e), list(e), type(e).__name__, enumerate[int])
e = enumerate('ab'); next(e); print(e.__reduce__()[1][1], iter(e) is e)
print(list(zip()), list(zip('ab')), list(zip('abc', [1, 2])), list(zip('ab', [1, 2], (3, 4))), list(zip('ab', 'cd', strict=True)), list(zip(strict=True)))
it = iter(range(5)); print(list(zip(it, it)), list(it))
a, b = iter([1, 2, 3]), iter([4])
print(list(zip(a, b)), list(a))
print(list(map(str, [1, 2])), list(map(lambda *a: a, 'ab', [1, 2, 3])), list(map(pow, [2, 3], [3, 2], strict=True)), list(map(None.__class__, [])))
print(list(filter(None, [0, 1, '', 'a', None])), list(filter(bool, [0, 2])), list(filter(lambda x: x > 1, range(4))), list(filter(int, ['0', '1'] )))
print(list(reversed('abc')), list(reversed((1, 2))), list(reversed(b'ab')), type(reversed('a')).__name__, reversed('abc').__length_hint__())
r = reversed('abc'); next(r); print(r.__reduce__()[1:], list(r), r.__reduce__()[1:], r.__length_hint__())
r = reversed('abcd'); r.__setstate__(1); print(list(r)); r = reversed('abcd'); r.__setstate__(100); print(next(r)); r.__setstate__(-9); print(list(r))
class Rev:
    def __reversed__(self): return 'anything'
class NoRev(list):
    __reversed__ = None
print(reversed(Rev()))
class Z(zip): pass
class M(map):
    def __init__(self, *a, **k): self.k = k
class E(enumerate): pass
print(list(Z('a', 'b')), type(Z()).__name__, list(M(str, [1])), list(E('a')), type(reversed).__name__)
z = zip([1, 2], [3, 4]); next(z); print([list(i) for i in z.__reduce__()[1]]); z.__setstate__(True)
def strict(f):
    try:
        return list(f())
    except ValueError as e:
        return str(e)
for n in ((1, 0), (0, 1), (1, 1, 0), (0, 0, 1), (2, 1, 3), (1, 0, 1), (2, 2, 2), (1, 2)):
    print(strict(lambda: zip(*[range(i) for i in n], strict=True)), strict(lambda: map(lambda *a: a, *[range(i) for i in n], strict=True)))
class Hint:
    def __init__(self, h): self.h = h
    def __iter__(self): return iter([1, 2])
    def __length_hint__(self):
        if isinstance(self.h, type): raise self.h
        return self.h
for h in (0, 5, 10 ** 6, NotImplemented, TypeError, True):
    print(list(Hint(h)), tuple(Hint(h)), [*Hint(h)])
for bad in (lambda: list(Hint(-1)), lambda: list(Hint('a')), lambda: list(Hint(ValueError)), lambda: iter(5), lambda: iter(NoIter()), lambda: iter(BadIter()), lambda: list(NoGet()),
            lambda: iter(5, 6), lambda: next(5), lambda: 1 in 5, lambda: 1 in NoIter(), lambda: enumerate(), lambda: enumerate(5), lambda: enumerate('a', 'b'), lambda: enumerate('a', 1, 2),
            lambda: enumerate(foo=1), lambda: enumerate('a', foo=1), lambda: zip(1), lambda: zip('a', 1), lambda: zip(foo=1), lambda: map(), lambda: map(str), lambda: map(str, 5),
            lambda: map(str, 'a', x=1), lambda: list(map(5, [1])), lambda: filter(), lambda: filter(None), lambda: filter(None, 5), lambda: filter(None, [], a=1), lambda: reversed(),
            lambda: reversed(5), lambda: reversed({1}), lambda: reversed(NoRev()), lambda: reversed('a', 'b'), lambda: reversed(sequence='a'), lambda: next(iter([])),
            lambda: iter('a').__setstate__('x'), lambda: iter(Seq(1)).__setstate__(1.5), lambda: list(filter(lambda x: 1 / x, [0])), lambda: zip('a').__next__(1), lambda: dict(zip([[]], 'a'))):
    try:
        print(bad())
    except Exception as x:
        print(type(x).__name__, x)
def unpack(n, v):
    try:
        if n == 1: a, = v; return a
        if n == 2: a, b = v; return a, b
        if n == 3: a, *b = v; return a, b
        if n == 4: *a, b, c = v; return a, b, c
        if n == 0: [] = v; return []
    except (ValueError, TypeError) as e:
        return str(e)
for v in ((), (1,), [1, 2], (1, 2, 3), {1: 2, 3: 4, 5: 6}, range(3), iter('ab'), 'abcd', {7}, 5, None):
    print([unpack(n, v) for n in range(5)])
