# Dataclasses: defaults, ordering, frozen, slots, kw_only, inheritance, fields, replace, __post_init__.
import dataclasses
from dataclasses import dataclass, field, asdict, astuple, replace, fields, FrozenInstanceError, InitVar, KW_ONLY

@dataclass
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False)
    secret: str = field(default='s', repr=False)

@dataclass(order=True, frozen=True)
class Version:
    major: int
    minor: int = 0
    label: str = field(default='', compare=False)
    def __str__(self): return f'v{self.major}.{self.minor}'

@dataclass(slots=True, kw_only=True)
class Slim:
    a: int
    b: float = 1.5

@dataclass
class Base:
    id: int
    _: KW_ONLY
    note: str = 'none'
@dataclass
class Child(Base):
    size: int = 3
    scale: InitVar[int] = 2
    total: int = field(init=False)
    def __post_init__(self, scale): self.total = self.size * scale

@dataclass(unsafe_hash=True)
class Hashable:
    k: str
    v: int = field(hash=False)

@dataclass
class Node:
    value: int
    children: list['Node'] = field(default_factory=list)

p, q = Point(1, 2), Point(1, y=2)
print(p, p == q, p.tags is q.tags, p != Point(2), repr(Point(y=3, x=1)))
print(asdict(p), astuple(p), replace(p, x=9), [f.name for f in fields(p)])
print(sorted([Version(2), Version(1, 5), Version(1, 2, 'beta')]), str(Version(3, 1)), Version(1) < Version(1, 1), Version(1, 0, 'a') == Version(1, 0, 'b'), len({Version(1), Version(1)}))
for f in (lambda: setattr(Version(1), 'major', 2), lambda: Point(), lambda: Point(1, 2, 3, 4, 5), lambda: Slim(1), lambda: setattr(Slim(a=1), 'c', 2), lambda: Version(1) < 1, lambda: hash(p), lambda: replace(Child(1), total=3)):
    try: f(); print('no error')
    except (FrozenInstanceError, TypeError, AttributeError, ValueError) as e: print(type(e).__name__, e)
print(Slim(a=1), Slim.__slots__, Child(1, note='n', size=4, scale=10), Child(7), Child.__match_args__)
print(hash(Hashable('a', 1)) == hash(Hashable('a', 2)), Hashable('a', 1) == Hashable('a', 2))
print(asdict(Node(1, [Node(2), Node(3, [Node(4)])])))
try:
    @dataclass
    class Bad:
        x: list = []
except ValueError as e: print(e)
try:
    @dataclass
    class Bad:
        x: int = 0
        y: int
except TypeError as e: print(e)
Made = dataclasses.make_dataclass('Made', ['a', ('b', int), ('c', str, field(default='z'))], namespace={'both': lambda self: (self.a, self.b)})
print(Made(1, 2), Made(1, 2).both(), dataclasses.is_dataclass(Made), dataclasses.is_dataclass(int))
match Point(5, 6):
    case Point(x, y): print('matched', x, y)
@dataclass
class Recursive:
    me: object = None
r = Recursive(); r.me = r
print(r)
