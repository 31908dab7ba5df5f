# memoryview
def show(f, *a, **k):
    try:
        print(ascii(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__, e)


m = memoryview(b'abcdef')
for n in ['nbytes', 'readonly', 'itemsize', 'format', 'ndim', 'shape', 'strides', 'suboffsets', 'c_contiguous', 'f_contiguous', 'contiguous', 'obj']:
    print(n, getattr(m, n))
print(m.tolist(), m.tobytes(), m.hex(), m.hex('-', 2), len(m), m[0], m[-1], bytes(m[1:3]), bytes(m[::2]), m[::-1].tolist())
show(lambda: m[6])
show(lambda: m['a'])
show(lambda: m[0, 0])
show(m.__setitem__, 0, 1)
show(lambda: hash(m) == hash(b'abcdef'))
b = bytearray(b'abcdef')
w = memoryview(b)
w[0] = 90
w[1:3] = b'YX'
print(b)
show(w.__setitem__, 0, 256)
show(w.__setitem__, 0, 'a')
show(w.__setitem__, slice(0, 2), b'abc')
show(w.__delitem__, 0)
show(hash, w)
print(w == b, w == b'x', w != b, m == memoryview(b'abcdef'), w[::2] == bytes(b)[::2])
c = memoryview(bytes(range(16))).cast('I')
print(c.tolist(), c.itemsize, c.format, c.shape)
d = memoryview(bytes(range(12))).cast('B', (3, 4))
print(d.tolist(), d.shape, d.strides, d[1, 2], d.ndim)
show(lambda: d[1])
show(lambda: d[1:2])
print(d.tobytes('F'), d.tobytes())
for f in ['b', 'h', 'H', 'i', 'l', 'q', 'Q', 'f', 'd', 'e', '?', 'c', 'n', 'N', '@B']:
    v = memoryview(bytearray(b'\x01\x80\x00\x40\xff\x00\x00\x3f')).cast(f)
    print(f, v.tolist(), v.itemsize)
show(memoryview(b'abc').cast, 'I')
show(memoryview(b'abcd').cast, '<I')
show(memoryview(b'abcd').cast('H').cast, 'I')
show(memoryview(b'abcd').cast, 'B', (3, 2))
show(memoryview(b'abcd').cast, 'B', 5)
show(memoryview(b'abcd')[::2].cast, 'B')
show(memoryview, 5)
r = w.toreadonly()
show(r.__setitem__, 0, 1)
print(r.readonly)
show(b.append, 1)
show(w.release)
r.release()
show(b.append, 1)
show(lambda: w[0])
print(b)
with memoryview(b) as mm:
    print(mm[0], list(mm)[:3], 90 in mm)
show(lambda: mm[0])
print(m.count(97), m.index(99))
show(m.index, 1)
print(type(iter(m)).__name__)
print(b'abc'.find(memoryview(b'c')), bytes(memoryview(bytearray(b'xyz'))), bytearray(memoryview(b'q')))
x = memoryview(memoryview(b'abc')[1:])
print(x.obj, bytes(x))
print(repr(m).startswith('<memory at 0x'), repr(mm).startswith('<released memory at 0x'))


class P:
    def __init__(self):
        self.b = bytearray(b'hello')

    def __buffer__(self, flags):
        print('buffer', type(flags).__name__)
        return memoryview(self.b)

    def __release_buffer__(self, view):
        print('release', type(view).__name__)


p = P()
v = memoryview(p)
print(bytes(v))
v.release()
p.b.append(1)
print(bytes(p))
