# Special methods in Python that subscripted stores, truth tests and loops call, inlined into traces.
class Grid:
    def __init__(self, n):
        self.n = n
        self.cells = [0] * n
        self.writes = 0

    def __setitem__(self, at, value):
        if at >= self.n:
            raise IndexError(at)
        self.writes += 1
        self.cells[at] = value


class Dropped:
    count = 0

    def __del__(self):
        Dropped.count += 1


class Answers:
    """A __setitem__ whose result nobody wants, though it is an object."""

    def __setitem__(self, at, value):
        return Dropped()


class Flag:
    def __init__(self, up):
        self.up = up

    def __bool__(self):
        return self.up


class Odd(Flag):
    def __bool__(self):
        return 1 if self.up == 99 else self.up > 3


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Breaks(Countdown):
    def __next__(self):
        if self.n == 3:
            raise ValueError("three")
        return Countdown.__next__(self)


def fill(grid, n):
    total = 0
    for i in range(n):
        grid[i % 50] = i
        total += i
    return total


def truths(flags, n):
    yes = 0
    for i in range(n):
        if flags[i % len(flags)]:
            yes += 1
        if not flags[(i + 1) % len(flags)]:
            yes += 1000
    return yes


def count(kind, n, times):
    total = 0
    for _ in range(times):
        for x in kind(n):
            total += x
    return total


grid = Grid(50)
print(fill(grid, 500), grid.writes, grid.cells[::7])
grid.n = 30
try:
    fill(grid, 500)
except IndexError as e:
    print("IndexError", e, grid.writes)
print(fill(Answers(), 300), Dropped.count)
print(truths([Flag(True), Flag(False), Flag(True)], 300))
print(truths([Odd(n) for n in range(7)], 300))
try:
    print(truths([Odd(n) for n in (1, 5)] * 200 + [Odd(99)], 1000))
except TypeError as e:
    print("TypeError", e)
print(count(Countdown, 20, 30))
try:
    print(count(Breaks, 30, 30))
except ValueError as e:
    print("ValueError", e)
Countdown.__next__ = lambda self: (_ for _ in ()).throw(StopIteration) if self.n < 5 else setattr(self, "n", self.n - 2) or 7
print(count(Countdown, 20, 30))
