big = 0xFFFF_FFFF_FFFF_FFFF_FFFF, 1_000, 1e400, 1j, -0.0, 0o17, 0b11
chain = a < b <= c is not d in e not in f
logic = a and b or not c and (d or e)
cond = (a if b else c) if d else e
sub = x[1], x[a:b], x[1:2], x[::2], x[a:b:c], x[..., 1:2, a:], x[*y]
x[a:b] = x[1:2] = x[0] = 1
x[a:b] += 1
x.y.z -= 2
x[i] @= 3
del x[0], x.y, (p, [q])
(a, *b), [c, d] = e
first, *_, last = f
unary = -a, +b, ~c, not d
folded = 1 + 2 * 3, (1, 2, (3,)), "a" * 3, not True, {1, 2} if x in {3, 4} else [1, 2, 3]
d = {"a": 1, **e, "b": 2}
s = {*a, b}
t = (*a, b)
for i in [1, 2, 3]: print(i); continue
assert a, "message"
assert (b
        and c)
lam = lambda *a, k=1, **kw: (yield a)
if __debug__ and (n := len(a)) > 10 or (not b and c): pass
elif a: del b
else: raise E(1) from e
x = yield_ = ...
