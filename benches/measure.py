"""Times one benchmark program on the Python that runs this: measure.py PROGRAM SECONDS.

Calls the program's `run()` until the time is up and prints the first and the best time in seconds, and the count.
"""

import sys
import time


def main(path, budget):
    with open(path, encoding="utf-8") as f:
        source = f.read()
    namespace = {"__name__": "benchmark", "__file__": path}
    exec(compile(source, path, "exec"), namespace)
    run = namespace["run"]
    clock = time.perf_counter
    end = clock() + budget
    times = []
    while not times or clock() < end:
        start = clock()
        run()
        times.append(clock() - start)
    print("measured", times[0], min(times), len(times))


main(sys.argv[1], float(sys.argv[2]))
