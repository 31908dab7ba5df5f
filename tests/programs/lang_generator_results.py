# A generator that returns a value ends loops and conversions like any other.
def gen():
    yield 1
    yield 2
    return 3
print(list(gen()), tuple(gen()), sorted(gen()), [*gen()], {*gen()}, set(gen()), max(gen()), sum(gen()), dict.fromkeys(gen()))
print(list(map(str, gen())), list(zip(gen(), gen())), list(enumerate(gen())), list(filter(None, gen())), 1 in gen(), 5 in gen(), ','.join(map(str, gen())))
print(any(gen()), all(gen()), bytes(gen()), bytearray(gen()), frozenset(gen()), [x for x in gen()], {x: x for x in gen()})
a, b = gen()
c, *d = gen()
print(a, b, c, d)
x = [0]
x.extend(gen())
x += gen()
x[:1] = gen()
print(x)
for n in range(60):
    for v in gen(): pass
try:
    a, b, c = gen()
except ValueError as e: print(e)
it = gen()
print(next(it), next(it))
try: next(it)
except StopIteration as e: print(e.value)
print(next(it, 'end'))
class Stops:
    def __iter__(self): return self
    def __next__(self): raise StopIteration(5)
def delegating(): return (yield from Stops())
for n in range(60):
    try: next(delegating())
    except StopIteration as e: result = e.value
print(result, list(Stops()), [*Stops()], sum(Stops()))
try: next(Stops())
except StopIteration as e: print(e.value)
for x in Stops(): print('never')
