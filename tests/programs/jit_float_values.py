# Floats in hot loops: NaN, infinities, signed zero, identity, and mixing with ints.
import math

def harmonic(n):
    total = 0.0
    for i in range(1, n):
        total += 1 / i
    return total

def to_inf(n):
    x, when = 1.0, None
    for i in range(n):
        x *= 1e3
        if x == math.inf and when is None:
            when = i
    return x, when, -x, x - x, x * 0

def nan_compare(n):
    nan, counts = float('nan'), [0] * 8
    for i in range(n):
        x = nan if i % 3 == 0 else float(i)
        counts[0] += x == x
        counts[1] += x != x
        counts[2] += x < 10
        counts[3] += x >= 10
        counts[4] += not x < 10
        counts[5] += x is x
        counts[6] += x in [x]
        counts[7] += x in [x + 0.0]
    return counts

def zeros(n):
    out = []
    z = 0.0
    for i in range(n):
        z = -z
        if i % 50 < 2:
            out.append((z, math.copysign(1, z), z == 0, -z, z + 0.0, z * -1, 0 - z))
    return out

def identity(n):
    x = 1.5
    same = 0
    first = x
    held = [x, float('nan')]
    for i in range(n):
        y = x
        if y is first and held[0] is first and held[1] is held[-1]:
            same += 1
        if i == n // 2:
            x = x + 1.0
    return same, x

def int_then_float(n):
    x = 0
    kinds = []
    for i in range(n):
        x += 1 if i < n // 2 else 0.5
        if not kinds or kinds[-1] is not type(x):
            kinds.append(type(x))
    return x, [k.__name__ for k in kinds]

def big_and_float(n):
    x, less = 1 << 53, 0
    for i in range(n):
        less += (x + i) < float(x) + i
        less += 10 * ((x + i) == float(x + i))
        less += 100 * (float(x + i) > x + i)
    return less

def overflow(n):
    caught = 0
    for i in range(n):
        try:
            float(10 ** (i + 250))
        except OverflowError as e:
            caught += 1
            text = str(e)
    return caught, text

def power(n):
    total, odd = 0.0, 0
    for i in range(n):
        total += (i * 0.5) ** 0.5 + 2 ** -i
        if isinstance((-1.0) ** (i + 0.5), complex):
            odd += 1
    return total, odd

def rounding(n):
    return [round(i / 4) for i in range(-n, n)], [int(i / 3) for i in range(-n, n)], sum(math.floor(i / 3) - math.ceil(i / 7) for i in range(300))

def newton(n):
    out = []
    for k in range(1, n):
        x = k
        while abs(x * x - k) > 1e-12 * k:
            x = (x + k / x) / 2
        out.append(x)
    return math.fsum(out)

print(harmonic(1000))
print(to_inf(150))
print(nan_compare(90))
print(zeros(150))
print(identity(100))
print(int_then_float(100))
print(big_and_float(100))
print(overflow(100))
print(power(200))
print(rounding(10))
print(newton(60))
print(min([float('nan'), 1.0]), max([1.0, float('nan')]), sorted([2.0, -0.0, 0.0, -math.inf]))
d = {}
for i in range(100):
    d[float('nan')] = i
    d[0.0 if i % 2 else -0.0] = i
    d[i % 3 + 0.0] = i
    d[i % 3] = -i
print(len(d), [(k, v) for k, v in d.items() if k == k])
