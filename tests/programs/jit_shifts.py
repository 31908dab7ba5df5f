# Shifts and bitwise operators in hot loops, across the width of a machine word.
def left(n):
    out = []
    for i in range(n):
        out.append(1 << i)
    return out

def right(x, n):
    out = []
    for i in range(n):
        out.append(x >> i)
    return out

def errors(n):
    caught = 0
    text = set()
    for i in range(n):
        try:
            1 << (50 - i)
            1 >> (50 - i)
        except ValueError as e:
            caught += 1
            text.add(str(e))
    return caught, text

def bits(x):
    count = 0
    while x:
        x &= x - 1
        count += 1
    return count

def reverse(x, width):
    r = 0
    for i in range(width):
        r = (r << 1) | ((x >> i) & 1)
    return r

def xorshift(n):
    x, total = 2463534242, 0
    for _ in range(n):
        x ^= (x << 13) & 0xffffffff
        x ^= x >> 17
        x ^= (x << 5) & 0xffffffff
        total += x
    return x, total

def inverted(n):
    total = 0
    for i in range(-n, n):
        total += ~i * (i & 15) - (i | -16) + (i ^ -1)
    return total

def booleans(n):
    t = f = 0
    for i in range(n):
        a, b = i % 2 == 0, i % 3 == 0
        t += (a & b) + (a | b) * 10 + (a ^ b) * 100
        if (a & b) is True or (a ^ b) is False:
            f += 1
    return t, f

def sieve(n):
    flags = (1 << n) - 1
    for p in range(2, n):
        if flags >> p & 1:
            for q in range(p * p, n, p):
                flags &= ~(1 << q)
    return [i for i in range(2, n) if flags >> i & 1]

for i, x in enumerate(left(130)):
    if i in (0, 30, 31, 32, 59, 60, 61, 62, 63, 64, 65, 129):
        print(i, x)
print(right((1 << 80) + 12345, 100)[::9])
print(right(-(1 << 63) - 1, 100)[::9])
print(right(-1, 50) == [-1] * 50, right(1 << 61, 70)[58:66])
print(errors(100))
print([bits(x) for x in (0, 1, 255, (1 << 62) - 1, (1 << 64) - 1, (1 << 130) - 1)])
print(hex(reverse(0x123456789abcdef, 64)), hex(reverse(0x1, 100)))
print(xorshift(500))
print(inverted(300))
print(booleans(300))
print(sieve(200))
total = 0
for i in range(200):
    total += (i << 60) >> 58
    total -= (-i << 70) >> 69
print(total)
