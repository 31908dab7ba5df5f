# Iterators that compiled loops draw from: sets, dicts, str, reversed lists, zip and enumerate, and what they do at their ends.
def sets(n):
    s = {1, 5, 9, "x", (2, 3)}
    f = frozenset("abc")
    total = 0
    letters = []
    for i in range(n):
        for x in s:
            if isinstance(x, int):
                total += x
        for c in f:
            letters.append(c)
    return total, len(letters), sorted(set(letters))


def dicts(n):
    d = {"a": 1, "b": 2, "c": 3.5}
    total = 0
    names = []
    for i in range(n):
        for k in d:
            names.append(k)
        for v in d.values():
            total += v
        for k, v in d.items():
            total += v * len(k)
        for item in d.items():
            total += len(item)
    return total, len(names), item


def texts(n):
    total = 0
    for i in range(n):
        for c in "hällo":
            total += ord(c)
        for j, c in enumerate("abc", i):
            total += j if c == "b" else 0
    return total


def reversals(n):
    total = 0
    l = [3, 1.5, 2]
    for i in range(n):
        for x in reversed(l):
            total = total * 0.5 + x
        for x in reversed(range(3)):
            total += x
    return total


def zips(n):
    total = 0
    a, b = [1, 2, 3], (4, 5, 6)
    last = None
    for i in range(n):
        for x, y in zip(a, b):
            total += x * y
        for x, y, z in zip(a, range(10), "pqrs"):
            total += x + y + ord(z)
        for t in zip(b, a):
            last = t
        for x, k in zip(range(2), {"k": 1, "l": 2}):
            total += x + len(k)
    return total, last


def uneven(n):
    a = iter(range(n * 3 // 2))
    b = iter(list(range(n)))
    total = 0
    for x, y in zip(a, b):
        total += x - y
    return total, next(a), next(b, "end")


def uneven_other_way(n):
    a = iter(list(range(n)))
    b = iter(range(n + n // 2))
    total = sum(x - y for x, y in zip(a, b))
    return total, next(a, "end"), next(b)


def changed(n):
    s = set(range(n))
    d = {i: i for i in range(n)}
    count = 0
    try:
        for x in s:
            count += 1
            if count == n - 3:
                s.add(-1)
    except RuntimeError as e:
        print(e, count)
    count = 0
    try:
        for k, v in d.items():
            count += 1
            if count == n - 2:
                d["new"] = 1
    except RuntimeError as e:
        print(e, count)
    count = 0
    for k in d:
        count += 1
        d[k] = -1
    return count


def kept(n):
    pairs = []
    for pair in enumerate(range(n)):
        pairs.append(pair)
    for pair in zip(pairs, "x" * n):
        pairs.append(pair) if len(pairs) < 2 * n else None
    return len(pairs), pairs[0], pairs[-1]


def mixed(n):
    total = 0.0
    for x in [1, 2.5] * n:
        for v in {x: x}.values():
            total += v
    return total


class Loud:
    def __del__(self):
        log.append("gone")


log = []


def last_reference(n):
    for i in range(n):
        for x in {Loud()}:
            log.append("body")
        x = None
        log.append("end")
    return log[:6], len(log)


print(sets(150))
print(dicts(150))
print(texts(150))
print(reversals(60))
print(zips(150))
print(uneven(200))
print(uneven_other_way(200))
print(changed(200))
print(kept(200))
print(mixed(200))
print(last_reference(100))


def one_iterator_twice(n):
    total = 0
    for k in range(n):
        # The loop is compiled for two iterators, then gets one that is both.
        a = iter([1, 2, 3, 4, 5, 6])
        b = a if k % 3 == 2 else iter([10, 20, 30, 40])
        for x, y in zip(a, b):
            total = (total * 31 + x - y) % 1000003
    return total


print(one_iterator_twice(200))
