type Alias = int
type Pair[T, *Ts, **P] = tuple[T, *Ts]


def f[T: int = str, *Ts = *tuple[int], **P = [int]](a: T, *, b: T = None) -> T:
    return a


def g[T](x, y=1): ...


class C[T: (int, str)](Base, metaclass=M):
    type Inner[U] = dict[T, U]
    attr: T

    def m[V](self, v: V) -> T:
        return T, V, self.attr
