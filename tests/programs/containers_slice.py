# slice objects.
print(slice(3), slice(1, 2), slice(1, 2, 3), slice(None), slice('a', [1], {}), slice(None, None, -1))
s = slice(1, 10, 2)
print(s.start, s.stop, s.step, s.indices(5), s.indices(100), s.indices(0))
for args in ((None, None, None), (None, None, -1), (-3, None), (None, -3), (5, 2, -1), (-100, 100, 7), (100, -100, -7), (1 << 70, None, -1), (None, 1 << 70)):
    sl = slice(*args)
    print(sl, [sl.indices(n) for n in (0, 1, 5, 10)])
print(slice(1 << 80).indices(1 << 81), slice(None, None, 1 << 65).indices(5), slice(-(1 << 70), None).indices(1 << 69))
print(slice(1) == slice(1), slice(1) == slice(2), slice(1, 2) < slice(1, 3), slice(1) != slice(None, 1, None), slice(1) == (None, 1, None))
print(hash(slice(1, 2, 3)), hash(slice(None)) == hash(slice(None, None)), {slice(1): 'ok'}[slice(1)])
print(s.__reduce__(), isinstance(s, slice))
class I:
    def __init__(self, i): self.i = i
    def __index__(self): return self.i
print(slice(I(1), I(5), I(2)).indices(10), 'abcdef'[I(1):I(4)], slice(1, 2).indices(I(9)))
class Sub:
    def __getitem__(self, k): return k
    def __setitem__(self, k, v): print('set', k, v)
    def __delitem__(self, k): print('del', k)
x = Sub()
print(x[1:2], x[:], x[::2], x[1:2, ::3], x[..., None])
x[1:2] = 5
x[::2, 1] = 6
del x[:5]
print('abcdef'[::-2], b'abcdef'[1:4], (1, 2, 3)[-2:], [1, 2, 3][:-1])
for bad in (lambda: slice(), lambda: slice(1, 2, 3, 4), lambda: slice(a=1), lambda: slice(1).indices(-1), lambda: slice(1).indices('a'), lambda: slice(1, 'a').indices(3),
            lambda: slice(1, 2, 0).indices(3), lambda: slice(1) < 1, lambda: hash(slice([])), lambda: setattr(s, 'start', 1), lambda: type('X', (slice,), {}),
            lambda: slice(1.0).indices(3), lambda: [][I('x'):], lambda: slice(1).indices(), lambda: slice(1, 2) < slice('a', 2)):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
