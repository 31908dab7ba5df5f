import math, sys
from array import array
INF = float('inf')
NAN = INF - INF
TRAIL = []
LINES = []

class Oops(Exception): pass

def cut(x):
    if isinstance(x, int): return x if -2**90 < x < 2**90 else x % 1000003
    return x if len(x) < 24 else x[:7]

def small(x):
    if isinstance(x, int): return x if -2**64 < x < 2**64 else x % 1000003
    return x

def fin(x): return x if -1e15 < x < 1e15 else 1.5

def i(x): return x if type(x) is int else int(fin(x)) if isinstance(x, (int, float)) else 0

def f(x): return x if type(x) is float else float(small(x)) if isinstance(x, (int, float)) else 0.25

def key(x): return (x != x, x)

def key2(x): return x * 2

def fail(x):
    if x & 1: raise ValueError(x)
    return x

POKED = [0]
def poke(o):
    POKED[0] += 1
    if POKED[0] % 3:
        return 1
    name, value = ('K', 3) if POKED[0] % 2 else ('m', key2)
    try: delattr(o, name)
    except AttributeError:
        try: setattr(o, name, value)
        except AttributeError: pass
    return 2

real_len = len
def set_len(odd):
    global len
    if odd: len = lambda x: real_len(x) + 1 if real_len(x) else 1
    elif 'len' in globals(): del len

def show(x, d=0):
    if x is None or isinstance(x, (int, float, str, bytes, bytearray)):
        t = repr(x) if not isinstance(x, int) or -2**200 < x < 2**200 else hex(x)
        return t if real_len(t) < 90 else t[:60] + str(real_len(t))
    if d > 2: return '..'
    if isinstance(x, (list, tuple)): return type(x).__name__[0] + '[' + ','.join([show(y, d + 1) for y in x[:12]]) + ']' + str(real_len(x))
    if isinstance(x, dict): return '{' + ','.join([show(k, d + 1) + ':' + show(v, d + 1) for k, v in list(x.items())[:12]]) + '}'
    if isinstance(x, (set, frozenset)): return 's' + ','.join(sorted([show(y, d + 1) for y in x]))
    if isinstance(x, array): return repr(x.tolist())
    if isinstance(x, Base): return type(x).__name__ + '(' + ','.join([n + '=' + show(getattr(x, n, None), d + 1) for n in ('a', 'b', 'c')]) + ')'
    if isinstance(x, BaseException): return type(x).__name__ + str(x)[:60]
    return type(x).__name__

def note(where, *values): LINES.append(where + ' ' + ' '.join([show(v) for v in values]))

def look(frame):
    names = []
    while frame is not None and real_len(names) < 6:
        names.append(f'{frame.f_code.co_name}:{frame.f_lineno}')
        frame = frame.f_back
    LINES.append(' '.join(names[:-1] if real_len(names) < 6 else names))

def trace_back():
    try: raise Oops('here')
    except Oops as e:
        look(sys._getframe(1))

def trail(where):
    h = 0
    for x in TRAIL:
        for c in show(x): h = (h * 31 + ord(c)) & 0xffffffff
    LINES.append(f'{where} {real_len(TRAIL)} {h} ' + ' '.join([show(x) for x in TRAIL[-3:]]))
    TRAIL.clear()

def error(where, e):
    lines, t = [], e.__traceback__
    while t is not None:
        lines.append(t.tb_lineno)
        t = t.tb_next
    LINES.append(f'{where} {type(e).__name__} {str(e)[:80]} {lines[:8]}')

class Guard:
    def __init__(self, x, swallow):
        self.x = x
        self.swallow = swallow
    def __enter__(self):
        TRAIL.append('in')
        return self.x
    def __exit__(self, kind, e, tb):
        TRAIL.append(kind.__name__ if kind else 'out')
        return self.swallow

class Base:
    __slots__ = ()
    K = 1
    a = 0
    b = 0
    p = 1
    def __repr__(self): return type(self).__name__
    def m(self, x): return x
    def st(x): return x
    st = staticmethod(st)
    def cl(cls, x): return cls.K
    cl = classmethod(cl)
    def __add__(self, other): return self
    __mul__ = __iadd__ = __radd__ = __add__
    def __neg__(self): return self
    def __len__(self): return 1
    def __getitem__(self, n):
        if n > 4: raise IndexError(n)
        return n
    def __setitem__(self, n, v): self.a = v
    def __call__(self, x): return x
    def __abs__(self): return 1
    def __hash__(self): return 5
    def __lt__(self, other): return False
