# Instances that only compiled code sees, and every way for them to become visible.
import sys
import weakref


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def dot(self, other):
        return self.x * other.x + self.y * other.y


def arithmetic(n):
    total = 0.0
    at = Vec(0.0, 1.0)
    for i in range(n):
        at = at + Vec(0.5, 0.25) * 2.0
        total += at.dot(Vec(i, 1))
    return total, at.x, at.y


print(arithmetic(500))


def exits(n):
    kept = []
    for i in range(n):
        v = Vec(i, Vec(1.5 * i, str(i)))
        w = v
        if i % 83 == 82:
            v.x = "changed"
            kept.append((v is w, w.x, w.y.x, w.y.y))
    return kept, list(v.__dict__), vars(v.y)


print(exits(400))


class Slotted:
    __slots__ = ("b", "a")

    def __init__(self, a):
        self.a = a
        self.b = [a]


def slotted(n):
    t = 0
    for i in range(n):
        s = Slotted(i)
        s.a += len(s.b)
        t += s.a + s.b[0]
    return t


print(slotted(400))


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


class Pair:
    def __init__(self, n):
        self.first = Noisy(n)
        self.second = Noisy(-n)


log = []


def deaths(n):
    for i in range(n):
        p = Pair(i)
        p.first = Noisy(i * 10)
        p = None
        log.append("gone")


deaths(300)
print(len(log), log[-8:])


class Node:
    def __init__(self, below):
        self.below = below
        self.me = self


def cycles(n):
    for i in range(n):
        node = Node(None)
        other = Node(node)
        node.below = other
    return other.below is node, node.below.me is other


print(cycles(300))


def visible(n):
    t = 0
    for i in range(n):
        v = Vec(i, 2)
        t += hash(v) == hash(v)
        t += v == v
        t += isinstance(v, Vec) + (type(v) is Vec)
        t += getattr(v, "x") - i
        if i > n - 3:
            t += len(sys._getframe().f_locals["v"].__dict__)
            t += weakref.ref(v)() is v
    return t


print(visible(300))


class Partial:
    def __init__(self, n):
        if n > 0:
            self.n = n


def missing(n):
    t = 0
    for i in range(n):
        p = Partial(n - 20 - i)
        try:
            t += p.n
        except AttributeError as e:
            return t, str(e)


print(missing(300))


def class_changes(n):
    t = 0
    for i in range(n):
        v = Vec(i, 1)
        if i == n - 10:
            Vec.__mul__ = lambda self, k: k
        w = v * 3
        t += w if isinstance(w, int) else w.x
    return t


print(class_changes(400))


def raises(n):
    for i in range(n):
        v = Vec(i, 0)
        v.y = 10 // (n - 5 - i)


try:
    raises(300)
except ZeroDivisionError as e:
    print(e.__traceback__.tb_next.tb_frame.f_locals["v"].__dict__)
