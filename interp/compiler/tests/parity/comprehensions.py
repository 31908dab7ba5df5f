values = [i for i in range(3) if i if not i]
pairs = {k: v for k, v in zip(a, b)}
names = {str(n) for n in [1, 2] for m in (n,) if m}


def f(xs, i=0):
    outer = [[x + i for x in row] for row in xs]
    lazy = (x async for x in xs) if i else (x for x in xs)
    closures = [lambda: j for j in xs]
    walrus = [last := x for x in xs]
    return outer, lazy, closures, last, all(x for x in xs), any(x > 1 for x in xs), tuple(x for x in xs)


class K:
    base = 3
    scaled = [base for _ in range(2)]
    made = [lambda: i for i in range(2)]


async def g(xs):
    return [x async for x in xs], {x: await x for x in xs}, [y for x in xs async for y in x]
