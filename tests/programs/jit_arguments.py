# Arguments of inlined calls: keywords, defaults, *args and **kwargs, in functions, methods and classes.
def keywords(a, b=2, *, c=3, d):
    return a * 1000 + b * 100 + c * 10 + d


def gathers(a, *rest, k=1):
    return a, rest, k, len(rest)


def takes_all(*args, **kwargs):
    return len(args), sorted(kwargs)


def only(a, b, /, c):
    return a - b * c


class Point:
    def __init__(self, x=0, y=0, *, scale=1):
        self.x = x * scale
        self.y = y * scale

    def moved(self, dx=0, *, dy=0):
        return Point(self.x + dx, y=self.y + dy)

    def __call__(self, n, *, times=1):
        return (self.x + n) * times


def spread(f, n):
    total = 0
    for i in range(n):
        total += f(*(i, 1), **{})
    return total


def loop(n):
    total = 0
    seen = None
    p = Point(1, 2)
    for i in range(n):
        total += keywords(i, d=4) + keywords(1, d=i, b=5) + keywords(c=1, a=2, d=3)
        total += only(i, 2, c=3)
        seen = gathers(i), gathers(i, 1, 2), gathers(1, i, k=i)
        total += sum(seen[1][1])
        q = Point(i, scale=2)
        p = q.moved(1, dy=2).moved(dy=1)
        total += p.x - p.y + p(i, times=2)
        total += takes_all(i, 1)[0]
        if i % 100 == 0:
            print(takes_all(i, x=1, y=2))
    return total, seen, p.x, p.y


def defaults_of_closures(n):
    def make(k):
        def f(x, y=k, *, z=-k):
            return x + y * z

        return f

    total = 0
    for i in range(n):
        total += make(i)(1)
    return total


def changing(n):
    def f(*, a=1):
        return a

    total = 0
    for i in range(n):
        total += f()
        if i % 50 == 49:
            f.__kwdefaults__["a"] += 1
        if i % 90 == 89:
            f.__kwdefaults__ = {"a": 10}
    return total


def kept(*args):
    store.append(args)
    return args


store = []


def escaping(n):
    for i in range(n):
        a = kept(i, str(i))
        assert a is store[-1]
    return store[0], store[-1], len(store)


def wrong(n):
    errors = set()
    for i in range(n):
        for call in (lambda: keywords(1), lambda: only(1, b=2, c=3), lambda: keywords(1, 2, 3, d=1), lambda: Point(z=1), lambda: gathers()):
            try:
                call()
            except TypeError as e:
                errors.add(str(e))
    return sorted(errors)


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


log = []


def releasing(*args, k=None):
    args = None
    log.append("body")


def order(n):
    for i in range(n):
        releasing(Loud("a"), Loud("b"), k=Loud("k"))
        log.append("after")
    return log[:12], len(log)


print(loop(400))
print(spread(lambda a, b: a + b, 300))
print(defaults_of_closures(300))
print(changing(400))
print(escaping(300))
print(wrong(60))
print(order(200))
