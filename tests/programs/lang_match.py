# Structural pattern matching: every kind of pattern, guards, captures, and what is bound when a match fails.
from collections import namedtuple, OrderedDict, deque
import enum
P = namedtuple('P', 'x y')
class C:
    __match_args__ = 'a', 'b'
    def __init__(self, a, b=0, c=0): self.a, self.b, self.c = a, b, c
class E(enum.Enum):
    ONE = 1
class Dyn:
    __match_args__ = 'v',
    @property
    def v(self): raise AttributeError
class NS: k = 5

def kind(x):
    match x:
        case None | True | False: return f'singleton {x}'
        case 0 | -1 | 2.5 | 1+2j: return f'number {x}'
        case 'a' | b'b': return f'text {x!r}'
        case NS.k: return 'five'
        case E.ONE: return 'enum'
        case int(n) if n > 100: return f'big {n}'
        case int() | float(): return f'other number {x}'
        case str(s): return f'str {s}'
        case []: return 'empty'
        case [x]: return f'one {x}'
        case [1, *rest]: return f'one then {rest}'
        case [*_, 9]: return 'ends in nine'
        case [(a, b), {'k': c}, *_]: return f'pair {a} {b} {c}'
        case P(x=0, y=y): return f'P on axis {y}'
        case P(x, y): return f'P {x} {y}'
        case (a, b) if a == b: return f'twins {a}'
        case (a, b): return f'two {a} {b}'
        case [a, *mid, b]: return f'ends {a} {b} around {len(mid)}'
        case {'type': 'circle', 'r': r, **rest}: return f'circle {r} {rest}'
        case {'type': str() as t}: return f'typed {t}'
        case {}: return f'mapping {len(x)}'
        case C(1, c=9): return 'C nine'
        case C(a, b) if b: return f'C {a} {b}'
        case C(a): return f'C just {a}'
        case object(): return f'object {type(x).__name__}'

for x in (None, True, 0, False, -1, 2.5, 1+2j, 'a', b'b', 5, E.ONE, 101, 7, 3.25, 'zz', [], [3], [1], [1, 2, 3], (1, 2), (4, 5, 9), [(1, 2), {'k': 3}], P(0, 4), P(2, 3), (6, 6), (6, 7), range(3, 6), [2, 3, 4, 5],
          deque([7]), {'type': 'circle', 'r': 2, 'c': 1}, {'type': 'sq'}, {'type': 5}, {}, OrderedDict(a=1), C(1, c=9), C(1, 2), C(3), Dyn(), object(), {1, 2}, iter([]), bytearray(b'b'), 1.0, 5.0):
    print(kind(x))

def command(text):
    match text.split():
        case ['go', ('north' | 'south') as d]: return d
        case ['go', *ds] if len(ds) > 1: return ds
        case ['get', item, 'from', place] | ['take', item, 'at', place]: return item, place
        case [verb]: return verb
        case _: return None
print([command(t) for t in ('go north', 'go up', 'go a b', 'get x from y', 'take p at q', 'jump', '')])

def leak(x):
    match x:
        case [a, b, 3]: pass
        case [a, _, _]: pass
    return sorted(locals())
print(leak([1, 2, 3]), leak([1, 2, 4]), leak(5))
for source in ('match 1:\n case x: pass\n case 2: pass', 'match 1:\n case [a, a]: pass', 'match 1:\n case a | 1: pass', 'match 1:\n case C(x=1, x=2): pass', 'match 1:\n case {**r, "k": 1}: pass'):
    try: exec(source)
    except SyntaxError as e: print(e.msg)
for source in ('match 1:\n case int(1, 2): pass', 'match C(1):\n case C(1, 2, 3): pass', 'match 1:\n case NS(): pass', 'match {}:\n case {"a": 1, "a": 2}: pass', 'match 1:\n case leak(): pass'):
    try: exec(source); print('fine')
    except (TypeError, SyntaxError, ValueError) as e: print(type(e).__name__, e)
match = case = _ = 3
print(match, case, _)
