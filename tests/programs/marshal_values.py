"""marshal keeps identities and loops, and follows the version that is asked for."""

import io
import marshal

loop = [1]
loop.append(loop)
copy = marshal.loads(marshal.dumps(loop))
print(copy[1] is copy)
knot = ([],)
knot[0].append(knot)
copy = marshal.loads(marshal.dumps(knot))
print(copy[0][0] is copy)
text = "not a name: é"
pair = marshal.loads(marshal.dumps([text, text]))
print(pair[0] is pair[1], marshal.loads(marshal.dumps([text, text], 2)) == pair)
for value, version in [(slice(1, 2), 4), (loop, 2), (object(), 5)]:
    try:
        marshal.dumps(value, version)
    except ValueError as e:
        print(e)
code = compile("x = (1.5, 'a'); y = lambda z: z", "file", "exec")
again = marshal.loads(marshal.dumps(code))
print(again == code, again.co_consts[0], again.co_filename is again.co_consts[1].co_filename)
for allow in (True, False):
    try:
        print(type(marshal.loads(marshal.dumps(code), allow_code=allow)).__name__)
    except ValueError as e:
        print(e)
stream = io.BytesIO(marshal.dumps((1, "two")) + b"rest")
print(marshal.load(stream), stream.read())
for bad in (b"", b"(", b"r\0\0\0\0", b"?", b"[\1\0\0\0000"):
    try:
        marshal.loads(bad)
    except (EOFError, ValueError, TypeError) as e:
        print(type(e).__name__, e)
