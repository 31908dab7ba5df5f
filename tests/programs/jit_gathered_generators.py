def squares(n):
    for i in range(n):
        yield i * i

def run():
    out = []
    for k in range(300):
        out.append((sum(squares(10)), len(set(i % 3 for i in range(8))), list(x + k for x in (1, 2, 3)), tuple(squares(4)), sorted(-i for i in range(5)), ",".join(str(i) for i in range(5))))
    return out
r = run()
print(r[0], r[-1], len(r))
print(sum(sum(r0[2]) for r0 in r))

# The same generator with other takers.
def takers(n):
    total = 0
    for _ in range(n):
        total += sum(squares(20))
        for x in squares(20):
            total += x
        it = squares(20)
        while (x := next(it, None)) is not None:
            total -= x
    return total
print(takers(200))

# What is taken stops fitting.
def big(n):
    for i in range(n):
        yield i << 55
print(sum(big(600)))
def mixed(n):
    for i in range(n):
        yield i if i < 450 else float(i)
print(sum(mixed(500)), len(set(mixed(500))))
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): return hash(self.v)
    def __eq__(self, o): return self.v == o.v
print(len(set(K(i % 7) for i in range(1000))))
def keys(n):
    for i in range(n):
        yield i if i % 50 else K(i)
for _ in range(5):
    print(len(set(keys(500))))
# Raising in the middle.
def raising(n):
    for i in range(n):
        if i == 490:
            raise ValueError(i)
        yield i
def attempt(f):
    try:
        return f(raising(500))
    except ValueError as e:
        tb = e.__traceback__
        lines = []
        while tb:
            lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
            tb = tb.tb_next
        return lines
for f in (list, set, sum, tuple, sorted):
    for _ in range(4):
        r = attempt(f)
    print(r)
def unhashable(n):
    for i in range(n):
        yield [] if i == 450 else i
for _ in range(3):
    try:
        set(unhashable(500))
    except TypeError as e:
        print(type(e).__name__)
import sys
def who(n):
    for i in range(n):
        yield sys._getframe().f_back.f_code.co_name
def outer():
    return set(who(500))
print(outer(), outer())
def nested(n):
    return sum(sum(j for j in range(i)) for i in range(n))
print(nested(100), nested(100))
def cut(n):
    for k in range(n):
        if sum(i for i in range(k % 4)) == 3:
            yield k
print(list(cut(50)), len(list(cut(2000))))
