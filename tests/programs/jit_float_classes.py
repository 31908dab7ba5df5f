# The class of a float that is not in the word: the trace has it unboxed.


def small(x):
    if isinstance(x, int):
        return x
    return type(x).__name__


def scale(x, n):
    found = []
    for i in range(n):
        y = x * 1e300
        found.append(small(y + i))
        found.append(y.is_integer())
        if isinstance(y, (str, float)):
            x += 0.5
    return found[-4:], x


for start in 1.5, 0.0, float("inf"), 1e-300, float("nan"):
    print(scale(start, 60))
