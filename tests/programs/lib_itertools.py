# itertools: every tool, its laziness, its error texts, and tee's independence.
import itertools as it, operator
T = list
print(T(it.accumulate([1, 2, 3, 4])), T(it.accumulate([3, 1, 2], max)), T(it.accumulate([1, 2], initial=10)), T(it.accumulate('abc', lambda a, b: b + a)), T(it.accumulate([])))
print(T(it.batched('abcdefg', 3)), T(it.chain('ab', [1], ())), T(it.chain.from_iterable(['xy', 'z'])), T(it.combinations('abcd', 2)), T(it.combinations('ab', 3)), T(it.combinations_with_replacement('ab', 2)))
print(T(it.compress('abcdef', [1, 0, 1, 0, 1])), T(it.islice(it.count(2.5, 0.5), 4)), T(it.islice(it.cycle('ab'), 5)), T(it.dropwhile(lambda x: x < 3, [1, 3, 2])), T(it.takewhile(lambda x: x < 3, [1, 3, 2])), T(it.filterfalse(lambda x: x % 2, range(6))), T(it.filterfalse(None, [0, 1, ''])))
print([(k, T(g)) for k, g in it.groupby('aabbbca')], [(k, T(g)) for k, g in it.groupby(range(10), lambda x: x // 4)], T(it.islice('abcdefg', 1, 6, 2)), T(it.islice('abc', None)), T(it.pairwise([1, 2, 3])), T(it.permutations('abc', 2)), len(T(it.permutations(range(5)))))
print(T(it.product('ab', [1, 2])), T(it.product('ab', repeat=2)), T(it.product()), T(it.repeat(1, 3)), T(it.starmap(pow, [(2, 3), (3, 2)])), T(it.zip_longest('ab', 'x', fillvalue='-')), T(it.zip_longest()))
a, b, c = it.tee(iter(range(5)), 3)
print(next(a), next(a), next(b), T(c), T(a), T(b))
g = it.groupby('aab')
k1, g1 = next(g); k2, g2 = next(g)
print(k1, T(g1), k2, T(g2), next(g, 'end'))
log = []
def noisy(n):
    for i in range(n):
        log.append(i)
        yield i
z = it.takewhile(lambda x: x < 2, noisy(10)); T(z); print(log)
log.clear(); T(it.islice(noisy(10), 3)); print(log)
log.clear(); T(zip(noisy(3), 'ab')); print(log)
log.clear(); next(it.batched(noisy(9), 4)); print(log)
log.clear(); p = it.product(noisy(3)); print(log); m = map(log.append, 'x'); print(log)
for f in (lambda: it.islice('a', -1), lambda: it.islice('a', 1, 2, 0), lambda: it.combinations('a', -1), lambda: it.batched('a', 0), lambda: it.repeat(), lambda: it.count('a'), lambda: it.tee('a', -1), lambda: T(it.chain(1)), lambda: T(it.starmap(pow, [1])), lambda: it.product('a', repeat=-1), lambda: it.permutations('a', 'b'), lambda: T(it.batched('abc', 2, strict=True)), lambda: it.zip_longest('a', fill=1), lambda: it.accumulate(1)):
    try: print(f())
    except (TypeError, ValueError) as e: print(type(e).__name__, e)
print(it.count(5), it.count(1, 2), it.repeat('x', 3), operator.length_hint(it.repeat(1, 7)), it.islice(it.count(10 ** 30), 2).__next__())
r = it.repeat(5, 3); next(r); print(r, T(r), r)
print(sum(it.islice(it.compress(it.count(), it.cycle([1, 0, 0])), 200)), sum(1 for _ in it.combinations(range(12), 3)), max(it.permutations([1, 3, 2])), sum(a * b for a, b in it.product(range(20), range(20))))
def raising():
    yield 1
    raise LookupError('mid')
for f in (it.chain, it.pairwise, it.accumulate, it.cycle, lambda x: it.batched(x, 5), lambda x: it.zip_longest(x, 'abc'), it.groupby, lambda x: it.tee(x)[1]):
    try: T(f(raising()))
    except LookupError as e: print(e, end=' ')
print()
