# Containers that change while a hot loop walks over them.
def append_some(n):
    data, seen = list(range(n)), 0
    for x in data:
        seen += 1
        if x % 3 == 0 and len(data) < 3 * n:
            data.append(x + 1)
    return seen, len(data)

def remove_some(n):
    data, seen = list(range(n)), []
    for x in data:
        seen.append(x)
        if x % 4 == 0:
            data.remove(x)
    return len(seen), len(data), sum(seen)

def clear_late(n):
    data, seen = list(range(n)), 0
    for x in data:
        seen += 1
        if x == n - 10:
            data.clear()
    return seen, data

def pop_front(n):
    data, seen = list(range(n)), []
    for x in data:
        seen.append(x)
        data.pop(0)
    return seen[:5], len(seen), data[0]

def replace_slice(n):
    data, total = list(range(n)), 0
    for i, x in enumerate(data):
        total += x
        if i == 60:
            data[50:] = ['a'] * 0 + [1000] * 5
        if i == 30:
            data[40:50] = [0.5] * 20
    return total, len(data)

def change_types(n):
    data, out = list(range(n)), []
    for i, x in enumerate(data):
        out.append(type(x).__name__[0])
        if i + 1 < n:
            data[i + 1] = (i, float(i), str(i), None)[i // 25 % 4]
    return ''.join(out)

def dict_resize(n):
    d = {i: i for i in range(n)}
    count = 0
    try:
        for k in d:
            count += 1
            if k == 70:
                d['new'] = 1
    except RuntimeError as e:
        return count, str(e)

def dict_values_replaced(n):
    d = {i: i for i in range(n)}
    total = 0
    for k, v in d.items():
        total += v
        if k + 1 in d:
            d[k + 1] = v * 2 % 1009
    return total

def dict_delete_and_insert(n):
    d = {i: i for i in range(n)}
    try:
        for i, k in enumerate(d):
            if i == 50:
                del d[k]
                d[k + 1000] = 0
    except RuntimeError as e:
        return i, str(e), len(d)
    return i, len(d)

def set_resize(n):
    s = set(range(n))
    try:
        for i, x in enumerate(s):
            if i == 60:
                s.add(-1)
    except RuntimeError as e:
        return i, str(e)

def exhausted(n):
    data = list(range(n))
    it = iter(data)
    first = 0
    for x in it:
        first += 1
    data.extend(range(50))
    second = 0
    for x in it:
        second += 1
    return first, second

def index_while(n):
    data = list(range(n))
    i = 0
    while i < len(data):
        if data[i] % 2:
            del data[i]
        else:
            i += 1
    return len(data), data[:4]

def out_of_range(n):
    data = list(range(n))
    out = []
    for i in range(-n - 20, n + 20):
        try:
            out.append(data[i])
        except IndexError as e:
            out.append(-1)
            text = str(e)
        if i == 20:
            del data[n // 2:]
    return out.count(-1), sum(out), text

def shared(n):
    rows = [[0] * 3] * 4
    for i in range(n):
        rows[i % 4][i % 3] += i
    return rows

print(append_some(60), remove_some(100), clear_late(90), pop_front(150))
print(replace_slice(100))
print(change_types(130))
print(dict_resize(100), dict_values_replaced(200), dict_delete_and_insert(100), set_resize(100))
print(exhausted(80), index_while(150), out_of_range(100))
print(shared(120))
