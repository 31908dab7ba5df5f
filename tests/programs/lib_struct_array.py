# array and struct together: typecodes, conversions, buffers, slices, byte order, and errors.
import array, struct, sys
A = array.array
for code, values in (('b', [-128, 127]), ('B', [0, 255]), ('h', [-32768, 5]), ('H', [65535]), ('i', [-1, 2 ** 31 - 1]), ('I', [2 ** 32 - 1]), ('q', [-2 ** 63, 2 ** 63 - 1]), ('Q', [2 ** 64 - 1]), ('f', [0.5, -0.0]), ('d', [1e300, float('inf')]), ('w', 'a\U0001f600')):
    a = A(code, values)
    print(a, a.itemsize, len(a), a.tobytes().hex(), a.tolist() if code != 'w' else a.tounicode(), a[-1], a == A(code, a))
a = A('i', range(10))
a.append(10); a.extend([11, 12]); a.insert(0, -1); a.fromlist([99]); a.reverse()
print(a, a.pop(), a.pop(0), a.index(5), a.count(5), a[2:5], a[::-3], 7 in a, a * 2 == a + a, sum(a), max(a)); a[1:3] = A('i', [0] * 4); del a[::2]; print(a); a.byteswap(); print(a[0]); a.remove(a[0]); print(len(a), A('d', A('i', [1, 2])), A('i', b'\1\0\0\0'), memoryview(A('h', [1, 2])).tolist(), A('i', [1, 2]) < A('i', [1, 3]), A('i', [1]) == A('d', [1.0]))
for f in (lambda: A('b', [128]), lambda: A('B', [-1]), lambda: A('i', ['x']), lambda: A('z'), lambda: A('i')[0], lambda: A('i', [1]) + A('d'), lambda: A('i', b'abc'), lambda: A('i').pop(), lambda: A('i', [1.5]), lambda: A('i', [1]).remove(5), lambda: setattr(A('i', [1]), 'x', 1), lambda: A('i', [1])['a'], lambda: hash(A('i'))):
    try: print(f())
    except (TypeError, ValueError, OverflowError, IndexError, AttributeError) as e: print(type(e).__name__, e)
m = memoryview(a)
try: a.append(1)
except BufferError as e: print(e)
m[0] = 5; m.release(); a.append(1); print(a[0], m is not None)
s = A('d', [0.0]) * 200
for i in range(200): s[i] = i * 0.5
t = A('l', [0]) * 50
for i in range(500): t[i * i % 50] += i
print(sum(s), s[-1], t.tolist()[:6], sum(t))
def overflow(n):
    x = A('b', [0])
    for i in range(n):
        try: x[0] += 1
        except OverflowError as e: return i, str(e)
print(overflow(300))
records = b''.join(struct.pack('<I8sd?', i, f'n{i}'.encode(), i / 4, i % 2) for i in range(60))
S = struct.Struct('<I8sd?')
print(S.size, len(records) // S.size, sum(r[0] + r[2] for r in S.iter_unpack(records)), S.unpack_from(records, S.size * 7), {r[3] for r in S.iter_unpack(records)})
buf = bytearray(12)
struct.pack_into('>HHI', buf, 2, 1, 2, 3)
print(buf.hex(), struct.unpack('>xxHHIxx', buf), struct.calcsize('@bi'), struct.calcsize('=bi'), struct.pack('>5p3s', b'abcdefg', b'x'), struct.unpack('<3h', b'\1\0\2\0\xff\xff'), struct.pack('e', 1.5).hex(), struct.pack('<q', -2).hex())
for f in (lambda: struct.pack('b', 200), lambda: struct.pack('i', 'x'), lambda: struct.unpack('i', b'abc'), lambda: struct.pack('k', 1), lambda: struct.pack('ii', 1), lambda: struct.unpack_from('i', b'abcd', 2), lambda: struct.pack('f', 1e300), lambda: struct.pack('c', b'ab'), lambda: struct.pack('I', -1), lambda: struct.pack('s', 'x')):
    try: print(f())
    except (struct.error, OverflowError) as e: print(type(e).__name__, e)
