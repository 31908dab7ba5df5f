"""The Mandelbrot set: complex arithmetic spelled out in floats, a loop that ends early."""


def iterations(cr, ci, limit):
    zr = zi = 0.0
    for n in range(limit):
        rr, ii = zr * zr, zi * zi
        if rr + ii > 4.0:
            return n
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
    return limit


def run(size=80, limit=100):
    total = 0
    for y in range(size):
        for x in range(size):
            total += iterations(3.0 * x / size - 2.0, 2.0 * y / size - 1.0, limit)
    return total


if __name__ == "__main__":
    print(run())
