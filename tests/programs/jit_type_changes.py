# Variables whose type changes while the loop is hot: int, float, str, tuple, None, and user classes.
class Money:
    def __init__(self, cents): self.cents = cents
    def __add__(self, other): return Money(self.cents + (other.cents if isinstance(other, Money) else other * 100))
    __radd__ = __add__
    def __mul__(self, k): return Money(self.cents * k)
    def __repr__(self): return f'Money({self.cents})'

def twice(x): return x + x

def stages():
    out = []
    for start in (1, 1.5, 'ab', (1,), [2], True, 1j, b'x', 1 << 70, Money(5)):
        for i in range(60):
            y = twice(start)
        out.append(y)
    return out

def mid_loop(n):
    x, log = 0, []
    for i in range(n):
        if i == n // 4: x = 0.5
        elif i == n // 2: x = ''
        elif i == 3 * n // 4: x = ()
        try:
            x = x + 1
        except TypeError:
            try:
                x = x + 'z'
            except TypeError:
                x = x + (i,)
        if i % (n // 8) == n // 8 - 1:
            log.append(x if not isinstance(x, (str, tuple)) else (type(x).__name__, len(x)))
    return log

def alternating(n):
    values = [1, 2.5, 'x', None, True, (1, 2), 10 ** 30]
    names = {}
    total = 0
    for i in range(n):
        v = values[i % 7]
        names[type(v).__name__] = names.get(type(v).__name__, 0) + 1
        if v:
            total += 1
        if v == 1:
            total += 10
        if v is None:
            total += 100
    return names, total

def money(n):
    total = 0
    for i in range(n):
        total = total + (Money(i) if i > 40 else i)
    return total

def none_until(n):
    best = None
    for i in range(n):
        x = (i * 37) % 101
        if best is None or x > best:
            best = x
    return best

def argument_types(n):
    def describe(x, y):
        if x < y: return 'less'
        return 'more' if x > y else 'same'
    pairs = [(1, 2), (2.0, 1), ('a', 'b'), ((1, 2), (1, 2)), ([3], [2]), (True, 2), (1 << 80, 1.0), ({1}, {1, 2})]
    out = []
    for p in pairs:
        for i in range(n):
            r = describe(*p)
        out.append(r)
    for i in range(n):
        try:
            describe(i, 'a' if i >= 60 else i + 1)
        except TypeError as e:
            return out, i, str(e)

def element_types(data):
    total = 0
    for x in data:
        total += x
    return total

print(stages())
print(mid_loop(160))
print(alternating(210))
print(money(100))
print(none_until(150))
print(argument_types(80))
print(element_types(range(100)), element_types([0.5] * 100), element_types([1] * 60 + [0.25] * 60))
print(element_types([True] * 60 + [1 << 62] * 60), element_types([1] * 50 + [1j] * 50))
