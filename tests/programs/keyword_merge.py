"""Merging keyword arguments names the function, wherever its frame's stack begins."""


def f(a=None, b=None, c=None):
    return a, b, c


def in_function(x):
    f(*[], **{"a": 1}, **{"a": 2})


class InClass:
    value = f(*[1, 2], **{"c": 3})


print(InClass.value)
exec("print(f(*[1, 2], **{'c': 3}))")
exec("print(*[1, 2], **{'sep': '-'})", {})
for source in ("in_function(3)", "f(**{'a': 1}, **{'a': 2})", "f(**{'a': 1}, **3)"):
    try:
        exec(source)
    except TypeError as e:
        print(e)
