# A method call whose receiver has a function of the same name in itself every other time: where compiled code was left just
# before, it looks the name up without knowing which of both it gets.
def shadow(x):
    return x * 2


def toggle(o):
    try:
        del o.m
    except AttributeError:
        o.m = shadow


class C:
    def m(self, x, more=0):
        for _ in range(3):
            pass
        return x + more


def positional(o):
    total, n = 0, 0
    while n < 60:
        n += 1
        toggle(o)
        total = total * 3 % 1000 + o.m(n)
    yield total


def keyword(o):
    total, n = 0, 0
    while n < 60:
        n += 1
        toggle(o)
        total = total * 3 % 1000 + o.m(x=n)
    yield total


def of_zero():
    total = 0
    for n in range(60):
        total += (0).bit_count() + False.bit_count() + n
    return total


print(of_zero())
for _ in range(4):
    print(next(positional(C())), next(keyword(C())))
