"""Times one program on the Python that runs this: measure.py PROGRAM SECONDS [ARGUMENT ...].

Calls the program's `run()` until the time is up; a script without one is executed as a whole, again and again, as `__main__`,
with the arguments. What it prints is thrown away. The last line of output is JSON: the time of each iteration in seconds, the
peak of the memory in KiB before and after, and what a Weft with a JIT says of it.
"""

import io
import json
import os
import sys
import time

try:
    import resource
except ImportError:
    resource = None


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else None


def jit_statistics():
    try:
        from weft import jit
    except ImportError:
        return None
    return jit.stats() or None


def iteration(path):
    with open(path, encoding="utf-8") as f:
        source = f.read()
    code = compile(source, path, "exec")
    namespace = {"__name__": "benchmark", "__file__": path}
    if "def run(" in source:
        exec(code, namespace)
        if callable(namespace.get("run")):
            return namespace["run"]

    def script():
        try:
            exec(code, {"__name__": "__main__", "__file__": path, "__builtins__": __builtins__})
        except SystemExit:
            pass

    return script


def main(path, budget, arguments):
    output = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")
    sys.argv = [path] + arguments
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    before = peak()
    run = iteration(path)
    clock = time.perf_counter
    end = clock() + budget
    times = []
    while not times or clock() < end:
        start = clock()
        run()
        times.append(clock() - start)
    result = {"times": times, "memory_before": before, "memory": peak(), "jit": jit_statistics()}
    output.write("\n" + json.dumps(result) + "\n")
    output.flush()
    os._exit(0)


main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
