# Functions that are replaced, deleted or changed while calls of them are under way in compiled code.
import sys


def descend(n, at, what):
    if n == at:
        what()
    if n == 0:
        return [0]
    return descend(n - 1, at, what) + [n]


def nothing():
    pass


def second(n, at, what):
    return ["second", n]


for i in range(100):
    r = descend(15, 7, nothing)
print(r)

original = descend


def replace():
    global descend
    descend = second


print(descend(15, 7, replace))
print(descend(3, 1, nothing))
descend = original
print(descend(5, 2, nothing))


def remove():
    global descend
    del descend


try:
    original(12, 6, remove)
except NameError as e:
    print(e)
descend = original
for i in range(60):
    descend(10, 99, nothing)


def patch_code():
    def other(n, at, what):
        return ["code", n]

    descend.__code__ = other.__code__


print(original(15, 7, patch_code))
print(descend(2, 1, nothing))


class Walker:
    def step(self, n):
        if n == 0:
            return 0
        if n == 5 and self.change:
            type(self).step = lambda self, n: -n
        return self.step(n - 1) + 1

    change = False


w = Walker()
print(sum(w.step(12) for _ in range(100)))
w.change = True
print(w.step(12), w.step(12))


def tracked(n):
    if n == 8:
        sys.settrace(tracer if tracing else None)
    if n == 0:
        return 0
    return tracked(n - 1) + 1


events = []


def tracer(frame, event, arg):
    if frame.f_code is tracked.__code__:
        events.append((event, frame.f_lineno - tracked.__code__.co_firstlineno, arg))
    return tracer


tracing = False
for i in range(100):
    tracked(12)
tracing = True
print(tracked(12))
sys.settrace(None)
print(len(events), events[:5], events[-3:])


def unstable(n):
    if n == 0:
        return kinds[turn % len(kinds)]
    r = unstable(n - 1)
    return r


kinds = [1, 2.5, "s", None, True, 1 << 80, (1, 2), [3]]
out = []
for turn in range(400):
    out.append(unstable(turn % 13))
print(out[-16:])


def big(n):
    return 1 if n < 2 else n * big(n - 1)


print([len(str(big(k))) for k in range(0, 300, 23)], big(25))


def globals_seen(n):
    global level
    level = level + 1
    if n > 0:
        globals_seen(n - 1)
        globals_seen(n - 1)
    level = level - 2 * (n & 1)


level = 0
globals_seen(9)
print(level)
