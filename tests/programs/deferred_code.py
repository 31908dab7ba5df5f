"""Functions of the library that nobody has called yet: their code objects may not have been read."""
import bisect
import importlib.util
import inspect
import heapq
import string
import textwrap
import types

f = textwrap.dedent
print(f.__name__, f.__qualname__, f.__doc__.splitlines()[0], f.__module__)
print(f.__code__ is f.__code__, f.__code__.co_name, f.__code__.co_varnames[0])
print(textwrap.TextWrapper.fill.__qualname__, inspect.signature(textwrap.TextWrapper.fill))
print(repr(textwrap.indent).split(" at ")[0])

# What the code said at first stays when there is another.
g = textwrap.shorten
g.__code__ = (lambda *args, **kwargs: (args, kwargs)).__code__
print(g.__name__, g.__qualname__, g.__doc__.splitlines()[0], g.__code__.co_name, g(1, a=2))

# Names and doc strings of one's own, before the code is read and after.
h = textwrap.fill
h.__name__, h.__doc__ = "filler", None
print(h.__name__, h.__qualname__, h.__doc__, h("a b", 1).split())
del string.capwords.__doc__
print(string.capwords.__doc__, string.capwords.__name__, string.capwords("two words"))
try:
    heapq.merge.__code__ = 3
except TypeError as e:
    print(e)

# A module's code object holds those of its functions, whether they are read or not.
spec = importlib.util.find_spec("bisect")
code = spec.loader.get_code("bisect")
nested = {c.co_name: c for c in code.co_consts if isinstance(c, types.CodeType)}
print(sorted(nested), nested["insort_left"] == nested["insort_left"], nested["insort_left"] == nested["bisect_left"])
fresh = types.FunctionType(nested["bisect_right"], vars(bisect))
fresh.__defaults__ = (0, None)
fresh.__kwdefaults__ = {"key": None}
print(fresh.__name__, fresh([1, 3, 5], 4), fresh.__doc__.splitlines()[0])
again = {c.co_name: c for c in code.co_consts if isinstance(c, types.CodeType)}
print(all(again[name] is nested[name] for name in nested), hash(again["insort_right"]) == hash(nested["insort_right"]))


class Derived:
    def __init__(self, doc):
        self.doc = doc

    def plain(self):
        "said by the code"
        return self.doc

    silent = property(lambda self: 1)
    spoken = property(plain)
    given = property(plain, doc="given")
    plain.__doc__ = "said later"
    later = property(plain)


for name in ("silent", "spoken", "given", "later"):
    print(name, Derived.__dict__[name].__doc__, getattr(Derived("x"), name))
print(property(textwrap.indent).__doc__.splitlines()[0])
doc = property(Derived.plain, doc=Derived.plain.__code__).__doc__
print(isinstance(doc, types.CodeType))
