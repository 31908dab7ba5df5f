# Built-in functions that call back into Python from hot loops: map, filter, sorted, min, max, any, all, sum, reduce, iter.
import functools, operator

def callbacks(n):
    s = 0
    for i in range(n):
        s += sum(map(lambda x: x + i, range(3)))
        s += len(list(filter(lambda x: x % 2 == i % 2, range(5))))
        s += sorted(range(4), key=lambda x: (x - i) % 4)[0]
        s += min(range(5), key=lambda x: abs(x - i % 7)) + max((1, i, 3), key=lambda x: -x)
        s += any(x > i for x in range(50)) + all(x < i for x in range(5))
        s += functools.reduce(lambda a, b: a * 2 + b, (1, i % 2, 1))
        s += next(iter(lambda: i, -1))
    return s

def raising_callback(n):
    def f(x):
        if x == 3: raise LookupError(x)
        return x
    caught = 0
    for i in range(n):
        for g in (lambda: list(map(f, range(i % 6))), lambda: sorted(range(i % 6), key=f), lambda: sum(f(x) for x in range(i % 6)), lambda: max(map(f, range(1, i % 6 + 1))), lambda: any(f(x) > 9 for x in range(i % 6))):
            try: g()
            except LookupError: caught += 1
            except ValueError: caught += 1000
    return caught

def enumerate_zip(n):
    s = 0
    for (i, a), b in zip(enumerate(range(n), 5), reversed(range(n))): s += i * a - b
    for x in zip(range(n), range(n // 2), 'ab' * n): s += x[1] + len(x)
    for x, in zip(range(n)): s += x
    try:
        for x in zip(range(n), range(n - 1), strict=True): pass
    except ValueError as e: return s, str(e)

def kept_tuples(n):
    kept = []
    for t in enumerate('ab' * n):
        if t[0] % 30 == 0: kept.append(t)
    for t in zip(range(n), range(n)):
        if t[0] % 30 == 0: kept.append(t)
    return kept

def minmax(n):
    lo = hi = None
    for i in range(n):
        x = i * 37 % 101 - 50
        lo = x if lo is None else min(lo, x)
        hi = x if hi is None else max(hi, x)
    out = [lo, hi, min(1, 1.0), max(1, 1.0), max(1.0, 1), min(True, 1), max('a', 'b', 'ab'), min([3], [2, 5]), max((), default=7)]
    for bad in ((), (1, 'a')):
        try: max(bad)
        except (ValueError, TypeError) as e: out.append(str(e))
    return out

def sums(n):
    return sum([0.1] * n), sum(range(n), 5), sum([[1], [2]], []), sum([True] * n), sum((1 << 62, 1 << 62)), sum([0.5] * 10 + [1] * n), sum([1, 0.5, 1j])

def types(n):
    counts = {}
    values = [1, True, 1.0, 'x', None, [], (), {}, set(), len, int, types, 1j, b'', range(3)]
    for i in range(n):
        v = values[i % len(values)]
        k = type(v)
        counts[k.__name__] = counts.get(k.__name__, 0) + 1
        counts['number'] = counts.get('number', 0) + isinstance(v, (int, float, complex))
        counts['callable'] = counts.get('callable', 0) + callable(v)
        counts['exact'] = counts.get('exact', 0) + (type(v) is int)
        counts['sub'] = counts.get('sub', 0) + issubclass(k, int)
        counts['sized'] = counts.get('sized', 0) + hasattr(v, '__len__')
    return counts

def isinstance_changes(n):
    class M(type):
        strict = True
        def __instancecheck__(cls, x): return not M.strict
    class A(metaclass=M): pass
    class B: pass
    x, s = B(), 0
    for i in range(n):
        if i == 60: M.strict = False
        s += isinstance(x, A) + isinstance(x, B) * 10
        if i == 80: x = 5
    return s

def conversions(n):
    s = 0
    for i in range(n):
        s += int(i + 0.9) + float(i) + len(str(i)) + len(repr(i / 3)) + bool(i % 3) + int('7') + ord('a') + hash(i) + abs(-i) + round(i / 2) + len(tuple(range(i % 5))) + len(set('aab')) + complex(i).real
        s += len(list('abc')) + len(dict(a=1)) + int(True) + len(bytes(i % 4)) + callable(i) + (id(i) == id(i)) + len(divmod(i, 3))
        s += operator.add(i, 1) + operator.itemgetter(1)((i, 2)) + operator.attrgetter('real')(i) + operator.mul(i, 0.5)
    return s

def conversion_errors(n):
    texts = {}
    cases = [lambda: int('x'), lambda: float('y'), lambda: int([]), lambda: chr(-1), lambda: ord('ab'), lambda: len(5), lambda: abs('x'), lambda: round('x'), lambda: hash([]), lambda: iter(5), lambda: next([]), lambda: int('12', 1), lambda: range(0.5), lambda: sum(['a'])]
    for i in range(n):
        try: cases[i % len(cases)]()
        except Exception as e: texts[f'{type(e).__name__}: {e}'] = texts.get(f'{type(e).__name__}: {e}', 0) + 1
    return texts

print(callbacks(80), raising_callback(60), enumerate_zip(100))
print(kept_tuples(70), minmax(200))
print(sums(100))
print(types(150), isinstance_changes(100), conversions(80))
for k, v in conversion_errors(140).items(): print(v, k)
