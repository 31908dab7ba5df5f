# Tracebacks: text of nested calls, carets, causes, contexts, recursion, and syntax errors, as traceback prints them.
import traceback
def clean(e):
    text = ''.join(traceback.format_exception(e))
    return '\n'.join(l.split('"')[0] + '"…"' + l.split('"')[2] if 'File "' in l else l for l in text.splitlines())
def a(x): return b(x) + 1
def b(x):
    return (x['key'] /
            0)
def c():
    try: a({'key': 1})
    except ZeroDivisionError as e: raise ValueError('outer') from e
def d():
    try: {}['missing']
    except KeyError: [].index(4)
def e():
    class K: attribute = 1
    return K().atribute
def f(n): return f(n - 1) if n else len(5)
def g(): return undefined_thing
def h(): eval('1 +* 2')
def i(): exec('def q():\n    return 1 / 0\nq()')
def j(): return [x.upper() for x in ['a', 3]]
def k():
    with open('/nonexistent/file') as z: pass
def l(): raise KeyError('k') from None
def m():
    x = ValueError('noted'); x.add_note('one\ntwo'); raise x
def n(): assert 1 == 2, 'message'
def o(): int('5').bit_length().foo(1, 2)
def p(): a(b=1)
def q(): import nowhere_module
def r(): from math import sinn
def s(): raise ExceptionGroup('group', [ValueError(1), TypeError('t')])
for fn in (lambda: a({'key': 2}), c, d, e, lambda: f(6), g, h, i, j, k, l, m, n, o, p, q, r, s):
    try: fn()
    except Exception as x: print(clean(x))
    print('-' * 20)
