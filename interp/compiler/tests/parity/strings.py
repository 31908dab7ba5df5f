s = "a" 'b' """c
d""" r"\n" "\x41\u00e9\N{BULLET}\ud800\
" "\101"
b = b"\x00\xff" rb"\n"
f = f"a{x}b{y!r:>{w}.{p}}{z=} {{}} {q:%H:%M}" "tail"
g = f"{x}" f"" "" f"{'nested' + f'{y}'}"
h = f"""
{
    x
}"""
t = t"{x} and { y = !r:{w}}" t"end"
e = f"" ""
old = "%s is %-10s and %5.2r%%" % (a, b, c)
kept = "%d" % (a,)
