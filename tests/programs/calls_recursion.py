# Functions that call themselves and each other, deeper than a trace inlines: results of all kinds, and what they see of
# the stack.
import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def power(x, n):
    if n == 0:
        return 1
    return x * power(x, n - 1)


def mixed(n):
    if n <= 0:
        return 0
    below = mixed(n - 1)
    if n % 7 == 0:
        return float(below)
    if n % 11 == 0:
        return str(below)
    if isinstance(below, str):
        return len(below)
    return below + n


def depth(n):
    if n == 0:
        frame, found = sys._getframe(), 0
        while frame is not None:
            if frame.f_code.co_name == "depth":
                found = found * 31 % 1000003 + frame.f_locals["n"]
            frame = frame.f_back
        return found
    result = depth(n - 1)
    return result + 1


def default(n, acc=1, step=1):
    if n <= 0:
        return acc
    return default(n - step, acc + n) + default(n - 2, step=2)


class Tree:
    def __init__(self, depth):
        self.left = self.right = None
        if depth > 0:
            self.left = Tree(depth - 1)
            self.right = Tree(depth - 1)

    def check(self):
        if self.left is None:
            return 1
        return 1 + self.left.check() + self.right.check()

    def walk(self, seen, level):
        if self.left is not None:
            self.left.walk(seen, level + 1)
        seen.append(level)
        if self.right is not None:
            self.right.walk(seen, level + 1)


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves.append((a, b))
        hanoi(n - 1, c, b, a, moves)


def closure(n):
    def inner(k):
        return n if k == 0 else inner(k - 1) + 1

    return inner(n % 20)


def floats(x, n):
    if n == 0:
        return x
    return floats(x * 1.5, n - 1) - floats(x / 3.0, n - 1) * 1e-3


print(fib(19), [fib(i) for i in range(15)])
print(ackermann(2, 60), ackermann(1, 150))
print([is_even(k) for k in range(90, 100)], is_odd(401))
print(power(3, 200), power(2, 70), power(1.5, 60), power(True, 30))
print([mixed(k) for k in range(40)])
print([depth(k % 50) for k in range(200)][-3:], depth(250))
print([default(k) for k in range(14)])
t = Tree(9)
print([t.check() for _ in range(5)])
seen = []
t.walk(seen, 0)
print(len(seen), sum(seen), seen[:20])
moves = []
hanoi(9, "a", "b", "c", moves)
print(len(moves), moves[:4], moves[-3:])
print([closure(k) for k in range(100)][-5:])
print(floats(1.0, 10), floats(1e200, 9), floats(3, 8))
