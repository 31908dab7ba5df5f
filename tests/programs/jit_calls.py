# Calls in hot loops: defaults, keywords, star-arguments, wrong calls, lambdas, and functions changed while hot.
def three(a, b=2, *, c=3): return a * 100 + b * 10 + c
def star(a, *rest, k=0, **kw): return (a, rest, k, tuple(sorted(kw.items())))
def posonly(a, b, /, c=5): return a - b + c

def shapes(n):
    s = 0
    for i in range(n):
        s += three(i) + three(i, 1) + three(i, b=1) + three(c=1, a=i) + three(b=i, a=1, c=0) + posonly(i, 1) + posonly(i, 2, c=i)
    return s

def stars(n):
    last = None
    args, kw = (1, 2), {'x': 1, 'y': 2}
    for i in range(n):
        last = star(i), star(i, *args), star(*args, i, k=i), star(i, **kw), star(*args, *args, z=i, **kw)
        three(*(i,)); three(*[i, 1], **{'c': 2})
    return last

def wrong(n):
    texts = {}
    calls = [lambda: three(), lambda: three(1, 2, 3), lambda: three(1, d=4), lambda: posonly(a=1, b=2), lambda: three(1, 2, b=3), lambda: three(1)]
    for i in range(n):
        try:
            calls[i % 6]()
        except TypeError as e:
            texts[str(e)] = texts.get(str(e), 0) + 1
    return texts

def mutable_default(n):
    def f(x, seen=[]):
        seen.append(x)
        return len(seen)
    total = 0
    for i in range(n):
        total += f(i)
    return total, len(f.__defaults__[0])

def swap_defaults(n):
    def f(x, y=1, *, z=1): return x + y * z
    out = []
    for i in range(n):
        if i == 50: f.__defaults__ = (1000,)
        if i == 80: f.__kwdefaults__ = {'z': -1}
        out.append(f(i))
    return out[48:52], out[79:82]

def swap_code(n):
    def f(x): return x + 1
    def g(x): return x * 2
    total, steps = 0, []
    for i in range(n):
        if i == 60: f.__code__ = g.__code__
        total += f(i)
        if i in (59, 60): steps.append(total)
    return total, steps

def rebound(n):
    f = lambda x: x
    out = 0
    for i in range(n):
        if i == 40: f = lambda x: -x
        if i == 80: f = abs
        if i == 100: f = str
        if i == 120: f = lambda x, y=i: x * y
        out += int(f(i))
    return out

def from_table(n):
    table = [lambda x: x + 1, lambda x: x * 2, lambda x: x // 3, abs, int, lambda x, y=7: x ^ y]
    x = 0
    for i in range(n):
        x = table[i % 6](x)
    return x

def builtins(n):
    total = 0
    for i in range(n):
        total += len('x' * (i % 7)) + abs(-i) + min(i, 10) + max(i, 20, 30) + ord(chr(i + 40)) + int(str(i)) + sum((i, i)) + isinstance(i, int) + bool(i % 2)
        total += round(i / 3) + divmod(i, 7)[1] + pow(i, 2, 13) + hash(i) + (sorted([i, 5, 3])[0])
    return total

def higher(f, n): return [f(f, i) for i in range(n)]
def depth(f, i): return 0 if i == 0 else 1 + f(f, i - 1)

def many(a, b, c, d, e, f, g, h): return (a, b, c, d, e, f, g, h)
def order(n):
    log = []
    def v(x):
        log.append(x)
        return x
    for i in range(n):
        log.clear()
        r = many(v(1), v(2), *[v(3), v(4)], h=v(5), **{'e': v(6), 'f': v(7)}, g=v(8))
    return log, r

print(shapes(200))
print(stars(100))
print(wrong(120))
print(mutable_default(100))
print(swap_defaults(120), swap_code(100))
print(rebound(150), from_table(200), builtins(150))
print(sum(higher(depth, 60)))
print(order(80))
