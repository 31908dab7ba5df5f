# Dicts and sets in hot loops: keys of every kind, growth, deletion, and keys with their own __eq__ and __hash__.
def histogram(n):
    d = {}
    for i in range(n):
        k = i * i % 31
        d[k] = d.get(k, 0) + 1
        if k in d: d[k] += 1
        if (k, i) not in d: d.setdefault('seen', []).append(i)
    return d

def key_kinds(n):
    d, keys = {}, [1, 1.0, True, 'a', (1, 2), None, 2.5, 10 ** 20, b'a', frozenset([1]), -1, -2, 0, '']
    for i in range(n):
        k = keys[i % len(keys)]
        d[k] = d.get(k, 0) + i
    return d

def grow_shrink(n):
    d, log = {}, []
    for i in range(n):
        d[i] = i
        if i % 3 == 2:
            del d[i]
            d.pop(i - 2, None)
        if i % 50 == 49: log.append((len(d), next(iter(d)), d.popitem()))
    return log, list(d)[:5]

def missing(n):
    d, errors = {i: i for i in range(50)}, 0
    for i in range(n):
        try: d[i]
        except KeyError as e: errors += e.args[0]
        try: del d[i % 70]
        except KeyError as e: errors += 1
    return errors, len(d)

def unhashable(n):
    texts = set()
    for i in range(n):
        for k in ([], {}, {1}, (1, [])):
            try: {k: 1} if i % 2 else {}[k]
            except TypeError as e: texts.add(str(e))
    return sorted(texts)

class Key:
    log = []
    def __init__(self, k): self.k = k
    def __hash__(self): return self.k % 4
    def __eq__(self, o):
        Key.log.append((self.k, o.k))
        return self.k == o.k
def own_keys(n):
    d = {}
    for i in range(n): d[Key(i % 11)] = i
    return len(d), len(Key.log), Key.log[:6], [k.k for k in d]

def key_mutates(n):
    class Evil:
        def __init__(self, d): self.d = d
        def __hash__(self): return hash('x')
        def __eq__(self, o):
            if len(self.d) < 200: self.d[f'new{len(self.d)}'] = 1
            return False
    d = {'x': 1}
    for i in range(n):
        d.get(Evil(d))
        'x' in d
    return len(d) > 1

def sets(n):
    s, out = set(), 0
    for i in range(n):
        s.add(i % 40)
        out += i in s
        out += (i * 3) not in s
        s.discard(i * 7 % 40)
        if i % 30 == 0:
            out += len(s & {1, 2, 3}) + len(s | {100}) + len(s - {5}) + len(s ^ {6}) + (s <= set(range(40)))
    return out, sorted(s)

def graph(n):
    edges = {i: [(i * 3 + 1) % n, (i * 7 + 2) % n] for i in range(n)}
    seen, queue, order = {0}, [0], []
    while queue:
        node = queue.pop(0)
        order.append(node)
        for m in edges[node]:
            if m not in seen:
                seen.add(m)
                queue.append(m)
    return len(order), order[:10]

def nested(n):
    d = {}
    for i in range(n):
        d.setdefault(i % 3, {}).setdefault(i % 5, []).append(i)
    total = 0
    for a, inner in d.items():
        for b, values in inner.items():
            for v in values: total += a * b * v
    return total, sorted(d)

def merging(n):
    a = {}
    for i in range(n):
        a = {**a, i % 10: i} if i % 2 else a | {str(i % 4): i}
        a |= {'last': i}
        a.update(k=i)
    return a

def views(n):
    d, s = {i: str(i) for i in range(n)}, 0
    for i in range(n):
        s += (i in d.keys()) + (str(i) in d.values()) + ((i, str(i)) in d.items())
    return s, len(d.keys() & range(5)), list(d.items())[-1], list(reversed(d))[0]

def string_keys(n):
    d = {}
    for i in range(n):
        d['k' + str(i % 20)] = i
        d[f'k{i % 20}'] += 1
    return d['k7'], len(d), 'k19' in d, list(d)[:3]

def int_float_keys(n):
    d = {}
    for i in range(n):
        d[i * 0.5] = i
        d[i] = -i
        d[i << 61] = i
    return len(d), d[10], d[10.0], d[10.5], d[1 << 61], d.get(float(1 << 70))

for f in histogram, key_kinds, grow_shrink, missing, unhashable, own_keys, key_mutates, sets, graph, nested, merging, views, string_keys, int_float_keys:
    print(f.__name__, f(110))
