# f-strings, format(), % formatting and str.format: nesting, conversions, specs, and errors.
import datetime
class F:
    def __format__(self, spec): return f'<{spec}>'
    def __repr__(self): return 'R'
    def __str__(self): return 'S'
x, y, name, w = 42, 3.14159, 'wörld', 10
print(f'{x}|{x:5}|{x:<5}|{x:^5}|{x:+}|{x:#x}|{x:08b}|{x:,}|{1234567:_}|{x!r:>4}|{x=}|{x = :>5}|{F():abc}|{F()!s}|{F()!r}|{F()!a}')
print(f'{y:.2f}|{y:10.3f}|{y:e}|{y:g}|{y:%}|{1e20:g}|{1e-7}|{y:+.0f}|{float("nan"):5}|{-0.0:z.1f}|{1e6:,.2f}|{10**20:.3e}|{y!r}|{2.0}')
print(f'{name!r:>{w}}|{name:.3}|{name:*^{w}}|{name!a}|{"nested " + f"{x + 1}"}|{(lambda v: v * 2)(3)}|{ {1: 2}[1] }|{x:{"0"}{w - 5}}|{{}}|{[i for i in range(3)]}|{"a" "b"}|{x if x > 1 else 0}')
print('{} {1} {0}'.format(1, 2) if False else '{1} {0} {a[k]} {b.real} {c[1]!r:>5}'.format(1, 2, a={'k': 3}, b=4j, c='xy'), '{:{}}|'.format('z', 4), '%s %r %5d %-5d| %05.1f %x %o %c %% %(k)s' % () if False else '%(k)s %(n)05d' % {'k': 1, 'n': -7}, '%s %r %a %5d %-5d| %05.1f %#x %o %c %%' % ('s', 'é', 'é', 3, 4, 2.55, 255, 8, 'z'), '%*.*f' % (8, 2, y), '%+d % d %i' % (1, 2, 3.9))
for f in (lambda: f'{x:q}', lambda: f'{name:d}', lambda: '{'.format(), lambda: '{}'.format(), lambda: '{0} {}'.format(1, 2), lambda: '{a}'.format(), lambda: '%d' % 'x', lambda: '%s %s' % 1, lambda: '%s' % (1, 2), lambda: '%(a)s' % 1, lambda: '%z' % 1, lambda: format(1, '.2'), lambda: format('x', '+'), lambda: format([], '>5'), lambda: '{0.nope}'.format(1), lambda: '{!z}'.format(1), lambda: '%c' % 'ab', lambda: f'{y:,_}', lambda: '%' % ()):
    try: print(f())
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as e: print(type(e).__name__, e)
print(f'{datetime.date(2024, 1, 2):%d.%m.%Y}', format(True, 'd'), f'{True}', f'{True:5}|', f'{None}', f'{1+2j:.1f}', f'{10**30:,}', f'{-5:=+6}', f'{5:=^7}', f'{"":5}|')
print(f'''multi
{x
+ 1}
line''', rf'\n{x}\t', f"{'quotes'}" f'{"mixed"}', f'{x:{w}}' 'tail', f'\N{BULLET}{x}', f'{"\n"!r}')
print([format(v, s) for v in (0, 1.5, -2, 1e10) for s in ('', '8', '<8', '.3g', '+', '010')])
total = ''
for i in range(150): total += f'{i:x}{i / 2:.1f}{i!r:>3}'
print(len(total), total[-20:])
t = t'hello {name!r:>5} and {x + 1}'
print(t.strings, [(i.value, i.expression, i.conversion, i.format_spec) for i in t.interpolations], list(t)[0])
