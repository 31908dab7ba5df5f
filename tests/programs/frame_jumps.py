# Setting f_lineno in a trace function: where it may lead, what is dropped, and what is refused.
import sys, warnings
out = []
def tracer(jump_from, jump_to, event='line', error=True):
    done = []
    def trace(frame, ev, arg):
        if frame.f_code is not target.__code__: return trace
        line = frame.f_lineno - target.__code__.co_firstlineno
        if not done and line == jump_from and ev == event:
            done.append(1)
            try: frame.f_lineno = target.__code__.co_firstlineno + jump_to if isinstance(jump_to, int) else jump_to
            except (ValueError, AttributeError, TypeError, OverflowError) as e: out.append('%s: %s' % (type(e).__name__, e))
            else: out.append('at %s' % (frame.f_lineno - target.__code__.co_firstlineno))
        elif done: out.append((ev, line))
        return trace
    return trace
def run(f, a, b, event='line'):
    global target
    target = f
    out.clear()
    sys.settrace(tracer(a, b, event))
    try:
        r = f()
        if hasattr(r, '__next__'): r = list(r)
    except Exception as e: r = '%s: %s' % (type(e).__name__, e)
    finally: sys.settrace(None)
    print(f.__name__, a, b, event, r, out)

def straight():
    x = [1]
    x.append(2)
    x.append(3)
    x.append(4)
    return x
def loop():
    o = []
    for i in range(3):
        o.append(i)
        o.append(-i)
    o.append('end')
    return o
def nested():
    o = []
    for i in range(2):
        for j in range(2):
            o.append((i, j))
        o.append(i)
    return o
def handler():
    o = []
    try:
        o.append(1)
        raise KeyError(1)
    except KeyError as e:
        o.append('caught')
        o.append(str(e))
    o.append(str(sys.exception()))
    return o
def final():
    o = []
    try:
        o.append('try')
    finally:
        o.append('finally')
    o.append('after')
    return o
class C:
    def __enter__(self): out.append('enter')
    def __exit__(self, *a): out.append('exit')
def within():
    o = []
    with C():
        o.append(1)
        o.append(2)
    o.append(3)
    return o
def unbound():
    o = 0
    if o:
        y = 1
        z = 2
    o = 3
    return o
def unbound2():
    if len('x') == 1:
        a = 1
    b = 2
    return a
def gen():
    yield 1
    x = 2
    yield x
    yield 3
def multi():
    x = (1 +
        2)
    y = [
        x]
    return y
def comp():
    x = [i
        for i in range(2)]
    return x
for a in range(1, 6):
    for b in range(0, 7): run(straight, a, b)
for a in range(1, 7):
    for b in range(1, 8): run(loop, a, b)
for f, n in (nested, 7), (handler, 10), (final, 8), (within, 7), (multi, 6), (comp, 4), (unbound, 7):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter('always')
        for a in range(1, n):
            for b in range(1, n): run(f, a, b)
        print(sorted({str(x.message) for x in w}))
for bad in (None, 'x', 1.5, True, 1 << 40, -5): run(straight, 2, bad)
for ev in ('call', 'return', 'exception'):
    run(straight, 0, 3, ev); run(straight, 5, 3, ev); run(handler, 4, 2, ev)
run(gen, 1, 3, 'call'); run(gen, 2, 4); run(gen, 2, 3)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter('always')
    run(unbound2, 1, 3); print([str(x.message) for x in w])
with warnings.catch_warnings():
    warnings.simplefilter('error')
    run(unbound2, 1, 3)
try: sys._getframe().f_lineno = 3
except ValueError as e: print(e)
try: del sys._getframe().f_lineno
except AttributeError as e: print(e)
