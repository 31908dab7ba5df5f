# The Mersenne Twister.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


import _random

show(r'''
_random.Random(5).getrandbits(100), _random.Random(5).getrandbits(5), _random.Random(5).getrandbits(0), _random.Random(-5).random(), _random.Random(1.5).random(), _random.Random(10**50).random()
_random.Random(5).getrandbits(-1)
_random.Random(5).getrandbits(1.5)
_random.Random(x=1)
_random.Random([])
_random.Random().seed([])
_random.Random(0).getstate()[:3], _random.Random(0).getstate()[-1], len(_random.Random(0).getstate())
_random.Random().setstate(5)
_random.Random().setstate((1,2))
_random.Random().setstate(tuple(range(624))+(625,))
_random.Random().setstate(tuple(range(624))+(-1,))
_random.Random().setstate((2**64,)*625)
_random.Random().setstate((-1,)*625)
_random.Random().setstate((1.5,)*625)
''')

r = _random.Random(42)
print([r.random() for _ in range(5)], [r.getrandbits(k) for k in (1, 8, 31, 32, 33, 64, 65, 128, 1000)])
state = r.getstate()
a = [r.random() for _ in range(1000)]
r.setstate(state)
print(a == [r.random() for _ in range(1000)], a[-1])
r.seed(2**200 + 1)
print(r.random(), r.getrandbits(40))
