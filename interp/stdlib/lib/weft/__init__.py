"""What Weft has that other Pythons do not: see weft.jit."""

from weft import jit

__all__ = ["jit"]
