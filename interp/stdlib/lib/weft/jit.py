"""What the JIT has compiled: traces(), stats(), dump(function), compared(); and native_stack().

Everything here only looks. Without --jit there are no traces, and stats() is empty. sys._jit says whether the JIT is on.
"""

import _weft
from typing import NamedTuple

__all__ = ["Trace", "traces", "stats", "dump", "compared", "native_stack"]


class Trace(NamedTuple):
    """A compiled trace that may be entered."""

    id: int
    kind: str  # "loop", "entry" or "side"
    parent: int | None  # the trace from whose exit it goes on
    parent_exit: int | None
    link: int | None  # the trace that it leads to
    function: str  # where it begins
    filename: str
    line: int
    bytecodes: int  # as recorded, those of inlined calls included
    instructions: int  # of its optimised IR
    ops: int
    bytes: int  # of machine code
    exits: int
    exits_taken: int  # how often it was left for the interpreter


class Compared(NamedTuple):
    """A trace that both backends have compiled. Times are in seconds: the first time, and the shortest when the same was done again."""

    ops: int
    allocation: float  # and selection, of which both make use
    copy_and_patch: float
    cranelift: float
    allocation_again: float
    copy_and_patch_again: float
    cranelift_again: float


def traces():
    """All traces that may be entered, in the order they were compiled in."""
    return [Trace(*row) for row in _weft.traces()]


def stats():
    """What the JIT has done, as numbers: counts by name, times in seconds."""
    return _weft.stats()


def compared():
    """How long both backends took for each trace, under --jit=cranelift --jit-stats; else empty."""
    return [Compared(*row) for row in _weft.compared()]


def dump(what):
    """Everything known of one trace (by its id, or as traces() gives it), or of all traces that have compiled a part of a
    function, method or code object: bytecodes, IR, registers, machine code."""
    if isinstance(what, Trace):
        what = what.id
    if isinstance(what, int):
        text = _weft.dump(what)
        if text is None:
            raise ValueError(f"there is no trace {what}")
        return text
    what = getattr(what, "__func__", what)
    what = getattr(what, "__wrapped__", what)
    code = getattr(what, "__code__", what)
    return "".join(_weft.dump(id) for id in _weft.traces_of(code))


def native_stack():
    """The native stack of this thread, innermost first, as the C runtime unwinds it: for each call the address that it returns
    to and, if that is in compiled code, the id of the trace (otherwise None)."""
    return _weft.native_stack()
