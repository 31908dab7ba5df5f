# complex(...) and its errors.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


show(r'''
1j**-1
0j**-1
0j**1j
1j//1
1j%1
divmod(1j,1)
1j<1j
complex.from_number("1")
complex("1+2j")
complex("x")
complex("1+j")
complex("( 1+2j )")
complex("1 + 2j")
complex("1",2)
complex(1,"2")
complex([])
complex(1,[])
complex(1j,1j)
complex(b"1")
complex(real=1,imag=2)
complex(None)
abs(1e308+1e308j)
complex("\u06611j")
complex(memoryview(b"12"))
complex("1e400"), complex("nan+infj"), complex("-j"), complex("+J"), complex("1_0j")
complex("")
complex("1+")
complex("1+2")
complex("1j2")
complex("1\x00")
complex(1,2,3)
complex(x=1)
complex(1,imag="a")
complex(real="1")
complex(imag=3)
complex("1", imag=3)
complex(float("inf"),1)*complex(1,1)
complex(float("inf"),float("nan"))*complex(float("nan"),1)
complex(1,1)/complex(float("inf"),1)
complex(1)<1
''')
