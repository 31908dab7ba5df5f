def g():
    try:
        {}["k"]
    except KeyError as e:
        raise ValueError("x") from e
try:
    g()
except ValueError:
    raise TypeError("second")
