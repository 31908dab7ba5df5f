# Subscripts and slices of list: reading, assigning, deleting.
base = list(range(10))
bounds = [None, -20, -10, -3, -1, 0, 1, 4, 9, 10, 20]
steps = [None, 1, 2, 3, -1, -2, -7, 100, -100]
total = 0
for a in bounds:
    for b in bounds:
        for s in steps:
            part = base[a:b:s]
            total = (total * 31 + len(part) * 7 + sum(part)) % 1000003
            copy = base[:]
            del copy[a:b:s]
            assert sorted(copy + part) == base
            total = (total * 31 + sum(i * x for i, x in enumerate(copy))) % 1000003
            copy = base[:]
            try:
                copy[a:b:s] = ['x', 'y']
                total = (total * 31 + copy.index('x') + len(copy)) % 1000003
            except ValueError as e:
                total = (total * 31 + len(str(e))) % 1000003
print(total)
l = list(range(6))
l[2:4] = []; print(l)
l[1:1] = 'abc'; print(l)
l[:] = l; print(l)
l[::2] = l[1::2] + [0] * (len(l) % 2); print(l)
l[5:2] = ['in']; print(l)
l[-1:] = (7, 8, 9); print(l)
l[::-1] = range(len(l)); print(l)
l[len(l):] = [99]; print(l)
l[0] = 'zero'; l[-1] = 'end'; print(l)
del l[0], l[-1]; print(l)
del l[1:5:2]; print(l)
del l[::-1]; print(l)

class I:
    def __init__(self, i): self.i = i
    def __index__(self): return self.i

l = list('abcdef')
print(l[I(1)], l[I(-2):], l[:I(2)], l[True], l[slice(1, 3)])
l[I(0)] = 'A'
del l[I(1)]
print(l)
for bad in ('x', 1.0, None, (1,), I('no'), 100, -100, 1 << 70, slice('a'), slice(None, None, 0)):
    for op in ('get', 'set', 'del'):
        try:
            if op == 'get': l[bad]
            elif op == 'set': l[bad] = 1
            else: del l[bad]
        except Exception as e:
            print(op, type(e).__name__, e)
for value in (1, None):
    for where in (slice(0, 2), slice(0, 5, 2)):
        try:
            l[where] = value
        except TypeError as e:
            print(e)
try:
    l[::2] = [1]
except ValueError as e:
    print(e)
print(l)
