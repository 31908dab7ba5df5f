# Exceptions thrown through functions that call each other from compiled code, and what tracebacks show of them.
import sys
import traceback


class Stop(Exception):
    pass


def count(n, limit):
    if n == limit:
        raise Stop(n)
    return count(n + 1, limit) + 1


def catching(n):
    if n == 0:
        raise Stop("bottom")
    try:
        return catching(n - 1)
    except Stop as e:
        if n % 10 == 3:
            raise ValueError(n) from e
        raise
    except ValueError:
        if n % 4 == 0:
            return n
        raise
    finally:
        trail.append(n)


def endless(n):
    return endless(n + 1) + 1


def mutual_a(n):
    return mutual_b(n + 1)


def mutual_b(n):
    return mutual_a(n + 1) + 1


def divide(n, d):
    if n == 0:
        return 100 // d
    return divide(n - 1, d) + 1


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        deleted.append(self.name)


def holding(n):
    keep = Noisy(n)
    if n == 0:
        return 0
    if n == 13:
        raise Stop(len(keep.__dict__))
    return holding(n - 1) + 1


caught = []
for i in range(120):
    try:
        count(0, 25)
    except Stop as e:
        tb, names = e.__traceback__, []
        while tb is not None:
            names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_frame.f_locals.get("n")))
            tb = tb.tb_next
        caught.append((e.args, len(names), names[3], names[-1]))
print(caught[0], caught[-1], len(set(caught)))

trail = []
results = []
for i in range(150):
    try:
        results.append(catching(20 + i % 7))
    except (Stop, ValueError) as e:
        results.append((type(e).__name__, e.args, type(e.__cause__).__name__))
print(results[:8], results[-3:], len(trail), sum(trail))

for f in (endless, mutual_a):
    for i in range(3):
        try:
            f(0)
        except RecursionError as e:
            n, tb = 0, e.__traceback__
            while tb is not None:
                n, tb = n + 1, tb.tb_next
            print(f.__name__, n > 900, e)

sys.setrecursionlimit(200)
try:
    count(0, 1000)
except RecursionError as e:
    print("limit", e)
sys.setrecursionlimit(3000)
try:
    count(0, 2500)
except Stop as e:
    print("deep", e)
sys.setrecursionlimit(1000)

total = 0
for i in range(200):
    try:
        total += divide(12, i % 5)
    except ZeroDivisionError as e:
        total -= 1
        last = e
print(total)
print("".join(traceback.format_exception(last)).count("divide"))

deleted = []
for i in range(60):
    try:
        holding(10 + i % 5)
    except Stop as e:
        total += e.args[0]
print(total, len(deleted), deleted[:16], deleted[-16:])
