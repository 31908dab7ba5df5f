# Errors whose text or occurrence depends on a detail: local classes in with, NUL in a type's name, unhashable cache keys, AttributeError in class patterns.
import functools
def local():
    class H:
        def __enter__(self): pass
    with H(): pass
def pattern():
    class Dyn:
        __match_args__ = 'v',
        @property
        def v(self): raise AttributeError
    match Dyn():
        case Dyn(v): return 'never'
        case Dyn(): return 'no match'
for f in local, pattern, lambda: type('a\0b', (), {}), lambda: functools.cache(len)([]), lambda: functools.lru_cache(2)(len)({}):
    try: print(f())
    except (TypeError, ValueError) as e: print(type(e).__name__, e)
