#!/usr/bin/env python3
"""Says what takes the time of programs under `weft --jit`: a row of shares for each, as a Markdown table.

usage: limits.py [--weft PATH] [--top N] PROGRAM [PROGRAM ...]

Each program runs once under `perf record`, by itself and without arguments; every sample counts for one of

  compiled   code that the JIT made
  transfer   entering and leaving it: frames rebuilt by exits, thunks of calls
  helpers    what compiled code calls, for the part that is in no type
  types      operations of built-in types and the protocols they implement
  memory     allocating and releasing objects, the cycle collector
  interpret  the eval loop and what it calls by itself
  jit        recording, optimising, emitting
  other      everything else: start-up, the front end, the kernel, the C library

With --top N, the N functions with the most samples follow each row. Runs on any Python 3.9 or later; needs `perf`.
"""

import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CLASSES = ["compiled", "transfer", "helpers", "types", "memory", "interpret", "jit", "other"]
# The first pattern that is found in a symbol decides.
SYMBOLS = [
    ("transfer", r"weft_vm::jit::(enter|objects)|weft_codecache::(thunk|cache::CodeCache::enter)|weft_jit::exit"),
    ("helpers", r"weft_vm::jit::helpers"),
    ("jit", r"weft_jit|weft_codecache|weft_stencils|cranelift|weft_vm::jit"),
    ("memory", r"weft_vm::heap|\bmi_|_mi_|drop_payload|drop_in_place|new_instance|__rust_(de)?alloc|__rdl_|\b(malloc|free|calloc|realloc)\b"),
    ("interpret", r"weft_vm::(eval|call|frame|thread)"),
    ("types", r"weft_vm::|weft_stdlib::(?!archive)|num_bigint"),
]


def classify(dso, symbol):
    if "weft-code" in dso or dso.startswith(("[JIT]", "jitted-")):
        return "compiled"
    if "kernel" in dso:
        return "other"
    return next((name for name, pattern in SYMBOLS if re.search(pattern, symbol)), "other")


def profile(weft, program):
    """[(share in percent, DSO, symbol)], the largest first."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        record = ["perf", "record", "-q", "-F", "2000", "-o", data, "--", weft, "--jit", program]
        run = subprocess.run(record, capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"{program}: exit status {run.returncode}: {run.stderr[-300:]}")
        report = ["perf", "report", "-i", data, "--stdio", "-t", "\t", "-F", "overhead,dso,symbol"]
        text = subprocess.run(report, capture_output=True, text=True, check=True).stdout
    rows = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) == 3 and parts[0].endswith("%"):
            rows.append((float(parts[0].rstrip("%")), parts[1], re.sub(r"^\[.\]\s*", "", parts[2])))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weft", default=os.path.join(HERE, "..", "target", "release", "weft"))
    parser.add_argument("--top", type=int, default=0)
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    options = parser.parse_args()
    if not shutil.which("perf"):
        sys.exit("limits.py: needs `perf` on PATH")
    print("| program |", " | ".join(CLASSES), "|")
    print("| --- |", " | ".join("---:" for _ in CLASSES), "|")
    failed = 0
    for program in options.programs:
        try:
            rows = profile(options.weft, program)
        except (OSError, RuntimeError, subprocess.CalledProcessError) as e:
            print(f"limits.py: {e}", file=sys.stderr)
            failed = 1
            continue
        shares = collections.Counter()
        for share, dso, symbol in rows:
            shares[classify(dso, symbol)] += share
        name = os.path.basename(program)
        if name == "run_benchmark.py":
            name = os.path.basename(os.path.dirname(program))
        total = sum(shares.values()) or 1
        print(f"| {name} |", " | ".join(f"{100 * shares[c] / total:.0f}" for c in CLASSES), "|", flush=True)
        for share, dso, symbol in [row for row in rows if classify(row[1], row[2]) != "compiled"][: options.top]:
            print(f"    {share:5.1f}  {symbol[:110]}  ({classify(dso, symbol)})")
    return failed


if __name__ == "__main__":
    sys.exit(main())
