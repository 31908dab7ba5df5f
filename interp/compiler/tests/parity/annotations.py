a: int = 1
b: "str"
if a:
    c: list[int] = []


class P:
    x: int
    y: str = ""
    if a:
        z: float

    def m(self, v: P, *args: *Ts, w: x = 1, **kw: int) -> "P":
        local: int = v
        unset: undefined
        self.attr: int = 2
        return local


def f(p: int, /, q: str = "s") -> None: ...


(d): int = 2
a.b: int
