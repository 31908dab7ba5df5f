# bytes and bytearray methods
def show(f, *a, **k):
    try:
        r = f(*a, **k)
        print(type(r).__name__, r)
    except Exception as e:
        print(type(e).__name__, e)


for kind in (bytes, bytearray):
    data = [kind(b), ] if False else [kind(b) for b in (b'', b'a', b'Hello World', b'a,b,,c', b' \t x y\x0b ', b'\x00\xff\'"\\', b'123', b'abab')]
    for d in data:
        for m in ['capitalize', 'title', 'lower', 'upper', 'swapcase', 'isalnum', 'isalpha', 'isascii', 'isdigit', 'islower', 'isspace',
                  'istitle', 'isupper', 'split', 'rsplit', 'splitlines', 'strip', 'lstrip', 'rstrip', 'expandtabs', 'hex', '__repr__']:
            show(getattr(d, m))
        for sub in (b'', b'a', b'ab', bytearray(b','), memoryview(b'l'), 97, 300, -1, 'x', None):
            for m in ['find', 'rfind', 'index', 'rindex', 'count', 'startswith', 'endswith', 'partition', 'rpartition', 'removeprefix',
                      'removesuffix', 'split', 'rsplit', 'strip', '__contains__']:
                show(getattr(d, m), sub)
        show(d.replace, b'a', b'<>')
        show(d.replace, b'', b'-')
        show(d.replace, b'', b'-', 1)
        show(d.replace, b'a', b'', 1)
        show(d.center, 7, b'*')
        show(d.ljust, 7)
        show(d.rjust, 7, b'xx')
        show(d.rjust, 7, 'x')
        show(d.zfill, 5)
        show(d.translate, None, b'a')
        show(d.translate, bytes(range(255, -1, -1)))
        show(d.translate, b'x')
        show(lambda: d + b'x')
        show(lambda: d + bytearray(b'x'))
        show(lambda: d + 'x')
        show(lambda: d * 2)
        show(lambda: d[0])
        show(lambda: d[::-1])
        show(lambda: d['a'])
        show(lambda: d == bytearray(d), )
        show(lambda: d < b'b')
        show(lambda: d < 'b')
    show(kind.fromhex, 'ab CD\n12')
    show(kind.fromhex, 'a')
    show(kind.fromhex, 'abc')
    show(kind.fromhex, 'zz')
    show(kind.fromhex, 'a\xe9')
    show(kind.fromhex, b'4142')
    show(kind.fromhex, 5)
    show(kind(b'abcdef').hex, '-')
    show(kind(b'abcdef').hex, '-', 2)
    show(kind(b'abcdef').hex, b':', -4)
    show(kind(b'abcdef').hex, 'xx')
    show(kind(b'abcdef').hex, 'é')
    show(kind(b'abcdef').hex, 5)
    show(kind, 5)
    show(kind, -1)
    show(kind, [1, 2, 300])
    show(kind, [1, 'a'])
    show(kind, 'abc')
    show(kind, 'abc', 'utf-8')
    show(kind, 'ab\xe9', 'ascii', 'replace')
    show(kind, b'x', 'utf-8')
    show(kind, encoding='utf-8')
    show(kind, errors='strict')
    show(kind, 1.5)
    show(kind, None)
    show(kind, range(3))
    show(kind, memoryview(b'abc')[::2])
    show(kind(b',').join, [b'a', bytearray(b'b'), memoryview(b'c')])
    show(kind(b',').join, [b'a', 'b'])
    show(kind(b',').join, 5)
    show(kind.maketrans, b'a', b'bc')
    print(kind.maketrans(b'ab', b'xy')[95:100])
    show(lambda: kind(b'%d %s %r %a %c %x %5.2f|%-5d|%05d') % (1, b's', 'r', 'é', 65, 255, 3.14159, 7, 8))
    show(lambda: kind(b'%s') % 'x')
    show(lambda: kind(b'%(a)b') % {b'a': b'z'})
    show(lambda: kind(b'%d') % 'x')
    show(lambda: kind(b'%c') % 256)
    show(lambda: kind(b'%c') % b'ab')
    show(lambda: kind(b'%y') % 1)
    show(lambda: kind(b'x') % 1)
    print(list(kind(b'abc')), list(reversed(kind(b'abc'))), sorted(kind(b'cab')))
    it = iter(kind(b'abc'))
    print(type(it).__name__, next(it), it.__length_hint__(), list(it))

b = bytearray(b'abc')
b.append(100)
b.extend(b'ef')
b.extend([103, 104])
b.insert(0, 33)
b.insert(-1, 34)
print(b, b.pop(), b.pop(0), b)
b.remove(98)
b.reverse()
print(b)
b[0] = 90
b[1:3] = b'xyzw'
print(b)
del b[0]
del b[::2]
print(b)
b[::2] = b'12'
print(b)
b *= 2
b += b'!'
print(b, b.copy(), len(b))
show(b.append, 256)
show(b.append, 'a')
show(b.remove, 0)
show(bytearray().pop)
show(b.pop, 100)
show(b.extend, 'abc')
show(b.extend, 5)
show(b.__setitem__, 100, 1)
show(b.__setitem__, slice(0, 2), 5)
show(b.__setitem__, slice(0, 4, 2), b'123')
show(b.__setitem__, 0, 'a')
show(hash, b)
m = memoryview(b)
show(b.append, 1)
show(b.clear)
m.release()
b.clear()
print(b)
b.resize(3)
print(b)
show(b.resize, -1)
print(bytearray(b'abc').__reduce__(), bytearray(b'abc').__reduce_ex__(4))


class B(bytes):
    pass


x = B(b'abc')
print(type(x), x, type(x + b''), type(x[:]), type(x.upper()), type(B.fromhex('41')), x == b'abc', hash(x) == hash(b'abc'))


class HasBytes:
    def __bytes__(self):
        return b'HB'


print(bytes(HasBytes()), b'%s' % HasBytes(), b'%b' % HasBytes())
