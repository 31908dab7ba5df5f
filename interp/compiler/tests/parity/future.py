"""Stringified annotations."""
from __future__ import annotations

a: dict[str, int | None] = {}


def f(x: (1 + 2) * -3 ** 2, *args: lambda a, /, b=1, *c, d, **e: a, y: "quoted" = 1) -> list[(x for x in y if x)]:
    z: not_stored = x
    return z


class C:
    m: f"{a!r:>{w}} {{}}"
    n: a.b[c:d, ...] if not e else (yield_ and (f or g))
    o: {**a, 'k': b"v"}
    p: (x < 5) < 3 != 1e100 // -x ** -y
