# The array module.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


import array as A
import warnings
from array import array

warnings.simplefilter("ignore")


class I:
    def __index__(self):
        return 5


def do(code, a=None):
    g = {"a": a, "array": array}
    exec(code, g)
    return g["a"]


show(r'''
array('f',["a"])
array('f',[1e100,float('nan'),0.1])
array('d',["a"])
array('d',[1,2.5])
array('u',"abc")
array('w',"ab\U0001f600")
array('u',[1])
array('w',[1])
array('w',["ab"])
array('u',["ab"])
array('u',"a\U0001f600")
array('i',"abc")
array('z')
array()
array(1)
array("ii")
array('i',1)
array('i',x=1)
array('i',[],[])
array('i',b"\x01\0\0\0")
array('i',b"abc")
array('i',bytearray(b"\x01\0\0\0"))
array('b',array('i',[1,2]))
array('b',array('i',[1,200]))
array('i',array('w',"a"))
array('d',array('i',[1]))
array('i',(1,2)), array('i',range(3)), array('i'), array('i',{1})
array('i',[1,"a"])
array('i',[1,2])[0], array('i',[1,2])[-1], array('i',[1,2,3])[::2], array('i',[1,2,3])[1:]
array('i',[1])[5]
array('i',[1])["a"]
array('i',[1])[1.5]
do("a[0]=5",array('i',[1]))
do("a[5]=5",array('i',[1]))
do("a[0]='x'",array('i',[1]))
do("a[0:1]=array('i',[7,8])",array('i',[1,2]))
do("a[0:1]=[7,8]",array('i',[1,2]))
do("a[0:1]=array('b',[7,8])",array('i',[1,2]))
do("a[::2]=array('i',[7,8])",array('i',[1,2,3]))
do("a[::2]=array('i',[7,8,9])",array('i',[1,2,3]))
do("a[::-1]=a",array('i',[1,2,3]))
do("a[1:1]=a",array('i',[1,2,3]))
do("del a[0]",array('i',[1,2,3]))
do("del a[9]",array('i',[1,2,3]))
do("del a[::2]",array('i',[1,2,3]))
do("del a['x']",array('i',[1,2,3]))
do("a['x']=1",array('i',[1,2,3]))
do("a+=array('i',[9])",array('i',[1]))
do("a+=[9]",array('i',[1]))
do("a+=array('b',[9])",array('i',[1]))
do("a*=2",array('i',[1]))
do("a*=-2",array('i',[1]))
do("a*='x'",array('i',[1]))
array('i',[1])+array('i',[2])
array('i',[1])+array('b',[2])
array('i',[1])+[2]
array('i',[1])*2, 2*array('i',[1]), array('i',[1])*0
array('i',[1])*10**20
array('i',[1])==array('d',[1.0]), array('i',[1])<array('i',[1,2]), array('i',[1])==[1], array('i',[1,2])!=array('i',[1,3]), array('i',[5])>array('i',[1,3])
array('i',[1])<[1]
1 in array('i',[1]), "a" in array('i',[1])
array('i',[1,2,1]).count(1), array('i',[1,2,1]).index(2), array('i',[1,2,1]).index(1,1), array('i',[1,2,1]).index(1,-1)
array('i',[1]).index(9)
array('i',[1]).index(1,5)
array('i',[1]).remove(9)
array('i',[1,2,3]).pop(), array('i',[1,2,3]).pop(0)
array('i').pop()
array('i',[1]).pop(5)
array('i',[1]).append("a")
array('i',[1]).extend([1,"a"])
array('i',[1]).extend(5)
array('i',[1]).extend(array('b',[1]))
array('i',[1]).insert(0,"a")
array('i',[1]).fromlist(5)
array('i',[1]).fromlist([1,"a"])
array('i',[1]).frombytes(b"abc")
array('i',[1]).frombytes("abc")
array('i',[1]).frombytes(array('i',[1]))
array('i',[1]).fromunicode("a")
array('w').fromunicode(5)
array('i',[1]).tounicode()
array('w',"abc").tounicode(), array('w',"abc").tolist(), array('i',[1]).tobytes(), array('i',[1,2]).buffer_info()[1]
array('i',[1]).byteswap()
do("a.byteswap()",array('i',[1]))
do("a.reverse()",array('i',[1,2,3]))
do("a.insert(-1,9)",array('i',[1,2,3])), do("a.insert(100,9)",array('i',[1,2,3]))
array('i',[1]).typecode, array('i',[1]).itemsize, array('u').itemsize, array('l').itemsize
array('i',[1]).__reduce_ex__(2), array('i',[1]).__reduce_ex__(3), array('w','a').__reduce_ex__(3), array('d',[1]).__reduce_ex__(4), array('w','a').__reduce_ex__(2)
array('i',[1]).__reduce_ex__("a")
A._array_reconstructor(array,'i',8,b"\x01\0\0\0")
A._array_reconstructor(array,'i',9,b"\x01\0\0\0")
A._array_reconstructor(array,'i',99,b"\x01\0\0\0")
A._array_reconstructor(array,'i',8,b"\x01\0\0")
A._array_reconstructor(array,'z',8,b"\x01\0\0")
A._array_reconstructor(int,'i',8,b"\x01\0\0\0")
A._array_reconstructor(array,'i',8,"a")
A._array_reconstructor(array,'d',16,b"\0\0\0\0\0\0\xf0\x3f")
A._array_reconstructor(array,'q',2,b"\x01\2")
A._array_reconstructor(array,'w',18,b"a\0")
A._array_reconstructor(array,'w',20,b"a\0\0\0")
array('i',[1]).__hash__
hash(array('i',[1]))
array[int]
array('i').__sizeof__(), array('i',[1]).__sizeof__()
repr(array('f',[0.1])), repr(array('w')), repr(array('b',[])), repr(array('w',"a'b"))
array('i',[1]).__deepcopy__({}), array('i',[1]).clear()
''')

for tc in "bBhHiIlLqQ":
    show("\n".join(f"array('{tc}',[{v}])" for v in ("-2**7-1", "256", "-1", "2**15", "2**16", "2**31", "2**32", "2**63", "2**64", "-2**63-1", "1.5", "'a'", "I()", "2**100", "-2**100")))
it = iter(array("i", [1, 2, 3]))
print(next(it), it.__reduce__())
it.__setstate__(0)
print(list(it), it.__reduce__())
