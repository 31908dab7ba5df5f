# Native functions that take everything a generator yields: the order of events, errors and tracebacks are CPython's.
import sys


def ints(n):
    for i in range(n):
        yield i


def show(f, *args):
    try:
        print(f(*args))
    except BaseException as e:
        tb, where = e.__traceback__, []
        while tb:
            where.append(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
        print(type(e).__name__, e, where)


for f in (list, tuple, set, frozenset, sorted, sum, max, min, any, all):
    for _ in range(20):
        r = f(ints(10))
    print(f.__name__, r)
    for _ in range(20):
        r = f(x * 1.5 for x in ints(4))
    print(f.__name__, r)
for _ in range(20):
    r = ", ".join(str(x) for x in ints(5))
print(r, "-".join(c for c in "abc"), repr("".join(x for x in ())))


# Sums that leave the small ints, by size and by type.
def powers(n):
    for i in range(n):
        yield 1 << i


def tenths(n):
    yield 0
    for i in range(n):
        yield 0.1


class Money:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        log.append(("add", self.n, inspect_state()))
        return Money(self.n + (other if type(other) is int else other.n))

    __radd__ = __add__

    def __repr__(self):
        return f"Money({self.n})"


def inspect_state():
    return g.gi_running, g.gi_suspended


log = []
for _ in range(20):
    print(sum(powers(70)), sum(tenths(10)), sum(x > 3 for x in ints(9)), end=" ")
print()
for _ in range(10):
    log.clear()
    g = (Money(i) if i % 2 else i for i in range(5))
    r = sum(g)
print(r, log)


# Errors in the generator, in taking a value, and at the end.
def bad(n):
    yield 1
    yield 2
    if n == 0:
        raise LookupError("from the generator")
    if n == 1:
        yield []
    if n == 2:
        yield 2.5
    if n == 3:
        return 5
    yield 3


def each(f, n):
    for _ in range(12):
        f(bad(3))
    return f(bad(n))


for f in (list, set, tuple, sorted, sum):
    for n in range(4):
        show(each, f, n)


def joined(n):
    for _ in range(12):
        "".join(str(x) for x in bad(3))
    return "".join(bad(n))


show(joined, 2)


# A generator left behind by an error can go on.
g = bad(1)
show(set, g)
print(g.gi_suspended, next(g), list(g), list(g))


# Values whose hash and comparison run Python code, which looks at the generator.
class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        log.append(("hash", self.n) + inspect_state())
        return self.n % 3

    def __eq__(self, other):
        log.append(("eq", self.n, other.n))
        return self.n == other.n

    def __repr__(self):
        return f"K{self.n}"


def keys(n):
    for i in range(n):
        log.append(("yield", i))
        yield Key(i % 4)


for _ in range(8):
    log.clear()
    g = keys(6)
    r = set(g)
print(sorted(r, key=lambda k: k.n), log)


# Taking from the generator that is being taken from.
class Thief:
    def __hash__(self):
        stolen.append(next(g))
        return 1

    def __eq__(self, other):
        return self is other


def thieves():
    for i in range(6):
        yield Thief() if i % 2 == 0 else i


for _ in range(8):
    stolen = []
    g = thieves()
    r = len(set(g))
print(r, stolen)


def itself():
    yield 1
    yield list(me)


for _ in range(8):
    me = itself()
    show(list, me)


# Frames and exceptions as the generator sees them.
def curious():
    f = sys._getframe()
    yield f.f_code.co_name
    yield f.f_back.f_code.co_name
    yield f.f_back.f_lineno - f.f_back.f_code.co_firstlineno
    yield repr(sys.exception())


def ask():
    try:
        1 / 0
    except ZeroDivisionError:
        return list(curious())


for _ in range(8):
    r = ask()
print(r)


# Delegation below, and nesting.
def outer(n):
    yield from ints(n)
    yield from (x for x in ints(2))
    return 7


def nested(n):
    return [sum(list(x for x in outer(k))) for k in range(n)] + list(sum(outer(k)) for k in range(n))


for _ in range(8):
    r = nested(6)
print(r, sorted(outer(3)), tuple(outer(2)))


# Subclasses, and names bound to something else.
class L(list):
    def append(self, x):
        raise RuntimeError


def renamed():
    list = tuple
    return list(x for x in ints(3))


for _ in range(8):
    r = L(ints(3)), renamed()
print(r, type(r[0]).__name__)


# What is dropped, and when.
class Noisy:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        log.append(("del", self.n))

    def __hash__(self):
        return self.n

    def __eq__(self, other):
        return True


def noisy(n):
    for i in range(n):
        x = Noisy(i // 2)
        yield x
    log.append("end")


for f in (list, set, sorted):
    for _ in range(6):
        log.clear()
        try:
            r = f(noisy(4))
            n = len(r)
            log.append("made")
            del r
        except TypeError:
            n = "error"
            log.append("caught")
    print(f.__name__, n, log)


# Deep recursion through generators.
def deep(n):
    yield sum(deep(n + 1))


try:
    list(deep(0))
except RecursionError as e:
    print(type(e).__name__)


# A trace function set on the way.
def traced():
    yield 1
    sys.settrace(tracer)
    yield 2
    yield 3
    sys.settrace(None)
    yield 4


def tracer(frame, event, arg):
    events.append((frame.f_code.co_name, event))
    return tracer


for _ in range(8):
    events = []
    r = list(traced())
print(r)
