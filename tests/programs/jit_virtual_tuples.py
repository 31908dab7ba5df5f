# Tuples that only compiled code sees, and every way for them to become visible.
import sys


class Grid:
    def __init__(self, w, h):
        self.w = w
        self.data = [float(i) for i in range(w * h)]

    def __getitem__(self, at):
        x, y = at
        return self.data[y * self.w + x]

    def __setitem__(self, at, value):
        x, y = at
        self.data[y * self.w + x] = value


def relax(g, n):
    for _ in range(5):
        for y in range(1, n - 1):
            for x in range(1, n - 1):
                g[x, y] = (g[x - 1, y] + g[x + 1, y] + g[x, y - 1] + g[x, y + 1]) * 0.25
    return sum(g.data)


print(relax(Grid(20, 20), 20))


def swap(n):
    a, b, c = 1, 2.5, "x"
    for i in range(n):
        t = (a, b, c)
        b, c, a = t
        if i == n - 3:
            return t, t[0], len(t)
    return a


print(swap(500))


# An exit while the tuple is a local, shared by two locals, and inside another.
def visible(n):
    kept = []
    for i in range(n):
        t = (i, str(i))
        u = t
        v = (t, u, 1.5 * i)
        if i % 97 == 96:
            kept.append(v)
    return t is u, v[0] is v[1], kept, t


print(visible(400))


class Noisy:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        log.append(self.n)


log = []


# What dies with a tuple dies when the tuple does.
def deaths(n):
    for i in range(n):
        t = (Noisy(i), Noisy(-i))
        log.append("made")
        t = None
        log.append("gone")


deaths(300)
print(len(log), log[-8:])


# Native code, frames and exceptions see them.
def seen(n):
    total = 0
    for i in range(n):
        t = (i, i + 1)
        total += hash(t) == hash((i, i + 1))
        total += t == (i, i + 1)
        total += sum(t)
        if i > n - 4:
            total += len(sys._getframe().f_locals["t"])
    return total


print(seen(300))


def raises(n):
    t = ()
    for i in range(n):
        t = (i, 10 // (n - 5 - i))
    return t


try:
    raises(300)
except ZeroDivisionError as e:
    print(e, e.__traceback__.tb_next.tb_frame.f_locals["t"])


def big(n):
    a = 2.0 ** 300
    hits = 0
    for i in range(n):
        t = (a, a * 2)
        x, y = t
        hits += x is t[0]
        hits += t[1] is y
        hits += t[1] == y
    return hits


print(big(300))


def loop_carried(n):
    t = (0, 1)
    for i in range(n):
        t = (t[1], (t[0] + t[1]) % 1000007)
    return t


print(loop_carried(1000))


def grows(n):
    t = None
    for i in range(n):
        t = (i, t) if i % 50 else (i, None)
    depth = 0
    while t:
        depth += 1
        t = t[1]
    return depth


print(grows(340))


def sides(n):
    r = [0, 0, 0]
    for i in range(n):
        t = (i % 3, i)
        if t[0] == 0:
            r[0] += t[1]
        elif t[0] == 1:
            r[1] += len(t)
        else:
            r[2] += hash(t) % 7
    return r[:2]


print(sides(2000))
