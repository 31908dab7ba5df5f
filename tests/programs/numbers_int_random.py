# Identities and results of int arithmetic on pseudo-random operands of many sizes.
def numbers():
    x = 12345
    while True:
        x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        bits = (x >> 32) % 200
        x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        n = (x * x * x) >> 3
        yield (n % 2**bits) * (-1 if x & 1024 else 1)


g = numbers()
total = 0
for i in range(1200):
    a, b, c = next(g), next(g), next(g)
    if b:
        q, r = divmod(a, b)
        assert q * b + r == a and (0 <= r < b or b < r <= 0), (a, b)
        assert q == a // b and r == a % b
        total ^= q ^ r
    s = abs(c) % 70
    assert a << s == a * 2**s and a >> s == a // 2**s, (a, s)
    assert a & b == ~(~a | ~b) and a ^ b == (a | b) - (a & b), (a, b)
    assert -a == ~a + 1 and (a - b) + b == a
    assert int(str(a)) == a and int(hex(a), 16) == a and int(bin(a), 2) == a and int(oct(a), 8) == a
    assert a.bit_length() == len(bin(abs(a))) - 2 or a == 0
    assert int.from_bytes(a.to_bytes(40, "little", signed=True), "little", signed=True) == a
    m = b * b + 3
    e = abs(c) % 1000
    p = pow(a, e, m)
    assert p == (a**e) % m, (a, e, m)
    assert (a < b) == (a - b < 0) and (a == b) == (not a - b)
    total = (total * 31 + a * b + p + hash(a)) % 2**256
    if i % 100 == 0:
        print(total, a, b, round(a, -5), a / m, float(a), a.bit_count())
print([float(2**k + 1) for k in range(50, 60)], [hash(2**k) for k in range(55, 70)], [hash(-(2**k)) for k in range(55, 70)])
