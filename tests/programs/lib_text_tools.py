# textwrap, string, difflib, and shlex: everyday text tools.
import textwrap, string, difflib, shlex
text = 'The quick brown fox   jumped over the lazy dog, and then extraordinarily-long-hyphenated words appeared.\n\nNew paragraph here.'
print(textwrap.fill(text, 30))
print(textwrap.wrap(text, 20, initial_indent='* ', subsequent_indent='  ', max_lines=3, placeholder=' [...]'))
print(textwrap.wrap('averyveryverylongword x', 8), textwrap.wrap('averyveryverylongword x', 8, break_long_words=False), textwrap.wrap('a-b-c-d', 3, break_on_hyphens=False), textwrap.wrap('', 5), textwrap.shorten('Hello  there world', 14), textwrap.fill('a\tb\nc', 20, replace_whitespace=False, tabsize=4))
print(repr(textwrap.dedent('''
    one
      two
    \tthree

    four
''')), repr(textwrap.indent('a\n\nb\n', '> ')), repr(textwrap.indent('a\n\nb', '-', lambda l: True)))
try: textwrap.wrap('x', 0)
except ValueError as e: print(e)
t = string.Template('$who owes ${amount} $$ to $other')
print(t.safe_substitute(who='A', amount=5), t.get_identifiers(), t.is_valid())
for f in (lambda: t.substitute(who='A'), lambda: string.Template('$ bad\n$').substitute()):
    try: f()
    except (KeyError, ValueError) as e: print(type(e).__name__, e)
print(string.capwords('hello  world-wide'), string.ascii_letters[24:28], string.hexdigits, repr(string.whitespace), list(string.Formatter().parse('a{b!r:>{w}}c{{}}{0.x[1]}')))
class F(string.Formatter):
    def get_value(self, k, a, kw): return kw.get(k, f'<{k}>') if isinstance(k, str) else a[k]
    def format_field(self, v, spec): return v.upper() if spec == 'up' else super().format_field(v, spec)
print(F().format('{0:up} {name} {x:>4}', 'abc', x=7))
a, b = 'one two three four five'.split(), 'one too three five six'.split()
print(*difflib.unified_diff(a, b, 'from', 'to', lineterm=''), sep='\n')
print(*difflib.ndiff(['abc', 'same'], ['abd', 'same']), sep='\n')
print(difflib.get_close_matches('appel', ['ape', 'apple', 'peach', 'puppy']), difflib.SequenceMatcher(None, 'abcd', 'bcde').ratio(), difflib.SequenceMatcher(None, a, b).get_opcodes(), difflib.SequenceMatcher(None, 'qabxcd', 'abycdf').get_matching_blocks())
print(shlex.split('a "b c" d\\ e \'f "g\' # not comment'), shlex.split('x # c', comments=True), shlex.join(['a b', "c'd", '']), shlex.quote('safe-1'), list(shlex.shlex('a=b;c "d"', punctuation_chars=True)))
try: shlex.split('"open')
except ValueError as e: print(e)
lines = [f'line {i % 37} {i * i % 11}' for i in range(120)]
changed = [l for i, l in enumerate(lines) if i % 13] + ['new']
print(sum(1 for l in difflib.unified_diff(lines, changed)), len(textwrap.wrap(' '.join(lines), 50)))
