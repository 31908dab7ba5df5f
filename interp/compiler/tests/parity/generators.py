def g():
    x = yield
    y = yield 1, 2
    z = yield from h()
    return x


async def a():
    await b
    yield 1
    async with c: return


lam = lambda: (yield)


async def coro(x):
    return await x, [await y for y in x]
