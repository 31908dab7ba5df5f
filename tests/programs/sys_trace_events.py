# What sys.settrace and sys.setprofile functions are told, line by line.
import sys
ev=[]
def tracer(frame, event, arg):
    if frame.f_code.co_filename != __file__: return None
    a = arg
    if event=='exception': a=(arg[0].__name__, str(arg[1]))
    ev.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, a if type(a) in (int, str, tuple, type(None)) else type(a).__name__))
    return tracer
def show(name):
    print('==', name)
    for e in ev: print(*e)
    ev.clear()
def run(f,*a):
    sys.settrace(tracer)
    try: f(*a)
    except Exception as e: pass
    finally: sys.settrace(None)
    show(f.__name__)
def simple():
    x = 1
    y = 2

    return x + y
def loop():
    for i in range(3):
        x = i
    return 1
def while1():
    i = 0
    while i < 3: i += 1
    while True:
        i += 1
        if i > 5:
            break
def gen():
    yield 1
    x = yield 2
    return 3
def usegen():
    for v in gen():
        pass
    list(gen())
def exc():
    try:
        1/0
    except ZeroDivisionError as e:
        x = 1
    finally:
        y = 2
    raise ValueError('v')
def outer():
    try:
        exc()
    except ValueError:
        pass
def withs():
    class C:
        def __enter__(self): return 1
        def __exit__(self, *a): return True
    with C() as c:
        x = 1
        raise KeyError
    y = 2
def comp():
    a = [i
         for i in range(2)
         if i]
    f = lambda: (
        1,
        2)
    f()
def multi():
    x = (1 +
         len([]) +
         2)
    assert x, (
        'a')
    if (x and
        not x):
        pass
    else:
        z = 1
def thrown():
    g = gen()
    next(g)
    try: g.throw(KeyError('k'))
    except KeyError: pass
    g = gen(); next(g); g.close()
def stop():
    it = iter(IT())
    for x in it: pass
class IT:
    n=0
    def __iter__(self): return self
    def __next__(self):
        self.n+=1
        if self.n>1: raise StopIteration
        return 1
def yf():
    def g(): yield from gen()
    list(g())
def match_(x=2):
    match x:
        case 1:
            y = 1
        case 2:
            y = 2
def star():
    try:
        raise ExceptionGroup('g', [ValueError(1)])
    except* ValueError:
        pass
async def co():
    return 1
def aw():
    async def main():
        return await co()
    try: main().send(None)
    except StopIteration: pass
for f in simple, loop, while1, usegen, outer, withs, comp, multi, thrown, stop, yf, match_, star, aw: run(f)
# tracer raising
def bad(frame, event, arg):
    if event=='line': raise RuntimeError('from tracer')
    return bad
sys.settrace(bad)
try: simple()
except RuntimeError as e:
    tb=e.__traceback__; print(e, sys.gettrace())
    import traceback; print([ (f.name, f.lineno) for f in traceback.extract_tb(tb)])
sys.settrace(None)
# opcode
def ops(frame, event, arg):
    frame.f_trace_opcodes = True; frame.f_trace_lines=False
    if event=='opcode': ev.append((frame.f_lasti,))
    return ops
sys.settrace(ops); simple(); sys.settrace(None); show('opcodes')
# profile
def prof(frame, event, arg):
    ev.append((frame.f_code.co_name, event, getattr(arg,'__name__',arg)))
def p():
    len('a'); [].append(1); max([1],key=lambda x:x)
    try: int('x')
    except ValueError: pass
    try: [].pop()
    except IndexError: pass
    sorted([2,1]); str.upper('a')
sys.setprofile(prof); p(); sys.setprofile(None); show('prof')
# f_trace set from inside
def start():
    sys.settrace(tracer)
    sys._getframe().f_back.f_trace = tracer
def caller():
    x = 1
    start()
    y = 2
    z = 3
caller(); sys.settrace(None); show('caller')
def caller2():
    x = 1
    breakpoint()
    y = 2
    z = 3
sys.breakpointhook = start
caller2(); sys.settrace(None); show('caller2')
# Ends of iteration that are exceptions, and those that are not.
def only_exceptions(frame, event, arg):
    if event == 'exception': ev.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, arg[0].__name__, arg[1].args, arg[2] is None))
    return only_exceptions
def g(r):
    yield 1
    return r
def for_gen(r):
    for x in g(r): pass
def delegating(r):
    def k(): yield from g(r)
    for x in k(): pass
async def coroutine(r): return r
async def awaiting(r): await coroutine(r)
class Raises:
    def __iter__(self): return self
    def __next__(self): raise StopIteration(5)
def for_class():
    for x in Raises(): pass
def native():
    def k(): yield from Raises()
    list(k())
    list(Raises()); sum(g(3)); a, = g(3); next(g(1))
sys.settrace(only_exceptions)
for i in range(4): for_gen(None); for_gen(3); delegating(None); delegating(4); for_class(); native()
for r in (None, 3):
    try: awaiting(r).send(None)
    except StopIteration: pass
sys.settrace(None); show('ends')
def instructions(frame, event, arg):
    if event == 'line': frame.f_trace_opcodes = True
    if event == 'opcode': ev.append((event, frame.f_lasti))
    return instructions
sys.settrace(instructions); simple(); simple(); sys.settrace(None); show('instructions')
