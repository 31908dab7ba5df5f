"""Runs programs, files named on the command line, one after the other in one process; each in a module of its own."""

import gc
import sys

# When cycles are collected depends on how many objects there are, which compiled code has fewer of.
gc.disable()

for name in sys.argv[1:]:
    for stream in sys.stdout, sys.stderr:
        print("==", name.rpartition("/")[2], file=stream, flush=True)
    with open(name) as f:
        source = f.read()
    try:
        exec(compile(source, name, "exec"), {"__name__": "__main__"})
    except BaseException as e:
        t = e.__traceback__.tb_next
        print("ended by", type(e).__name__, str(e)[:200], t and t.tb_lineno)
    gc.collect()
