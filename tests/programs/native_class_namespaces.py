# What native classes show of themselves does not depend on who looked into them before.
import builtins

print([c.__name__ for c in BaseExceptionGroup.__subclasses__()], ExceptionGroup.__bases__)
print([c.__name__ for c in ExceptionGroup.__mro__])
print(bytes.fromhex.__qualname__, dict.fromkeys.__qualname__, [].append.__qualname__, (1).from_bytes.__qualname__)
for c in (type(iter({}.items())), type((i for i in ())), zip, memoryview, type(None), type({}.keys()), frozenset):
    print(c.__name__, c.__qualname__, c.__bases__, c.__mro__, sorted(c.__dict__)[:4], len(c.__dict__) > 3)


class Late(UnicodeTranslateError):
    pass


print(Late.__mro__, Late("x", 0, 1, "y").__reduce__()[0] is Late)
print(hasattr(reversed, "__length_hint__"), "__hash__" in list.__dict__, list.__hash__, bytearray.__hash__)
from typing import TypeVar, ParamSpec, Generic

print(TypeVar.__module__, ParamSpec.__dict__["__module__"], list(Generic.__dict__)[-1] == "__module__", TypeVar("T").__module__)
import contextvars, os, sys

print("MISSING" in contextvars.Token.__dict__, os.stat_result.n_fields, sys.version_info.__match_args__)
print(type(sys.flags).__name__, type(sys.flags).__mro__[1:])
natives = [c for c in vars(builtins).values() if isinstance(c, type)]
print(len(natives), all(c.__dict__ is not None and c.__name__ == c.__qualname__ for c in natives))
