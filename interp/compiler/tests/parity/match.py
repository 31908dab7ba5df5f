def f(x):
    match x:
        case 0 | -1 | 1 + 2j:
            return 1
        case "a" "b" | None:
            return 2
        case [a, b, *rest] if a:
            return a, b, rest
        case [1, *_, last]:
            return last
        case {"k": v, C.D: [], **others}:
            return v, others
        case Point(x=0, y=yy) | Point(yy, _):
            return yy
        case (str() as s) | [s]:
            return s
        case _:
            return None


match y:
    case [] | [_] | (_, _): pass
    case {}: pass
