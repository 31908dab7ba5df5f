# async and await with a scheduler of our own: coroutines, awaitables, async for, async with, async generators and comprehensions.
import sys, types
from collections import deque
log = []

class Sleep:
    def __init__(self, ticks): self.ticks = ticks
    def __await__(self):
        for k in range(self.ticks): yield k
        return self.ticks * 10

@types.coroutine
def switch():
    got = yield 'switch'
    return got

def run(*coros):
    ready = deque(enumerate(coros))
    results = {}
    while ready:
        k, c = ready.popleft()
        try: c.send(None)
        except StopIteration as e: results[k] = e.value
        except Exception as e: results[k] = repr(e)
        else: ready.append((k, c))
    return [results[k] for k in sorted(results)]

async def worker(name, n):
    total = 0
    for i in range(n):
        log.append(name + str(i))
        total += await Sleep(i)
    return total
print(run(worker('a', 3), worker('b', 2)), log)

async def nested(n): return n if n == 0 else 1 + await nested(n - 1)
async def fails():
    await Sleep(1)
    raise ValueError('inside')
async def catches():
    try: await fails()
    except ValueError as e: return f'caught {e}'
    finally: await Sleep(2)
print(run(nested(50), fails(), catches()))

class Range:
    def __init__(self, n): self.n = n
    def __aiter__(self):
        self.i = -1
        return self
    async def __anext__(self):
        self.i += 1
        await Sleep(1)
        if self.i == self.n: raise StopAsyncIteration
        return self.i
async def agen(n):
    try:
        for i in range(n):
            got = yield i
            if got: log.append(got)
            await Sleep(1)
    finally:
        log.append('agen done')
async def loops():
    out = []
    async for x in Range(3): out.append(x)
    else: out.append('else')
    async for x in agen(5):
        if x == 3: break
        out.append(x)
    out.append([x * 2 async for x in Range(3) if x])
    out.append({x: y async for x in agen(2) for y in 'ab'})
    out.append([await Sleep(k) for k in range(2)])
    out.append(sum([x async for x in (i * i async for i in agen(4))]))
    return out
log.clear()
print(run(loops()), log.count('agen done') >= 2)

class CM:
    async def __aenter__(self):
        await Sleep(1)
        log.append('enter')
        return 'cm'
    async def __aexit__(self, t, v, tb):
        await Sleep(1)
        log.append(t and t.__name__)
        return t is KeyError
async def withs():
    async with CM() as a, CM(): log.append(a)
    async with CM(): raise KeyError
    try:
        async with CM(): raise OSError('os')
    except OSError as e: return str(e)
log.clear()
print(run(withs()), log)

async def driving():
    g = agen(5)
    first = await g.asend(None)
    second = await g.asend('sent')
    try: await g.athrow(KeyError('thrown'))
    except KeyError as e: log.append(str(e))
    await g.aclose()
    try: await anext(g)
    except StopAsyncIteration: log.append('over')
    return first, second, await anext(agen(0), 'default')
log.clear()
print(run(driving()), log)

c = nested(3)
try: c.send(1)
except TypeError as e: print(e)
print(c.cr_frame is not None, c.cr_await, type(c).__name__)
try: c.send(None)
except StopIteration as e: print(e.value)
try: c.send(None)
except RuntimeError as e: print(e)
c = worker('z', 3)
c.close()
c = fails()
c.send(None)
try: c.throw(KeyError('k'))
except KeyError as e: print('out', e)
async def bad(): await 5
async def bad_for():
    async for x in [1]: pass
async def bad_with():
    async with 5: pass
print(run(bad(), bad_for(), bad_with()))
async def got(): return await switch(), await switch()
c = got()
c.send(None)
c.send('one')
try: c.send('two')
except StopIteration as e: print(e.value)
for source in ('await x', 'async def f():\n yield 1\n return 2', 'def f():\n async for x in y: pass', '[x async for x in y]', 'async def f(): yield from x'):
    try: compile(source, '<s>', 'exec')
    except SyntaxError as e: print(e.msg)
