# Comprehensions, unpacking, slices and starred assignment in hot loops.
def comprehensions(n):
    a = [i * i for i in range(n) if i % 3]
    b = {i % 17: i for i in range(n)}
    c = {i * i % 23 for i in range(n)}
    d = [(i, j) for i in range(n // 10) for j in range(i) if (i + j) % 2]
    e = [[j for j in range(i)] for i in range(n // 10)]
    f = [x if x > 5 else -x for row in e for x in row]
    g = sum(x * y for x, y in zip(a, a[1:]))
    h = [y := 0, *(y := y + i for i in range(n))]
    return sum(a), b[3], sorted(c), len(d), d[-1], sum(map(len, e)), sum(f), g, y, len(h)

def in_loop(n):
    s = 0
    for i in range(n):
        s += len([j for j in range(i % 10)]) + sum([i for i in range(3)]) + len({k: i for k in 'abc'})
        i += 1
        s += [i for _ in range(1)][0]
    return s

def conditions(n):
    log = []
    def f(x):
        log.append(x)
        return x % 2
    r = [x for x in range(n) if f(x) if x % 3 if not f(-x) or x > 50]
    return r[:5], len(r), len(log)

def raising(n):
    for bad in ([1] * 60 + [0], [1] * 60 + ['x'], [1] * 60 + [None]):
        try: [10 // x for x in bad]
        except (ZeroDivisionError, TypeError) as e: yield str(e), e.__traceback__.tb_lineno - e.__traceback__.tb_frame.f_code.co_firstlineno

def swap(n):
    a, b, c = 1, 2.5, 'x'
    for i in range(n):
        a, b, c = b, c, a
    data = list(range(10))
    for i in range(n):
        j, k = i % 10, i * 7 % 10
        data[j], data[k] = data[k], data[j]
        [x, (y, *z)] = i, (data[0], *data[:3])
    return (a, b, c), data, x, y, z

def starred(n):
    s = 0
    for i in range(n):
        first, *middle, last = range(i % 6 + 2)
        s += first + len(middle) * 10 + last
        head, *tail = 'abcd'[: i % 4 + 1]
        s += len(tail)
        (p, q), r = [(i, i + 1), i]
        s += p - q + r
    return s

def unpack_errors(n):
    texts = {}
    sources = [[1], [1, 2, 3], 'abcd', {1: 2}, 5, range(9), iter([1]), (1, 2), None]
    for i in range(n):
        try: a, b = sources[i % 9]
        except (ValueError, TypeError) as e: texts[str(e)] = texts.get(str(e), 0) + 1
        try: a, b, *c = sources[i % 9]
        except (ValueError, TypeError) as e: texts[str(e)] = texts.get(str(e), 0) + 1
    return texts

def slices(n):
    data = list(range(50))
    t, text, out = tuple(data), 'abcdefghij' * 5, 0
    for i in range(n):
        k = i % 60 - 5
        out += sum(data[k:]) + sum(t[:k]) + len(text[k:k + 7]) + sum(data[::k or 1][:3]) + len(data[-k:k]) + sum(data[k::-2])
        out += len(range(100)[k:-k]) + len(b'abcdef'[k:])
    return out

def slice_assignment(n):
    data = []
    for i in range(n):
        data[i % 7:i % 3] = [i, i + 1]
        if len(data) > 20: del data[::3]
        if i % 10 == 0: data[::2] = [0] * len(data[::2])
        try: data[::2] = [1]
        except ValueError as e: text = str(e)
    return data, text

def augmented(n):
    data, d, log = [0, 1.5, 'x', [1]], {'k': 0}, []
    def index(i):
        log.append(i)
        return i
    for i in range(n):
        data[index(0)] += i
        data[1] *= 1.01
        data[2] += 'y'
        data[3] += [i]
        d['k'] -= i
        t = ([],)
        try: t[0] += [1]
        except TypeError as e: text = str(e)
    return data[0], round(data[1], 6), len(data[2]), len(data[3]), d, len(log), t, text

def sort_keys(n):
    words = [f'{i * 7919 % 101:03}' for i in range(n)]
    return sorted(words, key=lambda w: (w[::-1], w))[:5], max(words, key=lambda w: w[1]), min(range(n), key=lambda i: (i - 50) ** 2), sorted(range(n), key=lambda i: i % 5)[:7]

print(comprehensions(100), in_loop(80), conditions(100))
print(*raising(0))
print(swap(100), starred(120))
for k, v in unpack_errors(90).items(): print(v, k)
print(slices(150), slice_assignment(60))
print(augmented(80), sort_keys(100))
