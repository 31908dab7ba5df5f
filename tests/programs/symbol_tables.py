"""symtable, on what the compiler knows of names."""

import symtable

SOURCE = """
import os
def f[T](a, *b: int):
    global g
    c = a
    class C:
        x: int = c
    return [d for d in b]
"""


def show(table, depth=0):
    names = sorted(map(repr, table.get_symbols()))
    print(" " * depth, table.get_type(), table.get_name(), table.get_lineno(), table.is_nested(), names)
    for child in table.get_children():
        show(child, depth + 2)


show(symtable.symtable(SOURCE, "?", "exec"))
try:
    symtable.symtable("def f(x): global x", "?", "exec")
except SyntaxError as e:
    print(e.msg, e.lineno, e.offset)
