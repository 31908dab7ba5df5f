# The methods and operators of list.
l = [3, 1, 2]
l.append(4); print(l)
l.extend((5, 6)); print(l)
l.extend(x * 10 for x in range(3)); print(l)
l.extend(l); print(l)
l.insert(0, 'first'); l.insert(100, 'last'); l.insert(-1, 'before last'); l.insert(-100, 'very first'); print(l)
print(l.pop(), l.pop(0), l.pop(-1), l.pop(1), l)
l.remove(0); print(l)
print(l.index(10), l.index(10, 8), l.index(2, -100, 100), l.count(1), l.count(99))
l.reverse(); print(l)
c = l.copy(); print(c == l, c is l)
l.clear(); print(l, len(l), bool(l), bool(c))
print([1] + [2, 3], [1, 2] * 2, 2 * [1], [1] * -1, [] * 5, [0] * True)
a = b = [1]
a += [2]; a += (3,); a += 'xy'; print(b, a is b)
a *= 2; print(b, a is b)
a *= 0; print(b)
print([1, 2] == [1, 2], [1, 2] == (1, 2), [1, 2] != [1, 3], [1, 2] < [1, 3], [1, 2] < [1, 2, 0], [] < [0], [2] > [1, 9], [1] <= [1], [1] >= [1, 0])
print(1 in [1, 2], 3 in [1, 2], 1.0 in [1], float('nan') in [float('nan')])
n = float('nan')
print(n in [n], [n] == [n], [n].index(n), [n].count(n))
print(list(), list('abc'), list((1, 2)), list({1: 2}), list(range(3)), list(list([1])))
l = []
l.append(l)
print(l, repr([l, [l]]), str(l))
print(l.__sizeof__() > 0, type(iter(l)).__name__, type(reversed(l)).__name__)
print(list(reversed([1, 2, 3])), list(reversed([])))
del l[:]
for i in range(20):
    l.append(i)
while len(l) > 3:
    l.pop(len(l) // 2)
print(l)

class L(list):
    pass

s = L([1, 2])
print(s, type(s + [3]).__name__, type(s * 2).__name__, type(s[:]).__name__, type(s.copy()).__name__, s == [1, 2])
s.x = 5
print(s.x, L(), L('ab'))

class K(list):
    def __new__(cls, *args, **kw):
        return list.__new__(cls)
    def __init__(self, *args, **kw):
        super().__init__(args)
        self.kw = kw

k = K(1, 2, a=3)
print(k, k.kw)
print(list.__class_getitem__(int), list[int], list[int, str])
m = [1, 2, 3]
m.__init__([7])
print(m)
m.__init__()
print(m)
print([1, 2, 3].__iadd__((4,)), [1].__contains__(1), [1, 2].__getitem__(-1), [1, 2].__len__())
