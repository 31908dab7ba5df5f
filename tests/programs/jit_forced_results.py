# Calls during which somebody looks at the frames: compiled code is left right behind them, with what they have brought.
import sys


class Looks:
    def __init__(self, answer):
        self.answer = answer

    def __eq__(self, other):
        sys._getframe(1).f_lineno
        return self.answer

    def __getattr__(self, name):
        sys._getframe(1).f_locals
        return 3

    def method(self, x):
        sys._getframe(1)
        return x + 1


def absent(item, container, n):
    found = 0
    for i in range(n):
        if item not in container:
            found += 1
        if item in container:
            found += 100
        found += (i not in container) * 10000
    return found


def call(o, n):
    total = 0
    for i in range(n):
        total += o.method(i)
        total += o.other
        try:
            o.another(i)
        except TypeError as e:
            total += len(str(e))
    return total


class Deep(Looks):
    pass


for answer in True, False:
    print(absent(1, [Looks(answer), Looks(False)], 60))
    print(absent("x", (Looks(answer),), 60))
for class_ in Looks, Deep:
    print(call(class_(1), 60))


def closed_over(n):
    found = []
    for i in range(n):

        def inner(flag):
            return lambda: flag

        found.append(inner("a" in "banana")())
        found.append(inner(i not in (1, 2.5, "x"))())
    return found.count(True)


print(closed_over(50))
