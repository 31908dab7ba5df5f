# Exceptions raised and caught in hot loops: handlers, tracebacks, contexts, what is being handled.
import sys
import traceback


def lookups(d, keys):
    missing = hits = 0
    for k in keys:
        try:
            hits += d[k]
        except KeyError:
            missing += 1
    return hits, missing


def named(values):
    texts = []
    for v in values:
        try:
            int(v)
        except ValueError as e:
            texts.append(str(e))
        except TypeError as e:
            texts.append(type(e).__name__)
        else:
            texts.append("ok")
    return len(texts), texts[:6], sorted(set(texts))


def statement(n):
    seen = []
    for i in range(n):
        try:
            if i % 3 == 0:
                raise ValueError(i)
            if i % 7 == 0:
                raise KeyError
            seen.append(i)
        except ValueError as e:
            seen.append(e.args[0] + 1000)
        except KeyError:
            seen.append(-1)
        finally:
            seen.append("f")
    return seen


def nested(n):
    out = []
    for i in range(n):
        try:
            try:
                [][i]
            except IndexError as e:
                raise RuntimeError(i) from e
        except RuntimeError as e:
            out.append((e.args[0], type(e.__cause__).__name__, e.__cause__ is e.__context__, sys.exc_info()[1] is e))
        assert sys.exc_info() == (None, None, None)
    return out[0], out[-1], len(out)


def contexts(n):
    last = None
    for i in range(n):
        try:
            try:
                {}[i]
            except KeyError:
                None.x
        except AttributeError as e:
            last = e
    chain = []
    while last is not None:
        chain.append(f"{type(last).__name__}: {last}")
        tb = last.__traceback__
        while tb:
            chain.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
        last = last.__context__
    return chain


def deeper(i):
    if i % 2:
        return i
    raise LookupError(i)


def through_calls(n):
    total = 0
    lines = set()
    for i in range(n):
        try:
            total += deeper(i)
        except LookupError as e:
            total -= 1
            tb = traceback.extract_tb(e.__traceback__)
            lines.add(tuple((f.name, f.line) for f in tb))
    return total, sorted(lines)


class Loud:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log.append(self.name)


def dropped(n):
    log = []
    for i in range(n):
        try:
            pair = [Loud(log, "kept"), (Loud(log, "stack"), 1 // (i % 2))]
        except ZeroDivisionError:
            log.append("handler")
        pair = None
        log.append("end")
    return len(log), log[:8], log[-8:]


def locals_of_traceback(n):
    found = None
    for i in range(n):
        value = i * 2
        try:
            raise OSError(value)
        except OSError as e:
            found = e.__traceback__.tb_frame.f_locals["value"], e.__traceback__.tb_frame.f_lineno - e.__traceback__.tb_lineno
    return found


def reraised(n):
    count = 0
    for i in range(n):
        try:
            try:
                raise ValueError(i)
            except ValueError:
                count += 1
                raise
        except ValueError as e:
            depth = 0
            tb = e.__traceback__
            while tb:
                depth += 1
                tb = tb.tb_next
    return count, depth


def stops(n):
    total = 0
    for i in range(n):
        it = iter((1, 2))
        try:
            while True:
                total += next(it)
        except StopIteration:
            total += 100
    return total


class Manager:
    entered = left = 0

    def __enter__(self):
        Manager.entered += 1
        return self

    def __exit__(self, kind, value, tb):
        Manager.left += 1
        return kind is KeyError


def managed(n):
    caught = 0
    for i in range(n):
        with Manager() as m:
            if i % 5 == 0:
                raise KeyError(i)
            caught += m.entered > 0
    return caught, Manager.entered, Manager.left


def escapes(n):
    for i in range(n):
        try:
            if i == n - 1:
                raise TypeError("out")
        except ValueError:
            pass


print(lookups({1: 10, 3: 30}, [1, 2, 3, 4] * 60))
print(named(["1", "x", None, "22", [], "y"] * 40))
r = statement(210)
print(len(r), r[:12], r[-12:])
print(nested(150))
print(contexts(150))
print(through_calls(200))
print(dropped(120))
print(locals_of_traceback(120))
print(reraised(120))
print(stops(100))
print(managed(200))
try:
    escapes(150)
except TypeError as e:
    print(e, [f.name for f in traceback.extract_tb(e.__traceback__)])
print(sys.exc_info())
