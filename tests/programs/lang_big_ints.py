# Big integers: arithmetic identities, conversion, shifts, powers, roots, and boundaries.
import math
def check(a, b):
    q, r = divmod(a, b)
    assert q * b + r == a and (r == 0 or (r < 0) == (b < 0)) and abs(r) < abs(b)
    assert (a + b) - b == a and (a * b) // b == a and (a ^ b) ^ b == a and (a & b) + (a | b) == a + b and ~a == -a - 1
    return q, r
values = [s * v for e in (1, 29, 30, 31, 59, 60, 61, 62, 63, 64, 65, 127, 128, 200, 500) for v in (2 ** e - 1, 2 ** e, 2 ** e + 1, 10 ** (e // 3 + 1)) for s in (1, -1)]
h = 0
for i, a in enumerate(values):
    for b in values[i % 3::7]:
        q, r = check(a, b)
        h = (h * 31 + q + r + hash(a) + (a < b) + (a == b)) % (10 ** 15 + 37)
print(h)
print(2 ** 200, -3 ** 101, 7 ** 77 % 10 ** 9, pow(3, 10 ** 20, 10 ** 18 + 9), pow(7, -1, 10 ** 9 + 7), math.factorial(40), math.comb(100, 50), math.gcd(2 ** 100 - 1, 3 ** 50), math.lcm(10 ** 20, 15), math.isqrt(10 ** 51), math.perm(30, 12))
print((1 << 100) >> 37, -(1 << 100) >> 37, (-1) >> 1000, (2 ** 70).bit_length(), (-2 ** 70 + 1).bit_count(), hex(-2 ** 70), oct(2 ** 64), bin(2 ** 65 + 5), f'{2 ** 90:,}', f'{-2 ** 90:x}', f'{10 ** 25:e}')
print(int('123456789' * 10), int('-0x' + 'f' * 30, 16), int('z' * 20, 36), int('1' * 70, 2), int(1e22), int(-1.5e300) % 1000, float(10 ** 300), 10 ** 22 == 1e22, 10 ** 23 == 1e23, 2 ** 1023 < 1.7e308, 2 ** 64 / 2 ** 63, 10 ** 400 // 10 ** 398, 10 ** 400 / 10 ** 399)
print((2 ** 100).to_bytes(16, 'big').hex(), (-2 ** 70).to_bytes(10, 'little', signed=True).hex(), int.from_bytes(bytes(range(20)), 'big'), int.from_bytes(b'\xff' * 9, 'little', signed=True), hash(2 ** 61 - 1), hash(2 ** 61), hash(-2 ** 61), round(12345678901234567890, -5), round(-15, -1), (10 ** 30).as_integer_ratio(), (5).conjugate())
for f in (lambda: float(10 ** 400), lambda: 10 ** 400 / 3, lambda: 1 << -1, lambda: (256).to_bytes(1, 'big'), lambda: int('1' * 5000), lambda: str(10 ** 5000), lambda: pow(2, -1, 4), lambda: math.isqrt(-1), lambda: 5 % 0, lambda: 2 ** 70 // 0, lambda: (-1).to_bytes(2, 'big'), lambda: 1.5 << 2, lambda: int('12 3')):
    try: print(f())
    except (OverflowError, ValueError, ZeroDivisionError, TypeError) as e: print(type(e).__name__, e)
def pi(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    out = ''
    while len(out) < n:
        if 4 * q + r - t < m * t:
            out += str(m)
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return out
print(pi(100))
def root(n, k):
    lo, hi = 0, 1 << (n.bit_length() // k + 1)
    while lo < hi:
        mid = (lo + hi + 1) // 2
        if mid ** k <= n: lo = mid
        else: hi = mid - 1
    return lo
print([root(10 ** 60 + i, k) for i in range(2) for k in (2, 3, 5)], sum(int(d) for d in str(2 ** 1000)), sum(range(10 ** 20, 10 ** 20 + 50)))
print(sum(x * x for x in range(2 ** 62 - 30, 2 ** 62 + 30)), [x for x in range(10 ** 30, 10 ** 30 + 10, 3)], len(range(-2 ** 63, 2 ** 62, 2 ** 60)), (2 ** 70) in range(0, 2 ** 80, 2 ** 10))
