# Integer arithmetic in hot loops that leaves the small range halfway, and comes back.
def doubling(n):
    x, seen = 1, []
    for i in range(n):
        x = x * 2 + (i & 1)
        if i in (60, 61, 62, 63, 64, n - 1):
            seen.append(x)
    return seen

def down_and_up(n):
    x = (1 << 62) - 50
    low = high = x
    for i in range(n):
        x = x + 1 if i % 200 < 100 else x - 1
        low, high = min(low, x), max(high, x)
    return low, high, x

def negative(n):
    x = -(1 << 62) + 30
    for i in range(n):
        x -= 1
    return x, x + (1 << 62)

def factorial(n):
    result = 1
    i = n
    while i > 1:
        result *= i
        i -= 1
    return result

def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a

def squares(n):
    x, trail = 3, []
    for i in range(n):
        x = x * x
        if x > 1 << 200:
            trail.append(x.bit_length())
            x = x % 1000003 | 1
    return x, trail[:5], len(trail)

def counters(n):
    a, b, c = (1 << 63) - 40, -(1 << 63) + 40, (1 << 64) - 40
    for i in range(n):
        a += 1
        b -= 1
        c += 1
    return a, b, c, a + b, c - a

def negate(n):
    hits = 0
    x = -(1 << 62) - 3
    for i in range(n):
        y = -x
        if y + x == 0:
            hits += 1
        if abs(x) == abs(y):
            hits += 1
        x += 1
    return x, hits

def mixed_mask(n):
    h = 0xcbf29ce484222325
    for i in range(n):
        h = ((h ^ (i & 255)) * 0x100000001b3) & 0xffffffffffffffff
    return hex(h)

def lcg(n):
    state, out = 12345, 0
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        out ^= state >> 33
    return state, out

print(doubling(120))
print(down_and_up(500))
print(negative(300))
print(factorial(100))
print(fib(300))
print(squares(200))
print(counters(100))
print(negate(300))
print(mixed_mask(400))
print(lcg(400))
for width in 61, 62, 63, 64, 65:
    x, total = (1 << width) - 100, 0
    for i in range(200):
        x += 1
        total += x % 7
    print(width, x - (1 << width), total)
