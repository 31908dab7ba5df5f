# str methods on ASCII, Latin-1, wide text and lone surrogates
texts = ['', 'a', 'Hello World', 'straße', 'ΑΣΣΑΣ ΟΔΟΣ', '\ud800x\udfff', 'ǅungla ﬁn', '𐐀𐐨 x', ' \t\n x\u2003y\x85 ', '１２³½', 'a,b,,c', 'ab' * 5, 'İi̇ı', '_x1', '\u0345a']
plain = ['capitalize', 'casefold', 'title', 'lower', 'upper', 'swapcase', 'isalnum', 'isalpha', 'isascii', 'isdecimal', 'isdigit',
         'isidentifier', 'islower', 'isnumeric', 'isprintable', 'isspace', 'istitle', 'isupper', 'split', 'rsplit', 'splitlines',
         'strip', 'lstrip', 'rstrip', 'expandtabs', '__repr__', '__len__']
for t in texts:
    for m in plain:
        print(m, ascii(getattr(t, m)()))


def show(f, *a, **k):
    try:
        print(ascii(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__, e)


for t in texts:
    for sub in ['', 'a', 'ab', 'ß', '𐐨', '\udfff', 'Σ', ',', 'll']:
        for m in ['find', 'rfind', 'index', 'rindex', 'count', 'startswith', 'endswith', 'partition', 'rpartition', 'removeprefix',
                  'removesuffix', 'split', 'rsplit', 'strip', '__contains__']:
            show(getattr(t, m), sub)
        show(t.find, sub, 1, -1)
        show(t.rfind, sub, -5)
        show(t.count, sub, 2)
        show(t.replace, sub, '<é>')
        show(t.replace, sub, '', 1)
        show(t.replace, sub, 'x', count=2)
        show(t.split, sub, 1)
        show(t.rsplit, sub, 1)
    for w in [-1, 0, 3, 8, 9]:
        show(t.center, w, '*')
        show(t.ljust, w)
        show(t.rjust, w, '𐐨')
        show(t.zfill, w)
for a in ['find', 'index', 'count', 'startswith', 'split', 'strip', 'partition', 'join', 'removeprefix', '__contains__', 'translate']:
    show(getattr('abc', a), 1)
    show(getattr('abc', a))
show('abc'.startswith, ('x', 'a'))
show('abc'.startswith, ('x', 1))
show('abc'.endswith, ('x', 'c'), 1)
show('abc'.replace, 'a')
show('abc'.replace, 'a', 1)
show('abc'.replace, 1, 'a')
show('abc'.split, '')
show('abc'.center, 10, 'xx')
show('abc'.center, 10, 1)
show('abc'.center, 'x')
show(' a  b c '.split, None, 1)
show(' a  b c '.rsplit, None, 1)
show('a\nb\r\nc\rd\x1ce\u2028f\n'.splitlines)
show('a\nb\r\nc\rd\x1ce\u2028f\n'.splitlines, True)
show('a\tbc\t\td\n\te'.expandtabs)
show('a\tbc\t\td\n\te'.expandtabs, 3)
show('a\tbc'.expandtabs, 0)
show('a\tbc'.expandtabs, tabsize=2)
show('-5'.zfill, 5)
show('+5'.zfill, 5)
show(','.join, ['a', 'b', 1])
show(','.join, 5)
show(','.join, (x for x in 'xyz'))
show(','.join, {'é': 1, 'ü': 2})
show('abcd'.translate, {97: 'XX', 98: None, 99: 0x1F600, 'd': 'no'})
show('abcd'.translate, str.maketrans('ab', 'xy', 'd'))
show(str.maketrans, 'ab', 'x')
show(str.maketrans, {'a': 1, 'bc': 2})
show(str.maketrans, {'a': 1, 98: None})
show(str.maketrans, 5)
show(str.maketrans, 'a', 5)
show('aé'.__add__, 'x')
show('a'.__add__, 1)
show(lambda: 'a' + 1)
show(lambda: 1 + 'a')
show(lambda: 'a' * 'b')
show(lambda: 'ab' * -1)
show(lambda: 'ab' * 3)
show(lambda: 'é𐐨' * 3)
show(lambda: 'a' * (1 << 62))
show(lambda: 'ab' * (1 << 62))
show(lambda: 'ab' * (1 << 70))
show(lambda: 'abc'['a'])
show(lambda: 'abc'[3])
show(lambda: 'abc'[1.0])
show(lambda: 'abc'[1 << 70])
show(lambda: 'abcdef𐐨'[::-2])
show(lambda: 'abcdef𐐨'[-3:-1])
show(lambda: 'abcdef𐐨'[5:2])
show(lambda: 'é𐐨x'[0::2])
print('abc' < 'abd', 'a' < '𐐨', '\uffff' < '𐐨', 'a' == 'á', 'x' != 'x', 'a' >= 'a')
show(lambda: 'a' < 1)
print(hash('a') == hash('a' + ''), hash('') == 0)
print(str(), str(5), str(b'abc', 'ascii'), str(object='x'))
show(str, b'\xff', 'utf-8')
show(str, 'x', 'utf-8')
show(str, 5, 'utf-8')
show(str, b'x', 5)
show(str, b'abc', 'utf-8', 'strict', 1)
show(str, 1, 2, 3, 4)


class S(str):
    x = 1


s = S('hello')
print(s, repr(s), type(s + ''), type(s[:]), type(s.strip()), type(s.upper()), type(str(s)), s == 'hello', hash(s) == hash('hello'))
print(type(s.replace('q', 'w')), type(''.join([s])), type(s.ljust(2)), type(s * 1), s.x, type(s.format()), type('%s' % s))
print([c for c in 'aé𐐨'], list(reversed('abc')), max('abc'), sorted('hello'))
print(ascii('\x00\x7f\x80\xff\u0100\ud800\U0010ffff\'"\\'), repr("it's"), repr('"'), repr('\'"'))
it = iter('abc')
print(next(it), it.__length_hint__(), list(it), list(it), it.__length_hint__())
print(type(iter('a')).__name__, type(iter('é')).__name__)
x = 'a'
for i in range(200):
    x += 'é𐐨'[i % 2] if i % 50 == 0 else 'b'
y = x
x += 'z'
print(len(x), len(y), x[-3:], y[-3:], ascii(x[:5]))
