# Sets of ints come out in CPython's order, whatever happened to them.
def show(s):
    print(len(s), list(s))
show({3, 1, 2}); show({10, 5, 8, 3, 99, 1024, -1, -2}); show(set(range(20, 0, -1))); show({1 << 40, 1 << 50, 7, 1 << 62, 1 << 70})
show({0.5, 1.5, 2, 3.25, -7.5, 100.125})
s = set()
for i in range(60):
    s.add(i * 37 % 101)
show(s)
for i in range(0, 101, 3):
    s.discard(i)
show(s)
for i in range(200, 230):
    s.add(i)
show(s)
print([s.pop() for _ in range(10)])
show(s)
a = {i * i % 61 for i in range(40)}
b = {i * 3 % 61 for i in range(30)}
show(a); show(b)
show(a | b); show(b | a); show(a & b); show(b & a); show(a - b); show(b - a); show(a ^ b); show(b ^ a)
c = a.copy(); c |= b; show(c)
c = a.copy(); c &= b; show(c)
c = a.copy(); c -= b; show(c)
c = a.copy(); c ^= b; show(c)
c = set(a); c.update(range(100, 130), {1000}, (5, 6)); show(c)
c.difference_update(range(0, 120, 2)); show(c)
c.intersection_update(range(90, 2000)); show(c)
c.symmetric_difference_update([1, 2, 3, 101, 103]); show(c)
show(a.union([500, 400], {300: 1})); show(a.intersection(range(30), range(0, 60, 2))); show(a.difference([1, 4], {9})); show(a.symmetric_difference({1: 0, 2: 0}))
show(a.difference({1: 0, 4: 0})); show(a.difference(range(1000))); show({1, 2}.difference(set(range(1000)))); show(a.intersection({3: 1, 4: 1, 5: 1}))
show(frozenset(range(17))); show(frozenset(a)); show(set(dict.fromkeys(range(50, 20, -1)))); show(set([5, 3, 5, 1]))
big = set(range(0, 300000, 7))
print(len(big), list(big)[:20], sum(big))
for i in range(0, 300000, 14):
    big.remove(i)
print(len(big), list(big)[:10], list(big)[-5:])
big |= set(range(10))
print(list(big)[:15])
seed = 42
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) % (1 << 31)
    return (seed >> 8) % n
s = set()
check = 0
for step in range(20000):
    op = rnd(5)
    x = rnd(400) - 50
    if op < 3: s.add(x)
    elif op == 3: s.discard(x)
    elif s and step % 7 == 0: check = (check * 33 + s.pop()) % 1000000007
    if step % 500 == 0:
        for y in s: check = (check * 31 + y) % 1000000007
        s = s | {x, x + 1000}
        if len(s) > 300: s = set(list(s)[::2])
print(check, len(s))
