# Scopes: global, nonlocal, class bodies, comprehensions, del, shadowing, and names that are unbound.
x = 'global'
def read(): return x
def local():
    x = 'local'
    return x, read()
def declared():
    global x, made
    x, made = 'changed', 'made'
    return read()
print(local(), declared(), made)
def outer():
    x = 'outer'
    def inner():
        nonlocal x
        x += '!'
        def innermost():
            nonlocal x
            x += '?'
            return x
        return innermost()
    return inner(), x
print(outer(), x)
class C:
    x = 'class'
    y = x + '!'
    def method(self): return x
    listed = [x for _ in range(1)]
    lam = lambda self: x
    first = [z for z in x]
    del y
    if hasattr(str, 'zfill'): cond = 1
print(C().method(), C.listed, C().lam(), C.first, hasattr(C, 'y'), C.cond)
def unbound():
    try: v
    except UnboundLocalError as e: print(e)
    v = 1
    del v
    try: v
    except UnboundLocalError as e: print(e)
    try: del v
    except UnboundLocalError as e: print(e)
    def f(): return w
    try: f()
    except NameError as e: print(type(e).__name__, e)
    w = 1
    del w
    try: f()
    except NameError as e: print(e)
    try: undefined_name
    except NameError as e: print(e, e.name)
unbound()
def handler():
    e = 'before'
    try: raise ValueError('v')
    except ValueError as e: pass
    try: return e
    except UnboundLocalError as u: return str(u)
print(handler())
i = 'kept'
[i for i in range(3)]
{i: j for i in 'ab' for j in 'cd'}
print(i, [last := k for k in range(3)], last)
for i in range(2): pass
print(i)
def walrus():
    if (n := len('abc')) > 2 and (m := n * 2): pass
    while (n := n - 1) > 0: pass
    return n, m, [y for z in range(3) if (y := z) > 0], y
print(walrus())
def defaults(a, b=x, *, c=(lambda: x)): return b, c()
x = 'later'
print(defaults(1))
def builtin_shadow():
    len = lambda v: 'mine'
    return len([])
print(builtin_shadow(), len([]))
def star():
    fs = []
    for k in range(3):
        def f(k=k): return k
        fs += [f, lambda: k]
    return [f() for f in fs]
print(star())
class Mangled:
    __private = 1
    def get(self): return self.__private
    def __hidden(self): return 'h'
    def call(self): return self.__hidden()
print(Mangled().get(), Mangled._Mangled__private, Mangled().call(), hasattr(Mangled, '__private'))
def gen(): yield from (x for x in [x])
print(list(gen()))
def cells():
    a = b = 1
    def f(): return a
    return f.__code__.co_freevars, cells.__code__.co_cellvars, f.__closure__[0].cell_contents
print(cells())
def shadowed_param(x): return [x for x in range(x)], x
print(shadowed_param(3))
def type_scope[T](v: T) -> T:
    class Inner[U]:
        def f(self): return T, U
    return Inner().f()
print(type_scope(1), type_scope.__type_params__)
exec('y = 1\ndef f(): return y\nprint(f())')
ns = {}
exec('class K:\n a = 1\n def f(self): return K.a', ns)
print(ns['K']().f())
for source in ('def f():\n nonlocal q', 'nonlocal q', 'def f(a):\n global a', 'def f():\n print(z)\n global z', 'def f(a, a): pass', 'del f()', 'x := 1', '[x := 1 for x in y]', 'class C:\n [y := 1 for x in z]'):
    try: compile(source, '<s>', 'exec')
    except SyntaxError as e: print(e.msg)
