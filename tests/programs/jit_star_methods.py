# f(*args) of bound methods; and loops that end after a turn or two, whose traces lead out of them.
class Canvas:
    def __init__(self, width):
        self.width = width
        self.cells = {}
        self.calls = 0

    def plot(self, x, y, *colour):
        self.calls += 1
        self.cells[y * self.width + x] = colour

    def size(self, a, b=2):
        return self.width * a + b

    def __call__(self, a):
        return a + self.width


def paint(canvas, n):
    total = 0
    for i in range(n):
        colour = (i % 3, i % 5)
        canvas.plot(i % 7, i % 11, *colour)
        total += canvas.size(*(i,)) + canvas.size(*(i, 3))
    return total


def spread(f, rows):
    total = 0
    for row in rows:
        total += f(*row)
    return total


def few(items):
    best = None
    for x in items:
        if best is None or x > best:
            best = x
    return best


def most(rows):
    return [few(row) for row in rows]


canvas = Canvas(8)
print(paint(canvas, 400), canvas.calls, sorted(canvas.cells.items())[:4])
rows = [(n, n + 1) for n in range(300)]
print(spread(canvas.size, rows), spread(canvas.size, [(n,) for n in range(300)]), spread(canvas, [(n,) for n in range(300)]))
try:
    spread(canvas.size, rows + [(1, 2, 3)])
except TypeError as e:
    print("TypeError", e)
print(spread(lambda *a: len(a), [tuple(range(n % 14)) for n in range(300)]))
print(sum(x or 0 for x in most([[n][: n % 2 + 1] for n in range(400)])))
print(sum(x or 0 for x in most([[n, n * 2, n // 2][: n % 4] for n in range(400)])))
print(most([["a"], [], ["b", "a"], [3.5]] * 3))
