# for over every built-in iterable, long enough to be compiled, then over a different kind in the same loop.
import itertools

def total(iterable):
    n, s = 0, 0
    for x in iterable:
        n += 1
        s += x
    return n, s

def pairs(iterable):
    out = 0
    for a, b in iterable:
        out = (out * 31 + a * 7 + b) % 1000003
    return out

def text(iterable):
    out = []
    for c in iterable:
        out.append(c)
    return '|'.join(map(str, out[:3])), len(out), out[-1]

class Sequence:
    def __init__(self, n): self.n = n
    def __getitem__(self, i):
        if i >= self.n: raise IndexError
        return i * 2

class Iterator:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        self.n -= 1
        if self.n < 0: raise StopIteration
        return self.n

def generator(n):
    for i in range(n):
        yield i * 3

N = 100
ints = list(range(N))
for source in (
    range(N), range(N, 0, -1), range(-N, N, 7), range(1 << 62, (1 << 62) + 50), range((1 << 70), (1 << 70) + 50), ints, tuple(ints), set(ints), frozenset(ints),
    dict.fromkeys(ints), dict.fromkeys(ints).keys(), dict(zip(ints, ints)).values(), bytes(ints), bytearray(ints),
    memoryview(bytes(ints)), Sequence(N), Iterator(N), generator(N), map(abs, ints), filter(None, ints), reversed(ints), reversed(range(N)),
    (x for x in ints), [x + 0.5 for x in ints], itertools.chain(ints, ints), itertools.islice(itertools.count(5), N),
    itertools.repeat(2, N), itertools.accumulate(ints), iter(Iterator(N).__next__, 0), [], (), range(0), {}, [True] * 50):
    print(type(source).__name__, *total(source))

print(pairs(enumerate(ints)), pairs(enumerate(ints, -5)), pairs(zip(ints, ints[::-1])), pairs({i: i * i for i in ints}.items()))
print(pairs([(i, i) for i in ints]), pairs([[i, -i] for i in ints]), pairs(itertools.product(range(10), range(10))), pairs(zip(*[iter(ints)] * 2)))
print(pairs(itertools.pairwise(ints)), pairs(itertools.combinations(range(15), 2)), pairs(itertools.zip_longest(ints, ints[:50], fillvalue=0)))
for source in 'x' * 40 + 'yéz', 'äöü€' * 30, '\U0001f600a' * 30, b'abc' * 20, 'one two three'.split() * 20, enumerate('ab' * 30):
    print(text(source))
for bad in [(1, 2, 3)], [(1,)], [5], ['abc']:
    try:
        pairs([(1, 2)] * 60 + bad)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
for bad in 5, None, object:
    try:
        total(bad)
    except TypeError as e:
        print(e)
