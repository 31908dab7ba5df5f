f(1, 2, a=3)
f(*a, 1, *b, x=1, **c, y=2)
f(**kw)
a.b(1).c(2, d=3)
(obj
    .first(1)
    .second(x=2))
import mod, pkg.sub, pkg.sub.deep as d
from . import sibling
from ..up import one as uno, two
from star import *
mod.func(1)
f(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24,
  a25, a26, a27, a28, a29, a30, k=1)
f(x for x in y)
print(f(
    1,
    2))


@deco
@other.deco(1)
class D(Base, *more, key=1):
    @property
    def p(self): return 1
