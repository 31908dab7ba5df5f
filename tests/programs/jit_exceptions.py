# Exceptions raised and caught in and out of hot loops, with the traceback's lines.
import sys, traceback

def trail(e):
    return [(f.name, f.lineno) for f in traceback.extract_tb(e.__traceback__)]

def divide(n):
    total = 0
    for i in range(n):
        total += 100 // (n - 1 - i)
    return total

def index(data, n):
    total = 0
    i = 0
    while i < n:
        total += data[i]
        i += 1
    return total

def key(d, n):
    for i in range(n):
        d[i % 50 if i < 90 else 'missing']

def attribute(n):
    class C: x = 1
    for i in range(n):
        C.x if i < 70 else C.y

def inner(i):
    if i == 77:
        raise ValueError('at', i)
    return i

def middle(i):
    return inner(i) + 1

def outer(n):
    s = 0
    for i in range(n):
        s += middle(i)
    return s

def unpack(n):
    for i in range(n):
        a, b = (i, i) if i < 66 else (i, i, i)

def unbound(n):
    for i in range(n):
        if i == 80:
            del x
        else:
            x = i
        x + 1

def call_type(n):
    f = inner
    for i in range(n):
        if i == 60: f = None
        f(i)

for f, *args in (
    (divide, 100), (index, list(range(50)), 80), (key, {i: 0 for i in range(50)}, 120), (attribute, 100), (outer, 100), (unpack, 100),
    (unbound, 100), (call_type, 90)):
    try:
        f(*args)
    except Exception as e:
        print(type(e).__name__, e, trail(e)[1:])
        print(''.join(traceback.format_exception_only(e)).strip())

def caught_inside(n):
    lines, total = {}, 0
    for i in range(n):
        try:
            if i % 5 == 0:
                raise KeyError(i)
            if i % 7 == 0:
                [].pop()
            total += 1
        except KeyError as e:
            total += e.args[0]
            lines[e.__traceback__.tb_lineno] = lines.get(e.__traceback__.tb_lineno, 0) + 1
        except IndexError:
            t = sys.exc_info()[2]
            lines[t.tb_lineno] = lines.get(t.tb_lineno, 0) + 1
    return total, lines, sys.exception()

def finally_order(n):
    log = []
    for i in range(n):
        try:
            try:
                if i % 10 == 9: raise OSError(i)
                if i % 10 == 8: continue
                if i == n - 5: break
            finally:
                log.append('f')
        except OSError:
            log.append('o')
        else:
            log.append('e')
    return ''.join(log)

def returns(n):
    def f(i):
        try:
            if i % 3 == 0: return 'try'
            if i % 3 == 1: raise ValueError
        except ValueError:
            return 'except'
        finally:
            if i % 11 == 0: return 'finally'
        return 'end'
    counts = {}
    for i in range(n):
        r = f(i)
        counts[r] = counts.get(r, 0) + 1
    return counts

def context(n):
    chains = 0
    for i in range(n):
        try:
            try:
                1 / (i % 2)
            except ZeroDivisionError:
                raise LookupError(i)
        except LookupError as e:
            chains += isinstance(e.__context__, ZeroDivisionError)
            last = e
    return chains, repr(last), repr(last.__context__), last.__cause__, trail(last), trail(last.__context__)

def reraise(n):
    depth = 0
    def f(i):
        try:
            inner(77 if i % 4 == 0 else i)
        except ValueError as e:
            e.add_note(f'note {i}')
            raise
    for i in range(n):
        try:
            f(i)
        except ValueError as e:
            depth = (len(trail(e)), e.__notes__, trail(e))
    return depth

def own_class(n):
    class Stop(Exception):
        def __init__(self, value):
            super().__init__(f'stop {value}')
            self.value = value
    total = 0
    for i in range(n):
        try:
            raise Stop(i)
        except Stop as stop:
            total += stop.value + len(str(stop))
    return total

print(caught_inside(140))
print(finally_order(60))
print(returns(99))
print(context(101))
print(reraise(100))
print(own_class(100))
