# eval, exec, compile and locals in hot loops.
def evaluated(n):
    s = 0
    for i in range(n):
        s += eval('i * 2 + k', {'i': i, 'k': 1})
    return s

def local_names(n):
    s, k = 0, 3
    for i in range(n):
        s += eval('i + k')
        if i == 60: k = 0.5
    return s

def executed(n):
    ns = {'t': 0}
    code = compile('t += i', '<hot>', 'exec')
    for i in range(n):
        ns['i'] = i
        exec(code, ns)
    return ns['t']

def loop_inside(n):
    ns = {}
    exec('t = 0\nfor i in range(200):\n    t += i if i < 100 else 0.5\nelse:\n    done = True', ns)
    return ns['t'], ns['done'], ns['i']

def defines(n):
    fs = []
    for i in range(n):
        ns = {}
        exec(f'def f(x): return x + {i}', ns)
        fs.append(ns['f'])
    x = 0
    for f in fs: x = f(x)
    return x

def cannot_write(n):
    x = 1
    for i in range(n):
        exec('x = 100')
        x += 1
    return x

def changes_global(n):
    global shared
    shared, out = 0, 0
    for i in range(n):
        if i % 25 == 0: exec('shared += 10', globals())
        if i == 70: exec('del shared', globals())
        try: out += shared
        except NameError: return out, i

def redefines(n):
    out = 0
    for i in range(n):
        if i == 50: exec('def target(x): return -x', globals())
        out += target(i)
    return out
def target(x): return x

def errors(n):
    counts = {}
    for i in range(n):
        for text in ('1 +', 'nope', '1 / 0', '[][1]', 'return', 'int("x")'):
            try: eval(text) if i % 2 else exec(text)
            except Exception as e:
                key = type(e).__name__, str(e)
                counts[key] = counts.get(key, 0) + 1
    return counts

def lambdas(n):
    return sum(eval(f'lambda x: x * {i}')(2) for i in range(n))

class Namespace(dict):
    reads = 0
    def __getitem__(self, k):
        Namespace.reads += 1
        return dict.__getitem__(self, k)
def custom(n):
    ns = Namespace(a=1)
    exec('b = 0\nfor i in range(100):\n    b += a', {}, ns)
    return ns['b'], Namespace.reads

print(evaluated(100), local_names(100), executed(100), loop_inside(0))
print(defines(60), cannot_write(50), changes_global(100), redefines(100))
for k, v in errors(40).items(): print(v, k)
print(lambdas(60), custom(0))
for i in range(60):
    exec(f'v{i % 3} = {i}')
print(v0, v1, v2)
