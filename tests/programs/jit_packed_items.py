# Items of arrays and bytes in hot loops: every type code, both ends of its range, negative indices, and errors.
from array import array


def fill(a, values):
    for i in range(len(a)):
        a[i] = values[i % len(values)]
    return a


def total(a):
    t = 0
    for i in range(len(a)):
        t += a[i]
        t -= a[-1 - i] // 2
    return t


RANGES = {
    "b": (-128, 127), "B": (0, 255), "h": (-32768, 32767), "H": (0, 65535), "i": (-2**31, 2**31 - 1), "I": (0, 2**32 - 1),
    "l": (-2**63, 2**63 - 1), "L": (0, 2**64 - 1), "q": (-2**62, 2**62 - 1), "Q": (0, 2**62 - 1), "d": (-1.5, 1e300), "f": (0.5, 2.25),
}
for code, (low, high) in RANGES.items():
    a = fill(array(code, [0]) * 300, [low, high, 1, 2])
    print(code, total(a), a[0], a[1], a[-1], len(a))
    try:
        fill(a, [1, 2, 3, high * 2 + 1])
    except OverflowError as e:
        print(e, a[:5].tolist())
    try:
        fill(a, [1, "x"])
    except TypeError as e:
        print(e, a[:2].tolist())


def mixed(a, n):
    for i in range(n):
        a[i] = i
        a[i] = a[i] * 0.5
    return a[n - 1]


print(mixed(array("d", [0]) * 500, 500))
try:
    mixed(array("d", [0]) * 500, 501)
except IndexError as e:
    print(e)


def grows(a):
    for i in range(400):
        a.append(a[i] + 1)
    return len(a), a[-1], a[200]


print(grows(array("i", [5])))
print(grows(array("d", [5])))

nan = array("d", [float("nan")]) * 300


def same(a):
    n = 0
    for i in range(len(a)):
        x = a[i]
        n += (x is x) + (x != x)
    return n


print(same(nan))


def checksum(data):
    a = b = 0
    for i in range(len(data)):
        a = (a + data[i]) % 65521
        b = (b + a) % 65521
    return b << 16 | a


print(checksum(bytes(range(256)) * 4))


class Doubling(array):
    def __getitem__(self, i):
        return super().__getitem__(i) * 2


print(total(Doubling("i", range(300))), total(array("i", range(300))))


def switch(arrays):
    t = 0
    for i in range(600):
        t += arrays[i % 3][i % 7]
    return t


print(switch([array("i", range(10)), array("B", range(10)), array("d", range(10))]))
