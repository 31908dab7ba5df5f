"""Names: local, global, free, cell; mangling; class scopes."""
x = 1


def outer(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    """A docstring
      with indentation.
    """
    global x
    x = a
    total = 0

    def inner():
        nonlocal total
        total += a
        return total, x, undefined

    del b
    return inner, lambda q=c: q + d


class A:
    y = x
    __private = 1

    def method(self, y=y):
        self.__private = y
        self.public = self.other = super().method()
        return super(A, self).attr, __class__, A.__private

    class B:
        z = [y for y in range(3)]

        def f(self):
            return self.z


def shadow():
    class C:
        total = 1

        def g(self):
            return total

    total = 2
    return C
