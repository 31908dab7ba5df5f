# re: matching, groups, substitution, splitting, flags, lookaround, laziness, Unicode, errors.
import re
print(re.findall(r'\b(\w)(\w*)\b', 'the quick brown'), re.split(r'[,;]\s*', 'a, b;c,d'), re.split(r'(-)', 'a-b-c', maxsplit=1), re.sub(r'(\d+)', lambda m: str(int(m[1]) * 2), 'a1b22'), re.subn('x', 'y', 'xaxbx', count=2))
m = re.match(r'(?P<year>\d{4})-(?P<month>\d\d)(-(?P<day>\d\d))?', '2024-05 rest')
print(m.groups(), m.groupdict(default='?'), m.span(), m.span('month'), m.start(2), m['year'], m.lastgroup, m.lastindex, m.expand(r'\g<month>/\1'), m.re.groups, m.re.groupindex, m.regs, m)
for p, s in ((r'a.c', 'a\nc'), (r'(?s)a.c', 'a\nc'), (r'(?i)HELLO', 'hello'), (r'^b', 'a\nb'), (r'(?m)^b', 'a\nb'), (r'(?x) a  b # c', 'ab'), (r'a{2,3}?', 'aaaa'), (r'a*+a', 'aaa'), (r'(?>a+)b', 'aab'), (r'(?<=x)y', 'xy'), (r'(?<!x)y', 'xy zy'), (r'x(?=y)', 'xz xy'), (r'x(?!y)', 'xy xz'), (r'(a)|(b)', 'b'), (r'(?P<q>[\'"]).*?(?P=q)', 'say "hi" \'x\''), (r'(a)?(?(1)b|c)', 'ac'), (r'\bfoo\b', 'afoo foo'), (r'[^\W\d_]+', '12_ab'), (r'\Aab\Z', 'ab'), (r'é+', 'caféé'), (r'\w+', 'naïve_1 x'), (r'(?a)\w+', 'naïve'), (r'[\u0400-\u04ff]+', 'abc где'), (r'(?:ab)+', 'xababab'), (r'\d+(?:\.\d+)?', 'v3.14'), (r'', 'abc'), (r'(|a)+', 'aaa'), (r'(?i:A)b', 'ab'), (r'[]a]+', ']a]'), (r'[a\-z]+', 'a-z'), (r'\x41\u0042\103', 'ABC'), (r'(.)(.)(.)\3\2\1', 'xabccba')):
    m = re.search(p, s)
    print(p, m and (m.group(), m.span(), m.groups()))
for p in ('(', ')', '[a', 'a**', '*a', r'\1', '(?P<1>a)', '(?P<a>x)(?P<a>y)', '(?<=a*)b', '[z-a]', 'a{3,2}', '(?z)', r'\q', '(?P=x)', '(?(9)a)', 'x(?i)y', '\\'):
    try: re.compile(p); print(p, 'ok')
    except re.error as e: print(repr(p), e.msg, e.pos, e)
print(re.escape('a.b*c [d] é-1_'), re.fullmatch('a|ab', 'ab'), re.match('a|ab', 'ab').group(), re.compile('x').search('axbx', 2).span(), re.compile('^x').match('ax', 1), [m.span() for m in re.finditer('a*', 'baac')], re.sub('a*', '-', 'baac'), re.sub('', '-', 'ab'))
print(re.compile(b'\\d+').findall(b'1 22'), re.sub(rb'(.)', rb'\1\1', b'ab'), re.compile('a', re.I | re.M), re.compile('a', re.I) == re.compile('a', re.I), re.compile('a').flags, repr(re.IGNORECASE | re.S))
for f in (lambda: re.match('a', b'a'), lambda: re.sub('a', r'\2', 'a'), lambda: re.sub('(a)', r'\g<x>', 'a'), lambda: re.match('a', 'a').group(1), lambda: re.match('a', 'a').group('n'), lambda: re.compile('a', 5.0), lambda: re.sub('a', 5, 'a')):
    try: print(f())
    except (TypeError, re.error, IndexError) as e: print(type(e).__name__, e)
scanner = re.Scanner([(r'\d+', lambda s, t: int(t)), (r'[+*()-]', lambda s, t: t), (r'\s+', None)])
print(scanner.scan('12 + (3*45) $'))
tokens = re.compile(r'(?P<num>\d+)|(?P<name>[a-z]+)|(?P<op>[-+*/=])|(?P<ws>\s+)|(?P<bad>.)')
print([(m.lastgroup, m.group()) for m in tokens.finditer('x1 = 42+y?') if m.lastgroup != 'ws'])
text = ('word%d, ' * 200) % tuple(range(200))
print(len(re.findall(r'[a-z]+(\d+)', text)), sum(map(int, re.findall(r'(\d+)', text))), len(re.sub(r'\d(?=\d)', '', text)), re.search(r'(\w+), (\w+199)', text).group(1))
print(re.match(r'(a+)+$', 'a' * 18 + 'b'), re.match(r'(?:x+x+)+y', 'x' * 12), re.search('needle', 'hay' * 500 + 'needle').start())
print(re.sub(r'(?i)(ß|k)', '<\\1>', 'ẞKk'), re.findall(r'(?i)[a-z]', 'ıİKſ'), re.fullmatch(r'\s+', ' \t\u00a0\u2003') is not None)
