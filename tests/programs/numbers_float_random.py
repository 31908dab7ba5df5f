# Results of float operations on many values.
values = [0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 123456789.125, 1e-5, 5e-324, 1.7976931348623157e308, 2.5, 3.5, -2.675, 1e22, 1e23, 1 / 3, 2.2250738585072014e-308, float("inf"), float("-inf"), float("nan")]
for x in values:
    print(x, repr(x), x.hex(), x.is_integer(), hash(x) if x == x else "", [round(x, n) for n in (0, 1, 2, -1, -2, 16, 300, -300)] if abs(x) < 1e300 else "")
    assert x != x or float.fromhex(x.hex()) == x
    if x == x and abs(x) != float("inf"):
        print(x.as_integer_ratio(), int(x) if abs(x) < 1e25 else "", x.__floor__() if abs(x) < 1e25 else "", x.__ceil__() if abs(x) < 1e25 else "")
for x in values:
    for y in values:
        row = [x + y, x - y, x * y, x == y, x < y, x <= y]
        if y:
            row += [x / y, x // y, x % y]
        try:
            row.append(x**y)
        except (OverflowError, ZeroDivisionError) as e:
            row.append(str(e))
        print(x, y, row)
for n in (2**53, 2**53 + 1, 2**63, 2**64 + 1, 10**30, -(10**30)):
    print([(n < x, n == x, n > x) for x in values], [(float(n) == n, float(n) < n, float(n) > n)])
for s in ("0x1.8p1", "0x.8p-1074", "-0x1.fffffffffffff8p1023", "0x1p-1075", "0x1.0000000000001p-1075", "0xfffffffffffff800000000000000000000000000000001p-5", "1.8", " 0X1P+3 ", "nan", "-inf", "0x", "0x1p", "p1", "1..2"):
    try:
        print(s, repr(float.fromhex(s)))
    except (ValueError, OverflowError) as e:
        print(s, e)
