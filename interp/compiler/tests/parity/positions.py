def f(a,
      b=(1 +
         2)):
    return (a.
            long_attribute
            .another(
                b,
            ))


class C(
    Base,
): pass;


if x: y = 1;
while (a or
       b):
    x = not (
        c)
    break
for i in range(
        3): pass
with (open("a") as f,
      open("b") as g):
    pass
try: a
except X: b;
é = "ü"; self.é.attr = 1
