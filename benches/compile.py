"""How fast compile() is, and how much memory it takes.

    python compile.py [--rounds N] FILE...

Compiles the text of each file, which is in memory already, to a code object, N rounds of all files (3), and prints the best round as lines per
second of processor time. Then the growth of resident memory at its peak while the 20 largest files are compiled, in processes of their own that
have compiled nothing yet: once with all code objects kept, once with each dropped before the next. Any Python runs it; compare two over the same
files.
"""

import gc
import subprocess
import sys
import time

LARGEST = 20


def read(paths):
    """The files that this Python can compile, as (path, text)."""
    sources = []
    for path in paths:
        with open(path, "rb") as file:
            source = file.read()
        try:
            text = source.decode()
        except UnicodeDecodeError:
            continue
        sources.append((path, text))
    return sources


def compilable(sources):
    kept = []
    for path, text in sources:
        try:
            compile(text, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        kept.append((path, text))
    return kept


def speed(sources, rounds):
    lines = sum(text.count("\n") for _, text in sources)
    best = None
    for _ in range(rounds):
        start = time.process_time()
        for path, text in sources:
            compile(text, path, "exec", dont_inherit=True)
        took = time.process_time() - start
        best = took if best is None else min(best, took)
    return lines, lines / best


def resident(field):
    """Resident memory in bytes: VmRSS for now, VmHWM for its peak."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024


def growth(sources, keep):
    gc.collect()
    resident("VmRSS")
    before = resident("VmRSS")
    kept = []
    for path, text in sources:
        code = compile(text, path, "exec", dont_inherit=True)
        if keep:
            kept.append(code)
    print(resident("VmHWM") - before)


def main():
    arguments = sys.argv[1:]
    if arguments[:1] in (["--keep"], ["--drop"]):
        return growth(read(arguments[1:]), arguments[0] == "--keep")
    rounds = 3
    if arguments[:1] == ["--rounds"]:
        rounds = int(arguments[1])
        arguments = arguments[2:]
    import warnings

    warnings.simplefilter("ignore")
    sources = compilable(read(arguments))
    lines, rate = speed(sources, rounds)
    print(f"{len(sources)} files, {lines} lines: {rate:,.0f} lines/s")
    sys.stdout.flush()
    largest = sorted(sources, key=lambda source: len(source[1]), reverse=True)[:LARGEST]
    for how in ("--keep", "--drop"):
        command = [sys.executable, "-W", "ignore", __file__, how] + [path for path, _ in largest]
        peak = int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(f"largest {len(largest)}, {how[2:]}: {peak / 1e6:.1f} MB more resident at the peak")


if __name__ == "__main__":
    main()
