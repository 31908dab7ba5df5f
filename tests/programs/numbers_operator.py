# The operator functions and getters.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


import _operator as operator

show(r'''
operator.itemgetter()
operator.itemgetter(1)()
operator.itemgetter(1)(1,2)
operator.itemgetter(1), operator.itemgetter(1,2), operator.itemgetter((1,))
operator.itemgetter(1).__reduce__(), operator.itemgetter(1,2).__reduce__()
operator.itemgetter(1)((1,2)), operator.itemgetter(0,1)("ab"), operator.itemgetter(slice(1))("ab")
operator.itemgetter(5)((1,2))
operator.itemgetter(-1)((1,2))
operator.attrgetter()
operator.attrgetter(1)
operator.attrgetter("a"), operator.attrgetter("a.b","c")
operator.attrgetter("a.b").__reduce__()
operator.attrgetter("real.imag")(5), operator.attrgetter("real","imag")(5)
operator.attrgetter("x.y")(5)
operator.attrgetter("a")()
operator.methodcaller()
operator.methodcaller(1)
operator.methodcaller("a",1).__reduce__(), operator.methodcaller("a",1,x=2).__reduce__()
operator.methodcaller("upper")("a"), operator.methodcaller("split",",",maxsplit=1)("a,b,c")
operator.methodcaller("a")()
operator.methodcaller("a")(1,2)
operator.countOf([1,2,1],1), operator.indexOf([1,2,1],2)
operator.indexOf([1],2)
operator.indexOf(1,2)
operator.countOf(1,2)
operator.contains(1,2)
operator.concat(1,2)
operator.concat([1],2)
operator.concat([1],[2])
operator.iconcat(1,2)
operator.length_hint([1,2]), operator.length_hint(5,7)
operator.length_hint([],"a")
operator.length_hint([],1.5)
operator.call()
operator.call(max,1,2), operator.call(dict,a=1)
operator.call(1)
operator.add(1)
operator.add(1,2,3)
operator.index(1.5)
operator.delitem([1],5)
operator.attrgetter.__doc__[:20], operator.itemgetter.__module__, operator.itemgetter.__name__, operator.itemgetter.__qualname__
operator.itemgetter(1).__text_signature__, operator.itemgetter.__text_signature__
operator.itemgetter(1)==operator.itemgetter(1)
''')

show("operator._compare_digest('a','a')\noperator._compare_digest(b'a',b'b')\noperator._compare_digest('a',b'a')\noperator._compare_digest('é','a')\noperator._compare_digest(1,2)")
