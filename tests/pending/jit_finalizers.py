# __del__ and weakref callbacks run at the same moment in hot loops as anywhere else.
import gc, sys, weakref

log = []
class D:
    def __init__(self, k): self.k = k
    def __del__(self): log.append(('del', self.k))

def replaced(n):
    x = None
    for i in range(n):
        x = D(i)
        log.append(('made', i))
    log.append('end')
    del x
    log.append('deleted')

def temporary(n):
    for i in range(n):
        D(i).k + 1
        log.append(i)

def in_call(n):
    def use(d, i):
        log.append(('use', i))
        return d.k
    s = 0
    for i in range(n):
        s += use(D(i), i)
        log.append(('after', i))
    return s

def locals_of_callee(n):
    def f(i):
        a, b = D(i), D(-i)
        if i % 2: del a
        else: del b
        log.append(('body', i))
    for i in range(n):
        f(i)
        log.append(('ret', i))

def in_container(n):
    data = []
    for i in range(n):
        data.append(D(i))
        if len(data) == 4:
            log.append('clear')
            data[1:2] = []
            data.pop(0)
            data.pop()
            log.append('rest')
            data.clear()
    while data: data.pop(0)

def overwritten(n):
    data, d = [None] * 3, {}
    for i in range(n):
        data[i % 3] = D(i)
        d[i % 2] = D(i + 1000)
        if i % 5 == 0: d.pop(i % 2)
        log.append(i)

def attributes(n):
    class Holder: pass
    h = Holder()
    for i in range(n):
        h.x = D(i)
        if i % 4 == 3:
            del h.x
            log.append('gone')
        if i % 7 == 6:
            h = Holder()
            log.append('new')

def on_exception(n):
    def f(i):
        d = D(i)
        if i % 3 == 0: raise ValueError(i)
        log.append(i)
    for i in range(n):
        try:
            f(i)
        except ValueError as e:
            log.append('caught')
        log.append('next')

def resurrected(n):
    saved = []
    class R:
        def __init__(self, k): self.k = k
        def __del__(self):
            log.append(self.k)
            if self.k % 10 == 0: saved.append(self)
    for i in range(n):
        R(i)
    log.append(len(saved))
    saved.clear()
    log.append('cleared')

def weak(n):
    class C: pass
    dead = 0
    for i in range(n):
        c = C()
        r = weakref.ref(c, lambda r, i=i: log.append(('weak', i)))
        assert r() is c
        log.append(i)
        c = None
        dead += r() is None
    return dead

def finalize(n):
    class C: pass
    for i in range(n):
        c = C()
        weakref.finalize(c, log.append, ('final', i))
        log.append(i)

def cycles(n):
    gc.disable()
    for i in range(n):
        a = D(i)
        a.me = a
    log.append('before')
    del a
    gc.collect()
    gc.enable()

def generators(n):
    def g(i):
        d = D(i)
        try:
            yield 1
            yield 2
        finally:
            log.append(('closed', i))
    for i in range(n):
        for x in g(i):
            if i % 2: break
        log.append('loop')

def arithmetic(n):
    class V:
        def __init__(self, v): self.v = v
        def __add__(self, o): return V(self.v + o.v)
        def __del__(self): log.append(self.v)
    s = V(0)
    for i in range(n):
        s = s + V(i) + V(1)
    return s.v

def changes_globals(n):
    class G:
        def __del__(self):
            global flag
            flag += 1
    global flag
    flag, seen = 0, []
    for i in range(n):
        x = G()
        seen.append(flag)
    return seen[:3], seen[-1]

def error_in_del(n):
    class E:
        def __del__(self): raise RuntimeError('ignored')
    texts = []
    old, sys.unraisablehook = sys.unraisablehook, lambda a: texts.append(str(a.exc_value))
    for i in range(n):
        E()
    sys.unraisablehook = old
    return len(texts), texts[0]

def digest(x):
    h = 0
    for c in repr(x): h = (h * 31 + ord(c)) % 1000000007
    return h

for f in replaced, temporary, in_call, locals_of_callee, in_container, overwritten, attributes, on_exception, resurrected, weak, finalize, cycles, generators, arithmetic, changes_globals, error_in_del:
    for n in (5, 70):
        log.clear()
        r = f(n)
        print(f.__name__, n, r, len(log), digest(log), log if n == 5 else log[-4:])
