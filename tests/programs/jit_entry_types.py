# A function compiled for ints is then called with other types: its entry leaves the trace where it begins.
def mix(a, b):
    total = a
    for _ in (0, 1, 2):
        total = total + b
        total = total + a
        total = total + b
        total = total + a
        total = total + b
        total = total + a
    return total


class Odd:
    def __add__(self, other):
        return "odd"

    __radd__ = __add__


for i in range(200):
    mix(i, 1)
print(mix(1, 2))
for i in range(3):
    print(mix("a", "b"), mix(1.5, 2), mix([1], [2])[:4])
try:
    print(mix(1, None))
except TypeError as e:
    print(e)
