# The cmath module.
def rounded(x):
    # C libraries differ in the last digit.
    if type(x) is float:
        return "%.13g" % x
    if type(x) is complex:
        return "(%.13g, %.13g)" % (x.real, x.imag)
    if type(x) is tuple:
        return "(" + ", ".join(rounded(i) for i in x) + ")"
    return repr(x)


def show(text):
    for s in text.strip().splitlines():
        try:
            r = rounded(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


import cmath
from cmath import inf, nan, infj

show(r'''
cmath.sqrt("a")
cmath.log(0)
cmath.log(0,2)
cmath.log(2,0)
cmath.log(1)
cmath.log10(0)
cmath.exp(1000)
cmath.exp(inf+infj) if 0 else 0
cmath.cosh(1000)
cmath.acos(inf)
cmath.atan(1j)
cmath.atanh(1)
cmath.rect(inf,1), cmath.rect(1,inf) if 0 else 0
cmath.rect(1,inf)
cmath.rect(inf,0)
cmath.polar(-1j), cmath.phase(-1), cmath.phase(complex(nan,1))
cmath.polar(1e308+1e308j)
cmath.sin(complex(0,1000))
cmath.sin(inf)
cmath.cos(inf)
cmath.tan(complex(inf,1))
cmath.isclose(1,1+1e-10j), cmath.isclose(1,2,rel_tol=.6)
cmath.isclose(1,2,rel_tol=-1)
cmath.sqrt(-1), cmath.sqrt(-1-0j), cmath.sqrt(1e-320j)
''')

values = [-inf, -1.5, -0.0, 0.0, 0.7, 1e308, 5e-324, inf, nan]
for f in "acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh phase polar isinf isnan isfinite".split():
    show("\n".join(f"cmath.{f}(complex({a}, {b}))" for a in values for b in values))
show("\n".join(f"cmath.rect({a}, {b})" for a in values for b in values))
