"""Functions of `math` in compiled code give the very floats that the interpreter gives."""
import math


def digest(values):
    h = 0
    for v in values:
        for c in repr(v):
            h = (h * 31 + ord(c)) % 4294967291
    return h


def hypotenuses(n):
    found = []
    for i in range(1, n):
        x = 2.0 * i * i
        found.append(math.hypot(x, x))
        found.append(math.hypot(x, i))
        found.append(math.hypot(i, -x))
    return found


def one(n):
    found = []
    for i in range(1, n):
        x = i / 7
        found.append(math.sin(x) + math.cos(x) * math.tan(x))
        found.append(math.exp(-x) + math.log(x) + math.atan(x))
        found.append(math.sqrt(x) - math.fabs(-x) + math.floor(x) - math.ceil(x))
        found.append(math.atan2(x, -3.5))
    return found


def special(values):
    found = []
    for x in values:
        for y in values:
            found.append((math.hypot(x, y), math.atan2(x, y)))
    return found


h = hypotenuses(400)
print(h[3 * 18], h[3 * 37], digest(h))
print(digest(one(400)))
s = special([0.0, -0.0, 1e308, -1e308, 5e-324, 1e-310, 3, float("inf"), float("-inf"), float("nan")] * 3)
print(s[7], s[19], digest(s))
