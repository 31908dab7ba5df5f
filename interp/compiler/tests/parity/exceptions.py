def f():
    try:
        one()
    except (A, B) as e:
        two(e)
        return 1
    except C:
        raise D from None
    else:
        three()
    finally:
        four()


def g(xs):
    for x in xs:
        try:
            if x:
                continue
            with a as b, c:
                break
        finally:
            done()
    else:
        return x
    while True:
        try:
            return x + 1
        except:
            pass


def h():
    try:
        pass
    except* ValueError as eg:
        use(eg)
    except* (TypeError, KeyError):
        raise
    finally:
        last()


async def i():
    async with a as b:
        async for c in d:
            await c
            yield c
        else:
            return
