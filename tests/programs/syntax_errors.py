"""What is said of source that is no Python: message, range and line."""

SOURCES = """\
f(a b)
f(a, b c
f(a=1, b)
f(**a, *b)
f(x for x in y, 1)
f(True=1)
f(a.b=1)
f(a=)
f() = 1
(a, None) = 1
x = yield = 1
f() += 1
del f()
for f() in x: pass
(x.y := 1)
if x.y = 1: pass
[*x for x in y]
{**x for x in y}
x = {1:2, 3}
x = {1:}
a + not b
x = 1 if 2
x = pass if 1 else 2
import a from b
import a.b as c.d
from a import b,
def f(a=1, b): pass
def f(*): pass
def f(a, /*): pass
def f[*T: int](): pass
lambda *: 1
class A
print x
1 <> 2
'a' b'a'
f'{a b}'
f'{!r}'
f'{a!x}'
f'{a:{b}'
f'{'
t'{a' 
'abc
x = \\ y
0b12
1_
(1, [2)
x = (1,
  indented
""".splitlines()
BLOCKS = [
    "if x:\npass",
    "def f():\n",
    "try:\n  a\nb",
    "try:\n  a\nexcept A, B as c:\n  b",
    "try:\n  a\nexcept A:\n  b\nexcept* B:\n  c",
    "if x:\n    a\n  b",
    "if x:\n\ta\n        b",
    "match x:\n  case y as z.a: pass",
    "match x:\n  case A(b=1, 2): pass",
    "x = [1,\n2\ny = 3",
    "'''abc",
    "a b\n'x",
    "é = (é é)",
]
for source in SOURCES + BLOCKS:
    try:
        compile(source, "<s>", "exec")
        print(repr(source), "is Python")
    except SyntaxError as e:
        print(type(e).__name__, e.msg, (e.lineno, e.offset, e.end_lineno, e.end_offset), repr(e.text))
