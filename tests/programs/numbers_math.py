# The math module.
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


import math
from math import inf, nan

show(r'''
math.atan2(0.0,-0.0)
math.atan2("a",1)
math.fmod(1,0)
math.fmod(inf,1)
math.fmod(1,inf)
math.pow(0,-1)
math.pow(-1,0.5)
math.pow(2,10000)
math.pow(inf,-1)
math.pow(-inf,3)
math.pow(-inf,-3)
math.pow(2,-10000)
math.log(8,2)
math.log(0,2)
math.log(10**400,10)
math.log(2,1)
math.log(2,0)
math.log(-1,0)
math.log()
math.log(1,2,3)
math.log(10**400), math.log2(1<<5000), math.log10(10**400)
math.log2(0), math.log2(-1)
math.log2(0)
math.hypot()
math.hypot(3,4), math.hypot(inf,nan), math.hypot(nan,1), math.hypot(1e308,1e308), math.hypot(1,2,3,4), math.hypot(1e-320,1e-320)
math.hypot("a")
math.dist([1,2],[4,6]), math.dist((1,),(2,)), math.dist([],[])
math.dist([1],[1,2])
math.dist(1,2)
math.fsum([.1]*10)
math.fsum([1e308,1e308])
math.fsum([inf,-inf])
math.fsum([inf,1])
math.fsum(["a"])
math.fsum([1e308,1e308,-1e308])
math.comb(5,2), math.comb(100,50), math.comb(5,6), math.perm(5), math.perm(5,2), math.perm(5,6)
math.comb(-1,2)
math.comb(1,-2)
math.comb(1.0,2)
math.comb(10**400, 2)>>1300
math.comb(10**400, 10**400)
math.comb(10**400, 10**400-1)==10**400
math.comb(10**400, 10**399)
math.perm(-1)
math.perm(1,-1)
math.perm(10**20, 2)
math.perm(10**20)
math.perm(10**20, 10**21)
math.factorial(5.0)
math.factorial(-1)
math.factorial(10**20)
math.factorial(20), math.factorial(21), math.factorial(0)
math.isqrt(-1)
math.isqrt(10**40), math.isqrt(2**64-1), math.isqrt(True)
math.isqrt(1.0)
math.gcd(), math.gcd(12,18), math.gcd(-5), math.gcd(0,0), math.gcd(10**30, 10**20), math.lcm(), math.lcm(4,6), math.lcm(0,5), math.lcm(-3), math.lcm(10**20,6)
math.gcd(1.0)
math.gcd(1, "a")
math.lcm("a", 1)
math.isclose(1,1+1e-10), math.isclose(1,2), math.isclose(1,2,abs_tol=2), math.isclose(inf,inf), math.isclose(nan,nan), math.isclose(inf,1)
math.isclose(1,2,rel_tol=-1)
math.isclose(1)
math.ldexp(1,2000)
math.ldexp(1,-2000), math.ldexp(0,10**400), math.ldexp(inf,5), math.ldexp(1.5, 3), math.ldexp(-1,-10**400), math.ldexp(5e-324, -1)
math.ldexp(1,10**400)
math.ldexp(1,1.5)
math.ldexp(3, -1075), math.ldexp(-3,-1076)
math.modf(1.5), math.modf(-1.5), math.modf(-0.0)
math.remainder(5,3), math.remainder(-5,3), math.remainder(1,inf), math.remainder(2.5,1),math.remainder(3.5,1), math.remainder(-0.0,1)
math.remainder(1,0)
math.remainder(inf,1)
math.copysign(1,-0.0), math.copysign(nan,-1)
math.nextafter(1,2), math.nextafter(1,0), math.nextafter(1,2,steps=5), math.nextafter(0,1,steps=0), math.nextafter(1,1), math.nextafter(nan,1),math.nextafter(-1,1,steps=2**64), math.nextafter(1,inf,steps=10**30), math.nextafter(0.0,-0.0), math.nextafter(-5e-324, 5e-324, steps=1), math.nextafter(-5e-324, 5e-324, steps=2), math.nextafter(-5e-324, 5e-324, steps=3)
math.nextafter(1,2,steps=-1)
math.nextafter(1,2,steps=1.5)
math.nextafter(1,2,3)
math.ulp(1), math.ulp(0), math.ulp(nan), math.ulp(inf), math.ulp(1.7976931348623157e308), math.ulp(-1)
math.prod([1,2,3]), math.prod([]), math.prod([1.5,2]), math.prod([2],start=3), math.prod(["a"],start=2), math.prod([2**62,4]), math.prod([1,2.5,3])
math.prod(1)
math.prod([None])
math.sumprod([1,2],[3,4]), math.sumprod([1.5],[2]), math.sumprod([],[]), math.sumprod([10**20],[10**20]), math.sumprod([.1]*10,[1]*10), math.sumprod([True],[5]), math.sumprod([1e308,1e308],[10,-10]), math.sumprod(["a"],[2])
math.sumprod([1],[1,2])
math.sumprod([1],1)
math.sumprod(["a"],["b"])
math.fma(2,3,4), math.fma(1e308,10,-1e308) if 0 else 0
math.fma(1e308,10,-1e308)
math.fma(inf,0,1)
math.fma(inf,0,nan)
math.fma(nan,1,1), math.fma(inf,1,1), math.fma(inf,1,-inf) if 0 else 0
math.fma(inf,1,-inf)
math.gamma(0.5), math.gamma(5), math.gamma(171.5), math.gamma(-0.5), math.gamma(1e-310), math.gamma(-170.5), math.gamma(-200.5), math.gamma(23.0), math.gamma(1e-20)
math.gamma(172)
math.lgamma(0.5), math.lgamma(100), math.lgamma(-0.5), math.lgamma(1e300), math.lgamma(1), math.lgamma(2), math.lgamma(1e-30)
math.lgamma(1.7e308)
math.ceil(1.5), math.floor(-1.5), math.trunc(-1.5), math.ceil(5), math.floor(10**30)
math.ceil([])
math.trunc("a")
math.isfinite(10**400)
math.isnan("a")
math.e, math.tau, math.pi
''')

for f in "acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp2 expm1 fabs floor gamma lgamma log log10 log1p log2 sin sinh sqrt tan tanh trunc ulp factorial isqrt radians degrees frexp modf".split():
    show("\n".join(f"math.{f}({x})" for x in ("inf", "-inf", "nan", "-1.5", "2.0", "1000.0", "-1", "0.0", "-0.0", "1", "10**400", "'a'")))
