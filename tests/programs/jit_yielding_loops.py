# Loops that yield now and then, or every time after much else, with and without a loop that takes what they yield.
def primes(n):
    for i in range(2, n):
        for j in range(2, i):
            if i % j == 0:
                break
        else:
            yield i


def long_way(n):
    i = 0
    while i < n:
        a = i * 3 % 17
        b = a * a - i
        c = (a + b) * (a - b) % 1001
        d = [a, b, c]
        d[0], d[2] = d[2], d[0]
        e = sum(d) + len(d) + max(a, b) + min(b, c)
        if e % 2:
            e += 1
        else:
            e -= 1
        i += 1
        yield tuple(x + e for x in d)


def chosen(items):
    for x in items:
        if x % 5 == 0:
            got = yield x
            if got:
                yield got


def stopped(n):
    try:
        for i in range(n):
            if i % 100 == 7:
                yield i
    finally:
        log.append("closed")


log = []
print(sum(primes(400)), list(primes(30)))
total = 0
for t in long_way(2000):
    total += t[0] - t[1] + t[2]
print(total)
g = long_way(3000)
while True:
    try:
        last = next(g)
    except StopIteration:
        break
print(last)
g = chosen(range(4000))
out = []
send = None
while True:
    try:
        out.append(g.send(send))
    except StopIteration:
        break
    send = out[-1] + 1 if len(out) % 3 == 0 else None
print(len(out), out[:8], out[-3:])
for k in range(4):
    g = stopped(3000)
    print([next(g) for _ in range(20)][-1])
    g.close()
    print(log)


def combined(n):
    s, t = {1, 2, "a"}, frozenset((2, "a", 9))
    mixed = {1.5, 2}
    total = 0
    for i in range(n):
        u = s | t
        total += len(s & t) + len(s - t) + len(u) + len(t - s) + len(mixed & s)
        u &= s
        t |= {i % 3}
        s.add(i % 5)
        if i == n // 2:
            s = {(1, 2), 7}
    return total, sorted(map(str, t)), sorted(map(str, s))


print(combined(500))
