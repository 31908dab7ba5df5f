# Lists that change while they are looked at.
l = [1, 2, 3]
out = []
for x in l:
    out.append(x)
    if len(l) < 8:
        l.append(x * 10)
print(out)
l = [1, 2, 3, 4, 5]
for x in l:
    l.remove(x)
print(l)
it = iter([1, 2])
print(next(it), it.__length_hint__(), next(it), next(it, 'end'), it.__length_hint__())
l = [1]
it = iter(l)
print(list(it))
l.append(2)
print(list(it))
l = [1, 2, 3, 4]
it = reversed(l)
print(next(it), it.__length_hint__())
del l[2:]
print(it.__length_hint__(), list(it), list(it))

class Clear:
    def __eq__(self, other):
        target.clear()
        return False
    def __repr__(self):
        target.clear()
        return 'C'
target = [Clear(), Clear(), 1, 2]
print(5 in target, target)
target = [1, Clear(), 2]
print(target.count(5), target)
target = [1, Clear(), 2]
print(target == [1, 2, 2], target)
target = [1, Clear(), 2, 3]
print(repr(target), target)
target = [1, Clear(), 2]
try:
    target.remove(7)
except ValueError as e:
    print(e, target)
target = [1, Clear(), 2]
try:
    target.index(7)
except ValueError as e:
    print(e, target)

class Index:
    def __index__(self):
        target.clear()
        return 1
target = [1, 2, 3]
try:
    target[Index()]
except IndexError as e:
    print(e, target)
target = [1, 2, 3]
try:
    target[Index()] = 5
except IndexError as e:
    print(e, target)
target = [1, 2, 3]
print(target[Index():], target)
target = [1, 2, 3]
target[:Index()] = [7, 8]
print(target)
target = [1, 2, 3]
target.insert(Index(), 9)
print(target)
target = [1, 2, 3]
try:
    target.pop(Index())
except IndexError as e:
    print(e)

def shrink():
    target.clear()
    yield 1
    yield 2
target = [1, 2, 3, 4]
target[1:3] = shrink()
print(target)
target = [1, 2, 3, 4]
try:
    target[::2] = shrink()
except ValueError as e:
    print(e, target)
target = [1, 2]
target.extend(target.append(i) or i for i in range(3))
print(target)

class D:
    def __del__(self):
        dead.append(len(target))
dead = []
target = [D(), D(), D()]
del target[0]
target[0] = None
target[:] = []
print(dead, target)
target = [D() for _ in range(3)]
target.clear()
print(dead)
target = [D() for _ in range(2)]
target *= 0
target = [D()]
target.pop()
target = []
print(dead)
