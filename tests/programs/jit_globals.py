# Globals and builtins that are rebound, deleted or shadowed while the loop that uses them is hot.
import builtins

LIMIT = 10
def reader(n):
    global LIMIT
    out = []
    for i in range(n):
        if i == 50: LIMIT = 20
        if i == 70: LIMIT = 'text'
        if i == 90: LIMIT = 0.5
        out.append(LIMIT)
    return [(i, v) for i, (v, w) in enumerate(zip(out, out[1:])) if v is not w and v != w]
print(reader(120))

count = 0
def bump():
    global count
    count += 1
    return count
def hot(n):
    for i in range(n):
        bump()
hot(150)
print(count)

GONE = 1
def deleter(n):
    global GONE
    for i in range(n):
        if i == 77: del GONE
        try:
            GONE
        except NameError as e:
            return i, str(e)
print(deleter(120))

GONE = 1
def remove(): del globals()['GONE']
def indirect(n):
    s = 0
    for i in range(n):
        if i == 66: remove()
        try:
            s += GONE
        except NameError as e:
            globals()['GONE'] = 1000
    return s
print(indirect(100))

def helper(x): return x + 1
def rebinding(n):
    global helper
    s = 0
    for i in range(n):
        if i == 40: helper = lambda x: x * 2
        if i == 60: helper = abs
        if i == 80: helper = float
        s += helper(i)
    return s
print(rebinding(100))

def shadow(n):
    s = 0
    for i in range(n):
        if i == 50: globals()['len'] = lambda x: 100
        if i == 80: del globals()['len']
        s += len('abc')
    return s
print(shadow(100))

def in_builtins(n):
    s, real = 0, builtins.abs
    try:
        for i in range(n):
            if i == 50: builtins.abs = lambda x: 1000
            s += abs(-1)
    finally:
        builtins.abs = real
    return s, abs(-1)
print(in_builtins(90))

def new_builtin(n):
    found = 0
    for i in range(n):
        if i == 60: builtins.fresh = 3
        try:
            found += fresh
        except NameError as e:
            text = str(e)
    del builtins.fresh
    return found, text
print(new_builtin(100))

def shadow_range(n):
    out = []
    for i in range(n):
        if i == 60: globals()['range'] = lambda k: [k] * 2
        for j in range(3):
            out.append(j)
    del globals()['range']
    return len(out), sum(out)
print(shadow_range(100))

def watched(d, n):
    exec('''
def f(n):
    s = 0
    for i in range(n):
        if i == 40: poke()
        s += value
    return s
''', d)
    d['poke'] = lambda: d.update(value=10)
    d['value'] = 1
    return d['f'](n)
print(watched({}, 80), watched({'range': range}, 60))

def copies(n):
    made = [{} for _ in range(4)]
    for k, d in enumerate(made):
        d['k'] = k
        exec('def f(n):\n s = 0\n for i in range(n): s += k\n return s', d)
    return [d['f'](n) for d in made]
print(copies(70))

for i in range(100):
    if i == 30: top = 1
    if i > 30: top += i
    if i == 60: top = 0.5
    if i == 90: total = top; del top; break
print(total, 'top' in globals())

class Meta(dict):
    def __missing__(self, key): return len(key)
print(eval('[abc + ab for _ in (1,)][0]', {}, {'abc': 1, 'ab': 2}), eval('abcd + 1', {}, Meta()))
cls = type('T', (), {})
def class_attr(n):
    s = 0
    for i in range(n):
        if i == 20: cls.v = 1
        if i == 60: globals()['cls'] = type('U', (), {'v': 5})
        s += getattr(cls, 'v', 0)
    return s
print(class_attr(100))
