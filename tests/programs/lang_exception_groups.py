# Exception groups and except*: splitting, re-raising, nesting, notes, and tracebacks of causes and contexts.
import traceback
def show(e, depth=0):
    if isinstance(e, BaseExceptionGroup):
        return f'{type(e).__name__}({e.message!r}: {", ".join(show(x) for x in e.exceptions)})'
    return repr(e)

def handle(e):
    log = []
    try:
        try:
            raise e
        except* ValueError as g:
            log.append('V ' + show(g))
        except* (TypeError, KeyError) as g:
            log.append('TK ' + show(g))
            if len(g.exceptions) > 1: raise RuntimeError('from handler')
        else:
            log.append('else')
        finally:
            log.append('finally')
    except BaseException as rest:
        log.append('rest ' + show(rest))
    return log

G = ExceptionGroup
for e in (ValueError(1), G('a', [ValueError(1), TypeError(2)]), G('b', [OSError(3)]), G('c', [G('in', [ValueError(1), OSError(2)]), KeyError(3)]), G('d', [TypeError(1), KeyError(2), ValueError(3), OSError(4)]),
          BaseExceptionGroup('e', [KeyboardInterrupt(), ValueError(5)]), OSError(6)):
    print(*handle(e), sep=' | ')

g = G('top', [ValueError(1), G('mid', [KeyError('k'), ValueError(2), G('low', [OSError(3)])])])
match_, rest = g.split(ValueError)
print(show(match_), show(rest), show(g.subgroup(lambda e: isinstance(e, (KeyError, OSError)))), g.subgroup(IndexError), g.split(G)[1])
print(type(BaseExceptionGroup('x', [ValueError()])).__name__, type(BaseExceptionGroup('x', [KeyboardInterrupt()])).__name__, str(g), repr(g.derive([OSError()])))
for f in (lambda: G('x', []), lambda: G('x', [5]), lambda: G('x', [KeyboardInterrupt()]), lambda: G(5, [ValueError()]), lambda: G('x'), lambda: G('x', 5)):
    try: f()
    except (TypeError, ValueError) as e: print(type(e).__name__, e)

class MyGroup(ExceptionGroup):
    def __new__(cls, msg, excs, code=0):
        self = super().__new__(cls, msg, excs)
        self.code = code
        return self
    def __init__(self, *a, **k): pass
    def derive(self, excs): return MyGroup(self.message, excs, self.code)
try:
    try: raise MyGroup('mine', [ValueError(1), OSError(2)], 7)
    except* OSError as e: print(type(e).__name__, e.code)
except MyGroup as e: print(show(e), e.code)

def nested_handlers():
    try:
        raise G('o', [ValueError(1), KeyError(2)])
    except* ValueError:
        try: raise G('i', [OSError(1)])
        except* OSError as e: return_value = show(e)
        print(return_value)
    except* KeyError as e:
        raise
try: nested_handlers()
except G as e: print(show(e), e.__context__)

e = G('noted', [ValueError('v')])
e.add_note('a note')
e.exceptions[0].add_note('inner note')
try:
    try: raise KeyError('first')
    except KeyError as k: raise e from k
except G as e: text = traceback.format_exception_only(e), e.__cause__, e.__notes__
print(*text)
try:
    try: raise ValueError('v')
    except* ValueError: raise TypeError('t')
except TypeError as e: print(show(e), show(e.__context__))
for source in ('try: pass\nexcept* : pass', 'try: pass\nexcept ValueError: pass\nexcept* OSError: pass', 'for i in x:\n try: pass\n except* ValueError: break', 'def f():\n try: pass\n except* ValueError: return'):
    try: compile(source, '<s>', 'exec')
    except SyntaxError as e: print(e.msg)
try:
    try: raise G('x', [ValueError()])
    except* G: pass
except TypeError as e: print(e)
