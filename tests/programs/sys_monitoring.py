# sys.monitoring: tools, events, places where events are disabled, and the errors.
import sys
M, E = sys.monitoring, sys.monitoring.events
log = []
# Where these are said to be differs.
exceptional = 'PY_THROW', 'PY_UNWIND', 'RAISE', 'RERAISE', 'EXCEPTION_HANDLED'
def name(x):
    if isinstance(x, BaseException): return type(x).__name__
    if x is M.MISSING: return 'MISSING'
    if isinstance(x, (int, str, type(None))): return x
    return getattr(x, '__name__', type(x).__name__)
def recorder(event, result=None):
    def callback(code, *args):
        if event in exceptional: args = args[1:]
        if code.co_filename == __file__: log.append((event, code.co_name, *map(name, args)))
        return result
    return callback
def show(what):
    print('==', what)
    for e in log: print(*e)
    log.clear()
def watch(f, *events):
    for e in events: M.register_callback(2, getattr(E, e), recorder(e))
    M.set_events(2, sum(getattr(E, e) for e in events))
    try: f()
    except Exception: pass
    finally: M.set_events(2, 0)
    show(f.__name__ + ' ' + ' '.join(events))
    for e in events: M.register_callback(2, getattr(E, e), None)

def calls():
    len('a'); int('1'); [].append(1); helper(2)
    try: int('x')
    except ValueError: pass
def helper(x): return x
def lines():
    a = 1
    for i in range(3):
        a += i
    if a: return a
def gen():
    x = yield 1
    yield 2
def uses():
    for x in gen(): pass
    g = gen(); next(g)
    try: g.throw(KeyError)
    except KeyError: pass
    def k(): yield from gen()
    list(k())
def raises():
    try: 1 / 0
    except TypeError: pass
    finally: a = 1
def outer():
    try: raises()
    except ZeroDivisionError: pass
def jumps():
    for i in range(2):
        if i: x = 1
        else: x = 2
    while x < 3: x += 1

M.use_tool_id(2, 'test')
print(M.get_tool(2), M.get_tool(3), M.get_events(2))
for f in (lambda: M.use_tool_id(2, 'again'), lambda: M.use_tool_id(6, 'x'), lambda: M.use_tool_id(1, 2), lambda: M.get_events(3), lambda: M.set_events(2, -1), lambda: M.set_events(2, 1 << 19),
          lambda: M.set_events(2, E.C_RETURN), lambda: M.register_callback(2, 3, None), lambda: M.register_callback(2, 1 << 20, None), lambda: M.set_local_events(2, 1, 0),
          lambda: M.set_local_events(2, calls.__code__, E.RAISE)):
    try: print(f())
    except (ValueError, TypeError) as e: print(type(e).__name__, e)
watch(calls, 'PY_START', 'PY_RETURN')
watch(calls, 'CALL', 'C_RETURN', 'C_RAISE')
watch(lines, 'LINE')
watch(uses, 'PY_START', 'PY_RESUME', 'PY_RETURN', 'PY_YIELD', 'PY_THROW', 'PY_UNWIND')
watch(outer, 'RAISE', 'PY_UNWIND', 'EXCEPTION_HANDLED', 'RERAISE')
watch(jumps, 'JUMP')
watch(helper, 'INSTRUCTION')

M.register_callback(2, E.LINE, recorder('LINE', M.DISABLE))
M.set_events(2, E.LINE)
lines(); lines()
M.restart_events()
lines()
M.set_events(2, 0)
show('disabled')
M.set_local_events(2, lines.__code__, E.PY_START)
M.register_callback(2, E.PY_START, recorder('PY_START'))
lines(); helper(1); print(M.get_local_events(2, lines.__code__), M.get_local_events(2, helper.__code__))
M.set_local_events(2, lines.__code__, 0)
lines()
show('local')
def fails(code, offset): raise KeyError('callback')
M.register_callback(2, E.PY_START, fails)
M.set_events(2, E.PY_START)
try: helper(1)
except KeyError as e: print('KeyError', e)
M.set_events(2, 0)
M.free_tool_id(2)
print(M.get_tool(2))
