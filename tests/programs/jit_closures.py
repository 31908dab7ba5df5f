# Closures and cells that are written from inside and outside of hot loops.
def counter():
    n = 0
    def step(k=1):
        nonlocal n
        n += k
        return n
    def reset():
        nonlocal n
        n = 0.5
    return step, reset

def count(n):
    step, reset = counter()
    out = []
    for i in range(n):
        x = step(i)
        if i == n // 2: reset()
        if i % 25 == 0: out.append(x)
    return out, x

def late_binding(n):
    fs = [lambda: i for i in range(n)]
    gs = [lambda i=i: i for i in range(n)]
    return sum(f() for f in fs), sum(g() for g in gs)

def cell_in_loop(n):
    x = 0
    def get(): return x
    total = 0
    for i in range(n):
        x = i if i < 70 else str(i)
        total += int(get())
    return total, get()

def unbound_cell(n):
    def get(): return x
    errors = 0
    for i in range(n):
        if i % 10 == 0:
            try:
                get()
            except NameError as e:
                errors += 1
                text = str(e)
        x = i
        get()
        if i % 10 == 9:
            del x
    return errors, text

def compose(n):
    f = lambda x: x
    for i in range(n):
        f = (lambda g, k: lambda x: g(x) + k)(f, i)
    return f(0)

def adders(n):
    def make(k):
        def add(x): return x + k
        return add
    fs = [make(k) for k in (1, 2.5, 1 << 62)]
    out = []
    for f in fs:
        x = 0
        for i in range(n): x = f(x)
        out.append(x)
    return out

def set_contents(n):
    def make():
        v = 1
        def get(): return v
        return get
    get = make()
    cell = get.__closure__[0]
    total = 0
    for i in range(n):
        if i == 60: cell.cell_contents = 100
        if i == 80: cell.cell_contents = 'x'
        if i == 100: del cell.cell_contents
        try:
            total += get()
        except TypeError:
            total += 5000
        except NameError as e:
            return i, total, str(e)

def nested(n):
    a = 0
    def f():
        b = 0
        def g():
            nonlocal a, b
            a += 1
            b += 2
            c = a + b
            def h():
                nonlocal c, a
                c += 1
                a -= c % 2
                return c
            return h() + h()
        return g() + g()
    return [f() for _ in range(n)][-3:], a

def accumulate(n):
    log = []
    def on(event, seen=set()):
        if event not in seen:
            seen.add(event)
            log.append(event)
    for i in range(n):
        on(i * i % 17)
    return log

def memo(f):
    cache = {}
    def wrapper(*args):
        if args not in cache:
            cache[args] = f(*args)
        return cache[args]
    wrapper.cache = cache
    return wrapper

@memo
def ways(n, k):
    if n == 0: return 1
    if n < 0 or k == 0: return 0
    return ways(n - k, k) + ways(n, k - 1)

print(count(100))
print(late_binding(100), cell_in_loop(150))
print(unbound_cell(100))
print(compose(150), adders(80))
print(set_contents(120))
print(nested(60))
print(accumulate(200))
print(ways(60, 60), len(ways.cache))
def comprehension_cells(n):
    fs = []
    for i in range(n):
        fs += [(lambda: (i, j)) for j in range(2)]
    return fs[0](), fs[-1](), {k: (lambda: k)() for k in range(3)}
print(comprehension_cells(60))
