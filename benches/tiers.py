#!/usr/bin/env python3
"""Runs the benchmark programs of this folder on Weft's tiers and, where found on PATH, on other Pythons.

usage: tiers.py [--weft PATH] [--budget SECONDS] [PROGRAM ...]

Columns: the best time of one `run()` in milliseconds, and how many times as fast as the first column that is; the time of the
first `run()` in parentheses. Runs on any Python 3.9 or later.
"""

import argparse
import glob
import math
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = {"measure.py", "tiers.py", "check_results.py"}


def measure(command, program, budget):
    """The first and the best time in seconds, or None with what went wrong."""
    argv = command + [os.path.join(HERE, "measure.py"), program, str(budget)]
    try:
        p = subprocess.run(argv, capture_output=True, text=True, timeout=60 + 20 * budget)
    except subprocess.TimeoutExpired:
        return None, "no end"
    words = p.stdout.split()
    if p.returncode or words[:1] != ["measured"]:
        return None, (p.stderr.strip().splitlines() or ["no output"])[-1]
    return (float(words[1]), float(words[2])), None


def find_weft():
    for profile in ("release", "debug"):
        path = os.path.join(HERE, "..", "target", profile, "weft")
        if os.path.exists(path):
            return os.path.normpath(path)
    return shutil.which("weft")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weft", default=find_weft())
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("programs", nargs="*")
    args = parser.parse_args()
    if not args.weft:
        sys.exit("tiers.py: no weft found; build it with cargo build --release, or say --weft PATH")
    tiers = [("interpreter", [args.weft]), ("jit", [args.weft, "--jit"])]
    for name in ("python3.14", "pypy3"):
        path = shutil.which(name)
        if path:
            tiers.append((name, [path]))
    programs = args.programs or sorted(p for p in glob.glob(os.path.join(HERE, "*.py")) if os.path.basename(p) not in TOOLS)
    print(f"{'':<16}" + "".join(f"{name:>30}" for name, _ in tiers))
    ratios = {name: [] for name, _ in tiers}
    failed = False
    for program in programs:
        row, base = f"{os.path.basename(program)[:-3]:<16}", None
        for name, command in tiers:
            result, error = measure(command, program, args.budget)
            if error:
                failed = True
                row += f"{'error':>30}"
                print(f"{os.path.basename(program)} on {name}: {error}", file=sys.stderr)
                continue
            first, best = result
            base = base or best
            ratios[name].append(base / best)
            row += f"{1000 * best:>10.2f} ms {base / best:>6.2f}x ({1000 * first:.0f})".rjust(30)
        print(row, flush=True)
    means = "".join(
        f"{math.exp(sum(map(math.log, r)) / len(r)):.2f}x".rjust(30) if r else " " * 30 for r in (ratios[name] for name, _ in tiers)
    )
    print(f"{'mean':<16}" + means)
    return failed


sys.exit(main())
