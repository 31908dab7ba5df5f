# with: order of entering and leaving, suppression, exceptions in __enter__ and __exit__, contextlib's tools.
import contextlib, io, sys
log = []
class CM:
    def __init__(self, name, swallow=False, fail=None): self.name, self.swallow, self.fail = name, swallow, fail
    def __enter__(self):
        log.append('+' + self.name)
        if self.fail == 'enter': raise LookupError(self.name)
        return self.name
    def __exit__(self, t, v, tb):
        log.append('-' + self.name + (t.__name__ if t else ''))
        if self.fail == 'exit': raise KeyError(self.name)
        return self.swallow
def run(f):
    log.clear()
    try: r = f()
    except Exception as e: r = repr(e), repr(e.__context__)
    print(r, *log)

def simple():
    with CM('a') as a, CM('b') as b: return a + b
def error():
    with CM('a'), CM('b'): 1 / 0
def swallowed():
    with CM('a'), CM('b', swallow=True), CM('c'): raise ValueError
    return 'after'
def enter_fails():
    with CM('a', swallow=True), CM('b', fail='enter'): log.append('never')
    return 'after'
def exit_fails():
    with CM('a'), CM('b', fail='exit'): raise ValueError(1)
def exit_fails_quietly():
    with CM('a'), CM('b', fail='exit'): pass
def loop():
    for i in range(4):
        with CM(str(i)):
            if i == 1: continue
            if i == 2: break
    return i
def targets():
    d = {}
    with CM('x') as d['k'], CM('yz') as (p, q): pass
    return d, p, q
def parenthesised():
    with (CM('a') as a, CM('b'),): return a
for f in simple, error, swallowed, enter_fails, exit_fails, exit_fails_quietly, loop, targets, parenthesised: run(f)

@contextlib.contextmanager
def managed(name, swallow=False):
    log.append('+' + name)
    try: yield name.upper()
    except ValueError:
        log.append('!')
        if not swallow: raise
    finally: log.append('-' + name)
def gen_ok():
    with managed('g') as g: return g
def gen_error():
    with managed('g'): raise ValueError('x')
def gen_swallow():
    with managed('g', True): raise ValueError('x')
    return 'on'
@contextlib.contextmanager
def twice():
    yield 1
    yield 2
@contextlib.contextmanager
def never():
    if False: yield
def gen_twice():
    with twice(): pass
def gen_never():
    with never(): pass
@managed('deco')
def decorated(): return 'd'
def stop():
    with managed('s'): raise StopIteration('si')
for f in gen_ok, gen_error, gen_swallow, gen_twice, gen_never, decorated, decorated, stop: run(f)

def stack():
    with contextlib.ExitStack() as s:
        for k in 'abc': s.enter_context(CM(k))
        s.callback(log.append, 'callback')
        s.push(lambda *a: log.append(a[0] and a[0].__name__) or True)
        raise OSError
    return 'survived'
def pop_all():
    with contextlib.ExitStack() as s:
        s.enter_context(CM('kept'))
        kept = s.pop_all()
    log.append('outside')
    kept.close()
def suppress():
    with contextlib.suppress(KeyError, IndexError): {}[1]
    with contextlib.suppress(ValueError): raise TypeError('not mine')
def redirect():
    out = io.StringIO()
    with contextlib.redirect_stdout(out): print('hidden')
    return out.getvalue()
def closing():
    class C:
        def close(self): log.append('closed')
    with contextlib.closing(C()), contextlib.nullcontext(5) as n: return n
def not_cm():
    with 5: pass
for f in stack, pop_all, suppress, redirect, closing, not_cm: run(f)
def exc_info():
    try: 1 / 0
    except ZeroDivisionError:
        with CM('i', True): raise KeyError
        return type(sys.exception()).__name__
run(exc_info)
