# Enumerations: members, aliases, flags, auto, unique, lookups, mixed types, members with behaviour.
import enum
from enum import Enum, IntEnum, Flag, IntFlag, StrEnum, auto, unique

class Color(Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1
    def __str__(self): return self.name.lower()
    @property
    def warm(self): return self is Color.RED
    @classmethod
    def first(cls): return next(iter(cls))

class Planet(Enum):
    EARTH = (5.97, 6.37)
    MARS = (0.64, 3.39)
    def __init__(self, mass, radius): self.mass, self.radius = mass, radius
    @property
    def density(self): return round(self.mass / self.radius ** 3, 5)

class Level(IntEnum):
    LOW = auto()
    HIGH = 10
    HIGHER = auto()

class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W

class Bits(IntFlag):
    A = 1
    B = 4

class Word(StrEnum):
    HELLO = auto()
    BYE = 'goodbye'

class Op(Enum):
    ADD = enum.member(lambda a, b: a + b)
    MUL = enum.member(lambda a, b: a * b)
    def __call__(self, *a): return self.value(*a)

print(list(Color), Color.RED, repr(Color.CRIMSON), Color.CRIMSON is Color.RED, Color(2), Color['GREEN'].warm, Color.first())
print(Color.__members__, Color.RED in Color, 1 in Color, 7 in Color, len(Color), Color.RED == 1, hash(Color.RED) == hash('RED'))
print([p.density for p in Planet], Planet.EARTH.value, Planet((0.64, 3.39)).name)
print(list(Level), Level.HIGHER + 1, Level.LOW < Level.HIGH, Level(10), f'{Level.HIGH}', f'{Level.LOW!r}', sorted([Level.HIGH, Level.LOW]), [0, 1][Level.LOW])
print(Perm.RW, Perm.R | Perm.X, ~Perm.W, Perm.R in Perm.RW, Perm.X in Perm.RW, bool(Perm(0)), Perm(0), list(Perm.RW), Perm.R ^ Perm.RW, Perm(7), len(Perm(7)))
print(Bits.A | Bits.B, Bits(5) & Bits.B, Bits(8), Bits.A + 1, repr(Bits(0)), ~Bits.A)
print(Word.HELLO, Word.HELLO == 'hello', Word.BYE.upper(), Word('goodbye'), Op.ADD(2, 3), Op.MUL(4, 5))
for f in (lambda: Color(9), lambda: Color['BLUE'], lambda: setattr(Color, 'RED', 5), lambda: Color.RED < Color.GREEN, lambda: Perm(64), lambda: type('Sub', (Color,), {}), lambda: Word(3), lambda: delattr(Color, 'RED')):
    try: print(f())
    except (ValueError, KeyError, AttributeError, TypeError) as e: print(type(e).__name__, e)
try:
    @unique
    class Dup(Enum):
        A = 1
        B = 1
except ValueError as e: print(e)
Animal = Enum('Animal', 'CAT DOG')
print(list(Animal), Animal.DOG.value, Enum('N', {'x': 5, 'y': 6}).y.value, IntEnum('I', ['p', 'q'], start=0)(0))
class Auto(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last): return name.title() + str(count)
    ONE = auto()
    TWO = auto()
class Missing(Enum):
    A = 'a'
    @classmethod
    def _missing_(cls, value): return cls.A if str(value).lower() == 'a' else None
print([a.value for a in Auto], Missing('A'), {Color.RED: 'r'}[Color.CRIMSON], Color.GREEN.name, [c.value for c in reversed(Color)])
match Color(2):
    case Color.RED: print('red')
    case Color.GREEN: print('green')
