# A frame that ends releases its locals from the last to the first, its stack before them.
log = []
class D:
    def __init__(self, k): self.k = k
    def __del__(self): log.append(self.k)

def returns(x, y):
    a, b = D('a'), D('b')
    c = D('c')

def raises(x):
    a, b = D('a'), D('b')
    [D('stack1'), D('stack2'), 1 / 0]

def cells():
    a, b = D('a'), D('b')
    def f(): return a
    c = D('c')

def yields():
    a, b = D('a'), D('b')
    yield 1

for n in range(60):
    returns(D('x'), D('y'))
    log.append('|')
    try:
        raises(D('x'))
    except ZeroDivisionError:
        log.append('caught')
    log.append('|')
    cells()
    log.append('|')
    list(yields())
    log.append('|')
    g = yields()
    next(g)
    del g
    if n in (0, 59): print(*log)
    log.clear()
