# Slices of lists in hot loops: every kind of bound, virtual slice objects, and what is no int.
def bounds(n):
    out = 0
    for i in range(n):
        x = [0, 1, 2, 3, 4, 5, 6, 7]
        k = i % 12 - 2
        out += len(x[k:]) + len(x[:k]) * 3 + sum(x[k::-1]) + sum(x[::2]) + sum(x[-3:k])
        x[: k + 1] = x[k::-1]
        out += sum(x) + len(x)
        out += sum(x[:])
    return out


print(bounds(600))


def steps(x, step, n):
    t = 0
    for i in range(n):
        t += len(x[::step])
        step += 1
    return t


print(steps(list(range(50)), 1, 400))
try:
    print(steps(list(range(50)), -300, 400))
except ValueError as e:
    print(e)


class Index:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        return self.n


def indices(n):
    t = 0
    x = list(range(30))
    for i in range(n):
        t += len(x[Index(i % 7) :]) + len(x[True : i % 20])
        s = slice(i % 5, None)
        t += len(x[s]) + len(x[: 1 << 80])
    return t


print(indices(400))


def kept(n):
    seen = []

    class Recorder:
        def __getitem__(self, key):
            if key.start % 61 == 60:
                seen.append(key)
            return key.start + (key.step or 0)

    r = Recorder()
    t = 0
    for i in range(n):
        t += r[i:] + r[i:9:2]
    return t, seen


print(kept(300))


def other(n):
    t = 0
    for i in range(n):
        t += len("abcdef"[i % 3 :]) + len((1, 2, 3)[: i % 4]) + len(b"abc"[i % 3 :: -1])
    return t


print(other(400))
