# Operators on numbers and their errors.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


show(r'''
1<<(1<<64)
1<<(1<<62)
0<<(1<<70)
1<<-1
1>>-1
1>>(1<<70)
-1>>(1<<70)
1<<(-1<<70)
1>>(-1<<70)
1//0
1%0
divmod(1,0)
1/0
1.0/0
1.0//0
1.0%0
divmod(1.0,0)
(1<<100)/0
(1<<2000)/1
(1<<2000)/(1.0)
(1<<2000)+1.0
1.0<(1<<2000)
pow(2,-1)
pow(0,-1)
pow(2,-1,7)
pow(2,-1,4)
pow(2,3,0)
pow(2,3,-5)
pow(2,3,1)
pow(2,3,"a")
pow(2.0,3,4)
pow("a",3)
pow("a",3,4)
2**"a"
"a"**2
0.0**-1
(-8.0)**(1/3)
(-0.0)**-3
10.0**400
(5).__round__(1.5)
(5).__round__(None)
(5).__round__("a")
hash(1e20), hash(float("inf")), hash(-1.5), hash(1<<61), hash(-1), hash(1+2j)
hash(0.1), hash(2**61-1), hash(-(2**61)), hash(10**50), hash(-10**50)
True&1, True|False, True^True, True^1
(5).__getnewargs__()
True.__getnewargs__()
(1j).__getnewargs__()
(1).__format__("d"), (1).__format__("")
(1).__format__(1)
(1j).__format__(1)
1+"a"
"a"+1
[]+1
1+[]
1*"a"
1.5*"a"
"a"*1.5
"a"*(1<<70)
"a"*"b"
[]*[]
None+1
1-"a"
1@2
1<<1.0
-"a"
+"a"
~1.5
~"a"
abs("a")
[][1.5]
[]["a"]
[1][1<<70]
range(1.5)
"a"%1
pow(1,2,None)
pow(1,"a",3)
pow(1,2,3.0)
divmod("a",1)
divmod(1,"a")
type(None)()
type(None)(1)
type(NotImplemented)()
type(...)()
type(None)(a=1)
type(...)(1)
not NotImplemented
NotImplemented.__reduce__()
....__reduce__()
(1 .real, 1 .imag, 1 .numerator, 1 .denominator)
(1).conjugate(), (2.5).conjugate(), (1+2j).conjugate()
''')
