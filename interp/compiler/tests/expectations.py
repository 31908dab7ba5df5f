#!/usr/bin/env python3.14
"""Writes what CPython 3.14 makes of the test data beside it; run it under CPython 3.14 after changing the data.

parity/NAME.py       -> parity/NAME.marshal: the code object of the file, marshalled
diagnostics.txt      -> itself: each case's header line gets CPython's error or warnings
"""
import marshal
import pathlib
import warnings

HERE = pathlib.Path(__file__).parent


def parity():
    for path in sorted((HERE / "parity").glob("*.py")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(path.read_bytes(), path.name, "exec", dont_inherit=True, optimize=0)
        path.with_suffix(".marshal").write_bytes(marshal.dumps(code))


def diagnostics():
    """Cases start with a line `== MODE EXPECTATION`; EXPECTATION is written here."""
    path = HERE / "diagnostics.txt"
    out = []
    for case in path.read_text().split("== ")[1:]:
        header, source = case.split("\n", 1)
        mode = header.split()[0]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                compile(source.removesuffix("\n"), "<test>", mode, dont_inherit=True)
                result = " | ".join(f"warns {w.lineno}: {w.message}" for w in caught) or "compiles"
            except SyntaxError as e:
                place = f"{e.lineno}:{e.offset}-{e.end_lineno}:{e.end_offset}"
                result = f"{type(e).__name__} {place} {e.msg}"
        out.append(f"== {mode} {result}\n{source}")
    path.write_text("".join(out))


if __name__ == "__main__":
    parity()
    diagnostics()
