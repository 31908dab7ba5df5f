# Floor division, modulo and divmod in hot loops: every pair of signs, zero, and the ends of the range.
def signs(n):
    rows = []
    for d in (7, -7, 1, -1, 2, -2, 1 << 40, -(1 << 40)):
        q = r = 0
        for x in range(-n, n):
            q += x // d
            r += x % d
            assert (x // d) * d + x % d == x
            assert divmod(x, d) == (x // d, x % d)
        rows.append((d, q, r))
    return rows

def zero(n):
    caught = []
    for x in range(n):
        d = 5 - x % 11
        try:
            x // d
        except ZeroDivisionError as e:
            caught.append((x, str(e)))
        try:
            x % d
        except ZeroDivisionError as e:
            caught.append((x, str(e)))
        try:
            x / d
        except ZeroDivisionError as e:
            caught.append((x, str(e)))
    return caught[:6], len(caught)

def lowest(n):
    results = set()
    for shift in range(60, 66):
        lo = -(1 << shift)
        for i in range(n):
            results.add((lo // -1, lo % -1, lo // (lo + 1), lo % (lo + 1), lo // (1 << 61), lo % ((1 << 61) - 1)))
    return sorted(results)

def digits(x):
    out = []
    while x:
        x, d = divmod(x, 10)
        out.append(d)
    return out

def gcd(a, b):
    while b:
        a, b = b, a % b
    return a

def collatz(n):
    longest = (0, 0)
    for start in range(1, n):
        x, steps = start, 0
        while x != 1:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
        longest = max(longest, (steps, start))
    return longest

def power(n, m):
    result, base, e = 1, 3, n
    while e:
        if e % 2:
            result = result * base % m
        base = base * base % m
        e //= 2
    return result

def floats(n):
    total = 0.0
    for x in range(-n, n):
        y = x + 0.5
        total += y // 3 + y % 3 + y // -3 + y % -3 + y % 0.75
    return total

print(signs(60))
print(zero(100))
for row in lowest(40):
    print(row)
print(sum(digits(3 ** 200)), len(digits(7 ** 300)))
print(sum(gcd(a, b) for a in range(1, 40) for b in range(-20, 40) if b))
print(collatz(200))
print(power(10 ** 50, 1000003), pow(3, 10 ** 50, 1000003))
print(floats(150))
print([x % 2.5 for x in (5, -5, 5.5, -5.5, 0.0, -0.0)], [-0.0 % 3, 0.0 % -3.0, -1e-300 % 3])
