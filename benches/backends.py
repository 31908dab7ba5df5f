#!/usr/bin/env python3
"""Compares Weft's two backends, copy and patch and Cranelift, on the same traces: compile time, and speed of the code.

usage: backends.py [--weft PATH] [--budget SECONDS] [--json FILE] PROGRAM [PROGRAM ...]

A program is a script that defines `run()`, or one of pyperformance's, which use `pyperf`; that need not be installed. Each runs three
times, for so many seconds a benchmark: under `--jit=cranelift --jit-stats`, which takes every trace through both backends (the first
time, and five times more, of which the shortest counts), and under `--jit` and `--jit=cranelift`. The columns:

  traces    how many there are
  ops       machine ops in them
  ns/op     copying and patching, per op of all traces
  again     the same, done again
  stitch    how many times as long as copying and patching Cranelift takes: the median over the traces
  again     the same, done again
  backend   as `stitch`, for the whole backend: allocation, selection, copying, patching
  again     the same, done again
  code      the speed of its code, Cranelift's being 1: the geometric mean over the program's benchmarks, best times

The last rows are medians over all traces of all programs, and the geometric mean of the programs' code.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))


class Runner:
    """What scripts ask of pyperf: keeps the best time of each benchmark."""

    best = {}
    budget = 1.0

    def __init__(self, *args, **kwargs):
        self.argparser = argparse.ArgumentParser()
        self.metadata = {}
        self.args = None

    def parse_args(self, argv=None):
        if self.args is None:
            self.args = self.argparser.parse_args(argv)
        return self.args

    def bench_time_func(self, name, function, *args, inner_loops=1, **kwargs):
        end = time.perf_counter() + self.budget
        best = function(1, *args)
        while time.perf_counter() < end:
            loops = max(1, min(int(0.01 / max(best, 1e-8)), 1000000))
            best = min(best, function(loops, *args) / loops)
        Runner.best[name] = best

    def bench_func(self, name, function, *args, **kwargs):
        def timed(loops):
            start = time.perf_counter()
            for _ in range(loops):
                function(*args)
            return time.perf_counter() - start

        self.bench_time_func(name, timed)

    def bench_async_func(self, name, function, *args, **kwargs):
        import asyncio

        def timed(loops):
            async def main():
                start = time.perf_counter()
                for _ in range(loops):
                    await function(*args)
                return time.perf_counter() - start

            return asyncio.run(main())

        self.bench_time_func(name, timed)

    def timeit(self, name, stmt=None, setup="pass", **kwargs):
        import timeit

        self.bench_time_func(name, timeit.Timer(stmt, setup).timeit)


def child(program, budget):
    """Runs a program inside of a Weft; the last line of output says what was found."""
    Runner.budget = budget
    pyperf = types.ModuleType("pyperf")
    pyperf.Runner, pyperf.perf_counter = Runner, time.perf_counter
    pyperf.python_implementation = lambda: sys.implementation.name
    sys.modules["pyperf"] = pyperf
    sys.argv = [program]
    sys.path.insert(0, os.path.dirname(program))
    with open(program, encoding="utf-8") as f:
        code = compile(f.read(), program, "exec")
    namespace = {"__name__": "__main__", "__file__": program}
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__dict__.update(namespace)
    exec(code, main.__dict__)
    if not Runner.best and callable(main.__dict__.get("run")):
        Runner().bench_func("run", main.__dict__["run"])
    from weft import jit

    print("\n" + json.dumps({"best": Runner.best, "compared": jit.compared()}))


def measure(weft, options, program, budget):
    argv = [weft, *options, os.path.abspath(__file__), "--child", program, str(budget)]
    p = subprocess.run(argv, capture_output=True, text=True, cwd=os.path.dirname(program))
    if p.returncode:
        raise RuntimeError(f"{program}: {' '.join(options)}: status {p.returncode}: {p.stderr[-300:]}")
    return json.loads(p.stdout.strip().splitlines()[-1])


def figures(traces):
    """The columns up to `backend` of traces as `weft.jit.compared()` has them."""
    ops = sum(t[0] for t in traces)
    row = {"traces": len(traces), "ops": ops}
    for name, (allocation, stitching, cranelift) in {"first": (1, 2, 3), "again": (4, 5, 6)}.items():
        row[name] = {
            "ns_per_op": 1e9 * sum(t[stitching] for t in traces) / max(ops, 1),
            "stitch": statistics.median(t[cranelift] / max(t[stitching], 1e-9) for t in traces),
            "backend": statistics.median(t[cranelift] / max(t[allocation] + t[stitching], 1e-9) for t in traces),
        }
    return row


def line(name, row, speed):
    first, again = row["first"], row["again"]
    return (
        f"{name:<18}{row['traces']:>8}{row['ops']:>9}{first['ns_per_op']:>8.1f}{again['ns_per_op']:>8.1f}{first['stitch']:>8.0f}{again['stitch']:>8.0f}"
        f"{first['backend']:>9.1f}{again['backend']:>8.1f}{speed:>7.2f}"
    )


def mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weft", default=os.path.join(HERE, "..", "target", "release", "weft"))
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("--json")
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()
    weft = os.path.abspath(shutil.which(args.weft) or args.weft)
    print(f"{'':<18}{'traces':>8}{'ops':>9}{'ns/op':>8}{'again':>8}{'stitch':>8}{'again':>8}{'backend':>9}{'again':>8}{'code':>7}")
    results, speeds, every = {}, [], []
    for program in map(os.path.abspath, args.programs):
        name = os.path.basename(program).removesuffix(".py")
        if name == "run_benchmark":
            name = os.path.basename(os.path.dirname(program)).removeprefix("bm_")
        compared = measure(weft, ["--jit=cranelift", "--jit-stats"], program, args.budget)["compared"]
        stitched, reference = [measure(weft, [o], program, args.budget)["best"] for o in ("--jit", "--jit=cranelift")]
        speed = mean([reference[b] / stitched[b] for b in stitched])
        every += compared
        speeds.append(speed)
        results[name] = dict(figures(compared), code=speed, best={"stitched": stitched, "cranelift": reference})
        print(line(name, results[name], speed), flush=True)
    total = dict(figures(every), code=mean(speeds))
    print(line("all", total, total["code"]))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({"programs": results, "all": total}, f, indent=1)


if len(sys.argv) == 4 and sys.argv[1] == "--child":
    child(sys.argv[2], float(sys.argv[3]))
else:
    main()
