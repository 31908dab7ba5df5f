#!/usr/bin/env python3
"""Runs programs on Weft's tiers (interpreter, copy and patch, Cranelift) and on the other Pythons found on PATH.

usage: tiers.py [--weft PATH] [--budget SECONDS] [--json FILE] [--svg FILE] [PROGRAM ...] [-- ARGUMENT ...]

A program is any script; if it defines `run()`, that is called again and again, otherwise the whole script is. Without
programs, those of this folder are run. The columns:

  first      the first iteration, in milliseconds
  warm-up    milliseconds until an iteration first took no more than 1.1 times the steady state
  steady     the steady state: the median of the second half of the iterations, in milliseconds
  speed      how many times as fast that is as the first tier
  compile    milliseconds spent compiling, as Weft's JIT says
  memory     the peak, in MiB

--svg makes a picture of the time per iteration, on logarithmic scales; with several programs, one below the other. Runs on any
Python 3.9 or later.
"""

import argparse
import glob
import json
import math
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = {"measure.py", "tiers.py", "check_results.py", "backends.py", "limits.py", "compile.py"}
OTHERS = ["python3.14", "python3.15", "pypy3", "graalpy", "rustpython", "python3"]
COLOURS = ["#888888", "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b"]


def find_weft():
    for profile in ("release", "debug"):
        path = os.path.join(HERE, "..", "target", profile, "weft")
        if os.path.exists(path):
            return os.path.normpath(path)
    return shutil.which("weft")


def find_tiers(weft):
    """Names and commands; the first is what the others are compared with."""
    tiers = [("weft", [weft, "--jit=off"]), ("weft jit", [weft, "--jit"]), ("weft cranelift", [weft, "--jit=cranelift"])]
    seen = {os.path.realpath(weft)}
    for name in OTHERS:
        path = shutil.which(name)
        if path and os.path.realpath(path) not in seen:
            seen.add(os.path.realpath(path))
            tiers.append((name, [path]))
    return tiers


def measure(command, program, budget, arguments):
    """What measure.py found, or what went wrong."""
    argv = command + [os.path.join(HERE, "measure.py"), program, str(budget)] + arguments
    try:
        p = subprocess.run(argv, capture_output=True, text=True, timeout=120 + 20 * budget)
    except subprocess.TimeoutExpired:
        return {"error": "no end"}
    lines = p.stdout.strip().splitlines()
    if p.returncode or not lines:
        return {"error": (p.stderr.strip().splitlines() or [f"status {p.returncode}"])[-1]}
    return summary(json.loads(lines[-1]))


def summary(found):
    """The columns, with the times they come from."""
    times, jit = found["times"], found["jit"]
    steady = statistics.median(times[len(times) // 2 :])
    reached = next(i for i, t in enumerate(times) if t <= 1.1 * steady)
    seconds = sum(v for k, v in (jit or {}).items() if k.startswith("seconds."))
    return {
        "first": times[0],
        "warm_up": sum(times[:reached]),
        "steady": steady,
        "best": min(times),
        "iterations": len(times),
        "compile": seconds if jit else None,
        "memory_kib": found["memory"],
        "times": times,
        "jit": jit,
    }


def line(name, r, base):
    if "error" in r:
        return f"  {name:<16} {r['error']}"
    compile_time = "" if r["compile"] is None else f"{1000 * r['compile']:.2f}"
    memory = "" if r["memory_kib"] is None else f"{r['memory_kib'] / 1024:.0f}"
    speed = f"{base / r['steady']:.2f}x" if base else ""
    numbers = f"{1000 * r['first']:>10.2f}{1000 * r['warm_up']:>10.1f}{1000 * r['steady']:>10.3f}"
    return f"  {name:<16}{numbers}{speed:>9}{compile_time:>10}{memory:>9}"


def thinned(times, most=400):
    """Points of a curve, (iteration, time), so many that none is missed on a logarithmic scale."""
    points, last = [], 0.0
    for i, t in enumerate(times, 1):
        if i <= 20 or math.log(i) - last > math.log(len(times) + 1) / most:
            last = math.log(i)
            points.append((i, t))
    return points


def picture(results):
    """An SVG: for each program a diagram of the time of each iteration on each tier."""
    width, height, left, top, gap = 760, 300, 70, 30, 60
    parts = []
    for n, (program, tiers) in enumerate(results.items()):
        curves = {name: thinned(r["times"]) for name, r in tiers.items() if "times" in r}
        if not curves:
            continue
        last = max(c[-1][0] for c in curves.values())
        values = [max(t, 1e-9) for c in curves.values() for _, t in c]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        high = max(high, low + 1)
        base = top + n * (height + gap)

        def x(i):
            return left + width * math.log(i) / math.log(max(last, 2))

        def y(t):
            return base + height * (high - math.log10(max(t, 1e-9))) / (high - low)

        parts.append(f'<text x="{left}" y="{base - 10}" font-weight="bold">{escape(program)}</text>')
        for power in range(low, high + 1):
            at = y(10.0**power)
            parts.append(f'<line x1="{left}" x2="{left + width}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>')
            parts.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{label(power)}</text>')
        for power in range(0, int(math.log10(max(last, 2))) + 1):
            at = x(10**power)
            parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{base}" y2="{base + height}" stroke="#eeeeee"/>')
            parts.append(f'<text x="{at:.1f}" y="{base + height + 16}" text-anchor="middle">{10**power}</text>')
        for k, (name, points) in enumerate(curves.items()):
            colour = COLOURS[k % len(COLOURS)]
            line_ = " ".join(f"{x(i):.1f},{y(t):.1f}" for i, t in points)
            parts.append(f'<polyline points="{line_}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
            parts.append(f'<text x="{left + width + 10}" y="{base + 14 + 18 * k}" fill="{colour}">{escape(name)}</text>')
    total = top + len(results) * (height + gap)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 150}" height="{total}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def label(power):
    """A power of ten of seconds."""
    for name, unit in (("s", 0), ("ms", -3), ("µs", -6), ("ns", -9)):
        if power >= unit:
            return f"{10 ** (power - unit)} {name}"
    return f"1e{power} s"


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def main():
    argv, arguments = sys.argv[1:], []
    if "--" in argv:
        at = argv.index("--")
        argv, arguments = argv[:at], argv[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weft", default=find_weft())
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("--json")
    parser.add_argument("--svg")
    parser.add_argument("programs", nargs="*")
    args = parser.parse_args(argv)
    if not args.weft:
        sys.exit("tiers.py: no weft found; build it with cargo build --release, or say --weft PATH")
    tiers = find_tiers(args.weft)
    programs = args.programs or sorted(p for p in glob.glob(os.path.join(HERE, "*.py")) if os.path.basename(p) not in TOOLS)
    results, ratios, failed = {}, {name: [] for name, _ in tiers}, False
    for program in programs:
        name = os.path.basename(program)
        print(f"{name:<18}{'first':>10}{'warm-up':>10}{'steady':>10}{'speed':>9}{'compile':>10}{'memory':>9}")
        results[name], base = {}, None
        for tier, command in tiers:
            r = results[name][tier] = measure(command, program, args.budget, arguments)
            if "error" in r:
                failed = True
            else:
                base = base or r["steady"]
                ratios[tier].append(base / r["steady"])
            print(line(tier, r, base), flush=True)
    if len(programs) > 1:
        print("mean speed")
        for tier, r in ratios.items():
            if r:
                print(f"  {tier:<46}{math.exp(sum(map(math.log, r)) / len(r)):>8.2f}x")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(results, f)
    if args.svg:
        with open(args.svg, "w", encoding="utf-8") as f:
            f.write(picture(results))
    return failed


sys.exit(main())
