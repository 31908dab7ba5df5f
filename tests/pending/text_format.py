# format specs, str.format, %-formatting
def show(f, *a, **k):
    try:
        print(ascii(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__, e)


ints = [0, 1, -1, 42, -12345, 1234567890, 10**30, -(2**70), True]
ispecs = ['', 'd', 'b', 'o', 'x', 'X', 'c', 'n', 'e', '.2f', 'g', '%', '5', '<5', '>5', '^5', '=5', '05', '*^20', '+', ' ', '-', '+d', '#x', '#b', '#o', '#X', ',', '_',
          '_x', '_b', ',x', '010,', '020_b', '#020x', '+020,d', '.3', '.3d', 'z', 's', 'q', '=+20', 'é<9', '10.3f', ',.2f', '_.2f', ',_', '_,', '10c', '+c', '#c', '\u0664', 'dd', '5d5', '.', '.,f', '.6,f', '.6_f']
for v in ints:
    for s in ispecs:
        print(v, s, end=' ')
        show(format, v, s)
floats = [0.0, -0.0, 1.0, -1.5, 3.14159265, 1e10, 1e16, 1e17, 1.5e-5, 1e-4, 123456789.987654321, 1e300, 5e-324, float('inf'), float('-inf'), float('nan'), 0.1, 2.5, 2.675, 1e22]
fspecs = ['', 'e', 'E', 'f', 'F', 'g', 'G', 'n', '%', '.0f', '.1f', '.3f', '.10f', '.0e', '.3e', '.3g', '.10g', '#.0f', '#g', '#.3g', '.0', '.1', '.5', '.17', 'z', 'z.0f', 'z.1f', '+', ' ', '010', '010.2f', '+010.2f', ',', ',.2f', '_.3f', '020,.2f', '<12', '^12', '=12', '*=12', '.2%', '#', '#e', 'd', 's', '.20f', '.,', '.6,f', '.7_f', ',.6_f', '.100f', '.400g']
for v in floats:
    for s in fspecs:
        print(v, s, end=' ')
        show(format, v, s)
for v in [1j, 0j, -0.0 + 1j, 1 + 2j, -1.5 - 2.5e20j, complex('nan'), complex('inf')]:
    for s in ['', 'f', '.2f', 'e', 'g', '+', '20', '<20', '^30.3f', '=20', '020', 'd', ',', '.3', '#g', ' .1f']:
        print(v, s, end=' ')
        show(format, v, s)
for v in ['', 'abc', 'é𐐨']:
    for s in ['', 's', '5', '<5', '>5', '^5', '^6', '*^7', '.2', '5.1', '05', '<05', '=5', '+', ' ', '#', 'z', 'd', ',', '_s', '𐐨>4', '.', '}}']:
        print(ascii(v), ascii(s), end=' ')
        show(format, v, s)
show(format, [], 'x')
show(format, None, '')
show(format, None, '5')
show(format, object(), '5')
show(format, 1, 5)
f = str.format
show(f, '{} {} {}', 1, 'a', None)
show(f, '{0} {1} {0}', 1, 'a')
show(f, '{a} {b!r} {c!s:>5} {d!a}', a=1, b='x', c='y', d='é')
show(f, '{0[1]} {0[a]} {1.real} {0[0][0]}', {1: 2, 'a': 3, 0: [7]}, 5)
show(f, '{:{}} {:{w}.{p}f}', 'x', 5, 3.14159, w=8, p=2)
show(f, '{{}} {{{}}}', 1)
for t in ['{', '}', '{}', '{0', '{0!', '{0!r', '{0!x}', '{0!rr}', '{0:{', '{0:{}', '{0:{}}', '{a}', '{0.}', '{0[}', '{0[]}', '{0[a]b}', '{0}{}', '{}{0}', '{5}', '{-1}', '{!r}',
          '{:}', '{0.foo}', '{0[x]}', '{:{:{}}}', '{0:{1:{2}}}', '{0[[]}', 'a}b', 'a{b', '{0!\x01}', '{a.b[c].d}', '{99999999999999999999}']:
    print(ascii(t), end=' ')
    show(f, t, 'v', 'w', 'x')
show('{a} {b}'.format_map, {'a': 1, 'b': 2})
show('{a} {c}'.format_map, {'a': 1})
show('{}'.format_map, {'a': 1})


class D(dict):
    def __missing__(self, k):
        return f'<{k}>'


show('{x} {y}'.format_map, D())
vals = [0, 1, -1, 255, 10**20, 3.7, -2.5, 'abc', 'é', None, True, [1]]
for v in vals:
    for s in ['%d', '%i', '%u', '%o', '%x', '%X', '%#x', '%#o', '%5d', '%-5d|', '%05d', '%+d', '% d', '%.5d', '%8.5d', '%e', '%.2f', '%g', '%G', '%10.3e', '%s', '%r', '%a', '%10s', '%-10s|', '%.2s', '%c', '%5c', '%#.3x', '%+.1f', '%08.2f', '%5%', '%ld', '%#g']:
        print(s, end=' ')
        show(lambda: s % (v,))
show(lambda: '%s' % 1)
show(lambda: '%s %s' % (1,))
show(lambda: '%s' % (1, 2))
show(lambda: 'x' % 1)
show(lambda: 'x' % [])
show(lambda: 'x' % {})
show(lambda: 'x' % ())
show(lambda: '%(a)s %(b)d' % {'a': 1, 'b': 2})
show(lambda: '%(a)s' % {'b': 1})
show(lambda: '%(a)s' % 5)
show(lambda: '%(a' % {'a': 1})
show(lambda: '%(a(b))s' % {'a(b)': 1})
show(lambda: '%*d|%-*d|%.*f' % (5, 1, 5, 2, 2, 3.14159))
show(lambda: '%*d' % ('a', 1))
show(lambda: '%*d' % (-5, 1))
show(lambda: '%' % 1)
show(lambda: '%5' % 1)
show(lambda: '%y' % 1)
show(lambda: '%é' % 1)
show(lambda: '%\n' % 1)
show(lambda: '%99999999999999999999d' % 1)
show(lambda: '%.99999999999d' % 1)
show(lambda: '%c' % 0x110000)
show(lambda: '%c' % -1)
show(lambda: '%c' % 'ab')
show(lambda: '%c' % 1.5)
show(lambda: '%d' % 'x')
show(lambda: '%x' % 1.5)
show(lambda: '%f' % 'x')
show(lambda: '%s' % ((1, 2),))
show(lambda: '%s%%' % 5)
print([repr(x) for x in [0.1, 1e16, 1e15, 123456789012345678.0, 1e-5, 0.0001, 1.0, -0.0, 1e22, 5e-324, 1.7976931348623157e308, 2**53 + 0.0]])
w, p, n = 10, 3, 'x'
print(f'{3.14159:{w}.{p}f}|{n!r:>5}|{n=}|{1 + 1 = }|{{}}|{"a" "b"}|{n:*^9}|{1234567:,}')
