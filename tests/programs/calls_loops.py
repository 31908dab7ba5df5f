# Calls of functions with loops of their own, from loops, from functions and from generators.


def inner(n, k):
    total = 0
    for i in range(n):
        total += i * k
    return total


def outer(n):
    total = 0
    for i in range(n):
        total += inner(i % 40, i)
        if total > 10**9:
            total -= 10**9
    return total


def middle(n, k):
    return inner(n, k) + 1


def through(n):
    x, f = 0, 0.5
    while n > 0:
        x = x + middle(n % 30, 3)
        f = f * 1.01 if x & 1 else f + 0.25
        n -= 1
    return x, round(f, 6)


class Grid:
    def __init__(self, n):
        self.cells = []
        for i in range(n):
            self.cells.append(i * 7 % n)

    def find(self, i):
        steps = 0
        while self.cells[i] != i:
            i = self.cells[i]
            steps += 1
            if i < 3 or steps > 20:
                break
        return i + steps

    def score(self):
        s = 0
        for i in range(len(self.cells)):
            s += self.find(i) * (i % 3)
        return s


def search(board, at, size):
    if at == size:
        return 1
    found = 0
    for c in range(size):
        ok = True
        for r in range(at):
            if board[r] == c or abs(board[r] - c) == at - r:
                ok = False
                break
        if ok:
            board[at] = c
            found += search(board, at + 1, size)
    return found


def numbers(n):
    for i in range(n):
        yield inner(i % 25, 2)


def consume(n):
    s = 0
    for v in numbers(n):
        s += v - middle(5, 1)
    return s


def nested(tree):
    s = 0
    for t in tree:
        if isinstance(t, list):
            s += nested(t)
        else:
            s += t
    return s


def flatten(tree):
    for t in tree:
        if isinstance(t, list):
            yield from flatten(t)
        else:
            yield t


def build(n):
    return [build(n - 1), n, build(n - 2)] if n > 1 else n


print(outer(1500), through(700))
print([Grid(k).score() for k in range(5, 120, 6)])
print([search([0] * k, 0, k) for k in range(1, 7)])
print(consume(400))
t = build(11)
print(nested(t), sum(flatten(t)))
print(sorted((inner(k % 9, -k) for k in range(50)), key=lambda v: -v)[:5])
