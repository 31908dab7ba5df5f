# Conversion methods and subclasses of the number classes.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


import warnings

warnings.simplefilter("ignore")


def mk(**k):
    return type("C", (), {n: (lambda self, *a, v=v: v) for n, v in k.items()})()


class I(int): pass
class F(float): pass
class Z(complex): pass


show(r'''
int(mk(__int__=1.5))
int(mk(__int__=I(3)))
int(mk(__int__=True))
int(mk(__index__=1.5))
int(mk(__index__=I(3)))
[1][mk(__index__=1.5)]
range(mk(__index__=I(3)))
int(mk(__trunc__=1))
float(mk(__float__=1))
float(mk(__float__=F(1)))
float(mk(__index__=3))
float(mk(__index__=1<<2000))
__import__("math").sqrt(mk(__float__=1))
__import__("math").sqrt(mk(__float__=F(4)))
complex(mk(__complex__=1))
complex(mk(__complex__=Z(1)))
complex(mk(__float__=1))
complex(mk(__index__=1))
"a"*mk(__index__=2)
[1]*mk(__index__="x")
(1).to_bytes(mk(__index__=2))
int.from_bytes(mk(__bytes__=b"12"))
int.from_bytes(mk(__bytes__="12"))
int(I(5)).__class__
I("12")
I(b"12",16)
I(base=16)
I("12",base=16)
I(5)+1, type(I(5)+1), type(+I(5)), type(-I(5)), type(abs(I(-5))), type(I(5).real), type(I(5).numerator),type(I(5).conjugate()), type(round(I(5))), type(I(5).__trunc__()), type(I(5).__int__()), type(I(5).__index__())
type(I(5)<<0), type(I(5)>>0), type(I(5)|0), type(~I(5)), type(I(5)**1), type(I(5)*1)
type(F(5).real), type(+F(5)), type(F(5).__float__()), type(F(5).conjugate()), type(round(F(5.5),1)), type(F(5).__getnewargs__()[0])
type(Z(5).conjugate()), type(+Z(5)), type(complex(Z(5))), type(Z(5).__complex__())
pow(5,I(2),I(3))
complex(mk(__float__=1.5), 2)
complex(1, mk(__float__=1.5))
I(5).__format__("x")
I(7).__repr__(), str(I(7))
F(7).__repr__(), str(F(7))
''')
