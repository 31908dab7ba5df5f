# Dicts and sets in compiled loops: keys whose comparison runs Python code, changes under way, missing keys, dropped values.
class K:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        log.append(type(other).__name__)
        return self.n == (other.n if isinstance(other, K) else other)


class Loud:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        log.append(self.n)


log = []


def lookups(d, n):
    total = 0
    for i in range(n):
        total += d[i % 7] + d.get(i % 11, 100) + d.get(i % 9 + 500, -1)
        if i % 10 in d:
            total += 1
        if i % 13 not in d:
            total += 1000
    return total


def names(d, words, n):
    total = 0
    for i in range(n):
        w = words[i % len(words)]
        if w in d:
            total += d[w]
        else:
            d[w] = i
        d[w] += d.get("x" + w, 3)
    return total


def stores(d, n):
    for i in range(n):
        d[i % 5] = Loud(i)
        if i % 50 == 49:
            d[K(2)] = i
            log.append(len(d))
    return sorted(str(k) if isinstance(k, int) else "K" for k in d)


def members(s, f, n):
    hits = 0
    for i in range(n):
        hits += (i % 17 in s) + (str(i % 19) in s) * 10 + (i % 7 not in f) * 100
    return hits


plain = {i: i * i for i in range(12)}
print(lookups(plain, 300))
odd = {i: i * i for i in range(7)}
odd[K(7)] = 7
odd[K(8)] = 8
print(lookups(odd, 300), len(log))
log.clear()
print(lookups({float(i): i for i in range(8)} | {True: 50, 2.0: 60}, 300), log)

d = {}
print(names(d, ["a", "b", "cc", "a" + "b", "ab"], 300), d)
print(stores({}, 130), len(log), log[:3], log[-4:])
log.clear()
print(members({1, 2, "3", 16, K(5)}, frozenset([1, 3, 5]), 400), len(log))


def missing(d, n):
    caught = 0
    for i in range(n):
        try:
            caught += d[i % 8]
        except KeyError as e:
            caught += e.args[0] * 1000
    return caught


print(missing({i: 1 for i in range(6)}, 400))


class Default(dict):
    def __missing__(self, key):
        return key * 10


print(missing(Default({1: 1}), 400), missing({True: 2, 0: 3, 2: 4, 3: 5, 4: 6, 5: 7, 6: 8, 7: 9}, 400))


def globals_change(n):
    total = 0
    g = globals()
    for i in range(n):
        total += step
        if i % 40 == 39:
            g["step"] = i
    return total


step = 1
print(globals_change(300), step)
print({1: 2}[1], hash(-1) == hash(-2), {-1: "a", -2: "b"}[-2])


def collide(n):
    d, out = {}, 0
    for i in range(n):
        d[-1 - i % 2] = i
        d[(i % 3) - (2**61 - 1)] = i
        out += d[-1] + len(d)
    return out, sorted(d)


print(collide(200))


def large(n):
    s, d, hits = {2**62 - 1, -(2**61), 5}, {2**61 - 1: "p", -(2**61): "q", 2**62 - 2: "r"}, 0
    for i in range(n):
        k = (2**62 - 1, -(2**61), 2**61 + i % 3, 0)[i % 4]
        hits += (k in s) + 10 * (k in d) + 100 * len(d.get(k - 1 + i % 2, "none"))
    return hits, hash(2**62 - 1), hash(-(2**61)), hash(1 - 2**61)


def floats(n, top):
    total = 0.0
    for i in range(n):
        if top > total:
            total += 0.5
        top = -top if i % 50 == 49 else top
    return total


print(large(400), floats(400, 1e300), floats(400, float("inf")))


def subsets(sets, n):
    count = [0, 0, 0]
    for i in range(n):
        a, b = sets[i % len(sets)], sets[i * 7 % len(sets)]
        if a <= b:
            count[0] += 1
        if a >= b:
            count[1] += 1
        if a <= b and b <= a:
            count[2] += 1
    return count


small = [frozenset(), {1}, {1, 2}, frozenset([2, 1]), {"a", 1}, {10**18, 2}, set(range(40)), frozenset("abc")]
print(subsets(small, 400))
log.clear()
print(subsets(small + [{K(1), K(2)}, {1.0}, {(1, 2)}, {(1, 2), 1}], 400), len(log) > 0)
