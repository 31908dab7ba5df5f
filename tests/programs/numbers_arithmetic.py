# Corner cases of arithmetic.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


show(r'''
int("\x1c1")
int("\xa01")
int("\u20001\x1f")
float("\x1c1")
float("\u20001\x1f")
float("\u0661.5")
float("1\u20ac")
1<True
I.from_bytes(b"a")
type(I.from_bytes(b"a"))
type(F.fromhex("1"))
type(F.from_number(1))
type(Z.from_number(1))
pow(1.5,2,None)
pow(1j,2,None)
pow(1j,2,3)
pow(2,0.5,3)
(2).__pow__(3,4), (2).__rpow__(3), (2).__rpow__(3,5), (2).__pow__("a")
(2).__pow__(-1, 5)
1j**"a"
1j+"a"
"a"+1j
repr(complex(0.0,-0.0)), repr(complex(-0.0,1)), repr(complex(1,float("nan"))), repr(complex(float("inf"),-float("inf")))
1e308*10j
(1+2j)*(3-4j), (1+2j)/(3-4j), (1+2j)**2, (1+2j)**0.5, (1+2j)**(1+1j), (1+2j)**-3
(1+2j)**100
(1+2j)**101
(1e200+1j)**2
1j/0
1/0j
1.5-2j, 2-1j, 2*1j, 1j*2.0, -0.0+1j, 1j-0.0, 0.0*1j, 2/(1+1j)
0j**0, 0j**2
(1j)==1j, 1j==1, complex(1)==1, complex(2**53)==2**53+1, 1j==1.0, complex(1.5)==1.5, 1j=="a"
(5).bit_length(), (-5).bit_length(), (0).bit_length(), (-(1<<100)).bit_count(), (1<<100).bit_length()
(5).__sizeof__(), (1<<100).__sizeof__()
float.__new__(int)
float.__new__(F, 1)
float.__new__()
complex.__new__(F)
bool.__new__(bool, 1,2)
type(None).__new__(int)
(1).__round__(1,2)
1.5 .__format__(".2f")
(1+2j).__format__(".2f")
True.__format__("d")
True.__format__("")
format(True,"5")
repr(True), str(True)
5 .__divmod__(2), 5 .__rdivmod__(2), 5 .__add__("a"), 5 .__eq__("a"), 5 .__lt__(5.5), 5. .__lt__(5), 5 .__eq__(5.0)
5. .__floordiv__(2), 5. .__mod__(-2), divmod(5.,-2), divmod(-5., 2), -0.0 % 1, 0.0 % -1, 1e300 % 7, 5.0//0.1, float("inf")//1, 1//float("inf"), -1//float("inf"), 1 % float("inf"), -1%float("inf"),divmod(1,float("nan"))
float("nan")%1, float("inf")%1
1.0**float("nan"), float("nan")**0, (-1.0)**float("inf"), 0.0**0, (-2.0)**3, (-2.0)**-3, 2.0**1024
(-2.0)**0.5
(-1)**0.5, 4**0.5, 2**-1, (-2)**-3
(10**400)**-1
(10**400)/(10**399), 1/(10**400), (10**23)/1, (2**53+1)/1, 1/3, -7/2, 10**308*10/10, (2**1024-1)/1
(2**1024-2**970)/1, (2**1024-2**970-1)/1
float(2**1024-2**970-1)
float(2**1024-2**970)
float(2**53+1), float(2**54+2), float(2**54+6), float(2**64+2**11), float(2**64+2**11+1), float(-(2**64+2**11))
''')
