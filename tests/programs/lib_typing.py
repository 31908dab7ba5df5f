# typing at run time: generics, unions, protocols, TypedDict, NewType, get_type_hints, type parameters and lazy annotations.
import typing, types, annotationlib
from typing import *
print(List[int], Dict[str, list[int]], Optional[int], Union[int, str, int], int | None, Callable[[int], str], Callable[..., Any], Tuple[int, ...], Literal['a', 1], Annotated[int, 'meta'], Type[int], ClassVar[int], list[int] | None, Final[str])
print(get_origin(list[int]), get_args(dict[str, int]), get_origin(Optional[int]) in (Union, types.UnionType), get_args(Callable[[int, str], bool]), get_args(Literal[1, 'x']), get_origin(Annotated[int, 1]), Union[int, int] is int, Optional[None], Union[int, Union[str, None]] == Union[str, int, None], list[int] == list[int], hash(list[int]) == hash(list[int]))
T = TypeVar('T'); K = TypeVar('K', bound=int); C = TypeVar('C', str, bytes)
class Stack(Generic[T]):
    def __init__(self): self.items: list[T] = []
class Pair[A, B = int]:
    a: A
    b: B
    def swap(self) -> 'Pair[B, A]': ...
print(Stack[int], Stack[int]().items, Stack.__parameters__, Pair[int, str], Pair.__type_params__, Pair[str], T, K.__bound__, C.__constraints__, Stack[int].__origin__ is Stack, Stack[int].__args__, Pair.__type_params__[1].__default__)
type Alias[X] = list[X] | Missing
print(Alias, Alias.__type_params__, Alias[int])
try: Alias.__value__
except NameError as e: print(e)
def f(a: int, b: 'str' = 'x', *args: float, c: Unknown = 1, **kw: list[T]) -> None: ...
print(annotationlib.get_annotations(f, format=annotationlib.Format.STRING), annotationlib.get_annotations(f, format=annotationlib.Format.FORWARDREF)['a'])
try: f.__annotations__
except NameError as e: print(e)
def g(a: int, b: 'list[int]' = None) -> Optional['Stack']: ...
print(get_type_hints(g), g.__annotations__)
class TD(TypedDict, total=False):
    x: Required[int]
    y: NotRequired[str]
    z: ReadOnly[float]
class NT(NamedTuple):
    a: int
    b: str = 'd'
    def both(self): return f'{self.a}{self.b}'
UserId = NewType('UserId', int)
print(TD(x=1), TD.__required_keys__, sorted(TD.__optional_keys__), NT(1), NT(1, b='q').both(), NT._field_defaults, NT.__annotations__, UserId(5), UserId, UserId.__supertype__, is_typeddict(TD))
@runtime_checkable
class Sized2(Protocol):
    def size(self) -> int: ...
class Has:
    def size(self): return 1
class Other(Protocol): x: int
print(isinstance(Has(), Sized2), isinstance(5, Sized2), issubclass(Has, Sized2), get_protocol_members(Sized2), is_protocol(Other))
for h in (lambda: isinstance(1, Other), lambda: Sized2(), lambda: List[int](), lambda: Optional[1, 2], lambda: Union[()], lambda: isinstance([], list[int]), lambda: Stack[int, str], lambda: T(), lambda: Any(), lambda: Literal(), lambda: TypeVar('Q', int), lambda: int | 'x', lambda: type('S', (Union[int, str],), {}), lambda: isinstance(1, int | str), lambda: isinstance(1, Union[str, None]), lambda: dict[int, str]([(1, 'a')]), lambda: NewType('N', int)('x')):
    try: print(h())
    except TypeError as e: print(type(e).__name__, e)
@overload
def o(x: int) -> int: ...
@overload
def o(x: str) -> str: ...
def o(x): return x
@final
class Fin: pass
print(len(get_overloads(o)), o(3), Fin.__final__, cast(int, 'x'), assert_type(1, int), TYPE_CHECKING, no_type_check(g) is g)
try: assert_never(5)
except AssertionError as e: print(e)
P = ParamSpec('P'); Ts = TypeVarTuple('Ts')
class Var(Generic[*Ts]): pass
print(Var[int, str], Var[()], tuple[int, *tuple[str, ...]], Callable[P, int], Callable[Concatenate[int, P], str][[bool]], P.args, Self, Never, NoReturn, LiteralString, TypeGuard[int], Unpack[Ts])
print(ForwardRef('int') == ForwardRef('int'), get_type_hints(TD), get_type_hints(NT), types.GenericAlias(list, (int,)), types.get_original_bases(Stack), Pair.swap.__annotations__)
