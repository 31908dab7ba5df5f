#!/usr/bin/env python3
"""Compares what random programs print in all modes of Weft, and with CPython 3.14 where it is given.

    check.py --count 1000 --seed 0 --jobs 2 --weft target/release/weft --cpython python3.14

The interpreter is what the others are held against. A program that makes a difference is reduced and kept, with both outputs.
With `--count-rules`, what the JIT did is summed up in the end: how often each op was compiled, each rule of the optimiser
applied, each kind of exit taken; what came less than `--at-least` times is listed.

With `--tally FILE`, how many programs ran in each mode, what differed and what the JIT did is kept after every batch, and the
next call goes on behind the last one's programs: a long run may be stopped at any time.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

from programs import program
from reduce import Reducer

warnings.simplefilter("ignore", SyntaxWarning)
HERE = os.path.dirname(os.path.abspath(__file__))
PASSES = ["virtuals", "fold", "guards", "cse", "forward", "peel", "ranges", "refcount", "slots", "dce"]
EARLY = ["--jit", "--jit-threshold=5", "--jit-check"]
MODES = {
    "interpreter": ["--jit=off"],
    "jit": EARLY,
    "stress": ["--jit-stress=%d", "--jit-check"],
    "cranelift": ["--jit=cranelift", "--jit-threshold=5"],
    "cranelift-stress": ["--jit=cranelift", "--jit-stress=%d"],
    **{f"no-{p}": EARLY + [f"--jit-disable={p}"] for p in PASSES},
    "no-passes": EARLY + ["--jit-disable=" + ",".join(PASSES)],
    "stress-no-passes": ["--jit-stress=%d", "--jit-check", "--jit-disable=" + ",".join(PASSES)],
}
# Run for every program; of the other modes, `--in-turn` takes some for each batch.
ALWAYS = ["interpreter", "jit", "stress", "cpython"]
TIME_LIMIT = 600
# A mistake may make a loop endless: what takes so long is one if it takes less than half of that without the mistake.
PLANTED_TIME_LIMIT = 60


class Run:
    """What a batch has printed, by program; and how it ended."""

    def __init__(self, args, mode, files, stats=False, plant=None, limit=None):
        stats = stats and mode not in ("interpreter", "cpython")
        first = os.path.basename(files[0]).split(".")[0].split("_")[0]
        if mode == "cpython":
            command = [args.cpython, "-X", "int_max_str_digits=0"]
        else:
            options = [o % (int(first) + 1 if first.isdigit() else 1) if "%d" in o else o for o in MODES[mode]]
            command = [args.weft, *options, *(["--jit-plant=" + plant] if plant and mode != "interpreter" else [])]
            command += ["--jit-stats=json"] if stats else []
        command += ["-W", "ignore", os.path.join(HERE, "batch.py"), *files]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(command, capture_output=True, timeout=limit or (PLANTED_TIME_LIMIT if plant else TIME_LIMIT), env=environment, errors="replace", encoding="utf-8")
            self.status, self.errors, output = done.returncode, done.stderr, done.stdout
        except subprocess.TimeoutExpired as e:
            self.status, self.errors, output = "time limit", "", (e.stdout or b"").decode(errors="replace")
        self.sections = {}
        for part in ("\n" + output).split("\n== ")[1:]:
            name, _, text = part.partition("\n")
            self.sections[name] = text.rstrip("\n")
        self.last = name if self.sections else None
        if self.status == 0 and "weft: a trace was not compiled" in self.errors:
            self.status = "invalid trace"
            before = self.errors[:self.errors.index("weft: a trace was not compiled")]
            self.last = before.rpartition("== ")[2].split("\n")[0]
        self.counts = {}
        if stats and self.status == 0:
            self.counts = json.loads(self.errors[self.errors.index("\n{") if not self.errors.startswith("{") else 0:])


class Checker:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.counts = collections.defaultdict(collections.Counter)
        self.ran = collections.Counter()
        self.failures = []

    def file(self, seed, source):
        path = os.path.join(self.folder, f"{seed}.py")
        with open(path, "w") as f:
            f.write(source)
        return path

    def modes(self, seeds):
        """The modes for a batch."""
        other = [m for m in self.args.modes if m not in ALWAYS]
        if not self.args.in_turn or not other:
            return self.args.modes
        first = seeds[0] // self.args.batch * self.args.in_turn
        chosen = {other[(first + k) % len(other)] for k in range(self.args.in_turn)}
        return [m for m in self.args.modes if m in ALWAYS or m in chosen]

    def batch(self, seeds):
        """Runs some programs in all modes; returns (mode, file, the programs before it, why) of each difference."""
        files = [self.file(s, program(s)) for s in seeds]
        found, skipped = [], set()
        expected = {}
        rest = files
        while rest:
            run = Run(self.args, "interpreter", rest)
            expected.update(run.sections)
            if run.status == 0:
                break
            at = [os.path.basename(f) for f in rest].index(run.last) if run.last else 0
            if run.status == "time limit":
                # Something in it is larger than was meant to be.
                skipped.add(rest[at])
            else:
                found.append(("interpreter", rest[at], [], f"status {run.status}"))
            rest = rest[at + 1:]
        bad = {f for _, f, _, _ in found} | skipped
        for mode in self.modes(seeds):
            if mode == "interpreter":
                continue
            rest = [f for f in files if f not in bad]
            while rest:
                run = Run(self.args, mode, rest, self.args.count_rules, self.args.plant)
                for group, counts in run.counts.items():
                    self.counts[group].update(counts)
                stop = None
                for i, f in enumerate(rest):
                    name = os.path.basename(f)
                    crashed = run.status != 0 and name == (run.last or os.path.basename(rest[0]))
                    if crashed or (name in run.sections and run.sections[name] != expected.get(name)):
                        stop = i
                        # Only what the mistake itself has done shows that it was found.
                        if not self.args.plant or self.same_without_plant(mode, rest[:i + 1], expected):
                            found.append((mode, f, rest[:i], f"status {run.status}" if crashed else "output"))
                        break
                self.ran[mode] += len(rest) if stop is None else stop + 1
                rest = [] if stop is None else rest[stop + 1:]
                if found and self.args.first:
                    return found
        if not found:
            for f in files:
                os.unlink(f)
        return found

    def same_without_plant(self, mode, files, expected):
        run = Run(self.args, mode, files, limit=PLANTED_TIME_LIMIT // 2)
        return run.status == 0 and all(run.sections.get(n) == expected.get(n) for n in map(os.path.basename, files))

    def shows(self, name, mode, before):
        """Whether a program still behaves differently in a mode, after those before it."""
        def test(source):
            path = self.file(f"{name}_{mode}", source)
            try:
                if mode == "interpreter":
                    return Run(self.args, mode, [path]).status not in (0, "time limit")
                if not before:
                    reference = Run(self.args, "interpreter", [path])
                    run = Run(self.args, mode, [path])
                else:
                    reference = Run(self.args, "interpreter", before + [path])
                    run = Run(self.args, mode, before + [path])
                if reference.status != 0 or "RecursionError" in str(reference.sections):
                    return False
                return run.status != 0 or run.sections != reference.sections
            finally:
                os.unlink(path)
        return test

    def keep(self, mode, path, before, why):
        """Reduces a failing program and saves it."""
        name = os.path.basename(path)[:-3]
        with open(path) as f:
            source = f.read()
        try:
            compile(source, name, "exec")
        except SyntaxError:
            return path, 0
        test = self.shows(name, mode, [])
        if not test(source):
            while before and not self.shows(name, mode, before[1:])(source) is False:
                before = before[1:]
            test = self.shows(name, mode, before)
        else:
            before = []
        smaller = source
        if self.args.reduce and test(source):
            smaller = Reducer(source, test, self.args.reduce).reduce()
        os.makedirs(self.args.keep, exist_ok=True)
        target = os.path.join(self.args.keep, f"{name}.{mode}.py")
        note = f"# seed {name}, mode {mode}: {why}" + (f"; after {[os.path.basename(b) for b in before]}" if before else "")
        with open(target, "w") as f:
            f.write(note + "\n" + smaller)
        for b in before:
            with open(b) as old, open(os.path.join(self.args.keep, f"{name}.{mode}.before.{os.path.basename(b)}"), "w") as new:
                new.write(old.read())
        return target, len(smaller.splitlines())

    def report(self, seconds):
        print(f"{sum(self.ran.values())} runs of programs in {seconds:.0f} s: " + ", ".join(f"{n} {m}" for m, n in self.ran.items()))
        if not self.args.count_rules:
            return
        if self.args.save_counts:
            with open(self.args.save_counts, "w") as f:
                json.dump(self.counts, f, indent=1, sort_keys=True)
        for group, counts in sorted(self.counts.items()):
            rare = [f"{name} {n}" for name, n in sorted(counts.items(), key=lambda c: c[1]) if n < self.args.at_least]
            print(f"{group}: {len(counts) - len(rare)} of {len(counts)} at least {self.args.at_least} times" + ("; less: " + ", ".join(rare) if rare else ""))


class Tally:
    """What all calls with the same `--tally` have done: a file of JSON."""

    def __init__(self, args):
        self.path, self.start = args.tally, args.seed
        self.kept = {"next": args.seed, "seconds": 0, "programs": 0, "builds": {}, "differences": [], "counts": {}}
        if self.path and os.path.exists(self.path):
            with open(self.path) as f:
                self.kept = json.load(f)
        # What ran is told apart by generator and binary.
        self.build = hashlib.sha256()
        for name in [os.path.join(HERE, n) for n in sorted(os.listdir(HERE)) if n.endswith(".py")] + [args.weft]:
            with open(name, "rb") as f:
                self.build.update(f.read())
        self.before = json.loads(json.dumps(self.kept))

    def update(self, checker, programs, seconds):
        if not self.path:
            return
        k, old = self.kept, self.before
        k["programs"], k["next"], k["seconds"] = old["programs"] + programs, old["next"] + programs, round(old["seconds"] + seconds)
        name = self.build.hexdigest()[:12]
        k["builds"][name] = dict(collections.Counter(old["builds"].get(name, {})) + checker.ran)
        k["differences"] = old["differences"] + [[os.path.basename(p)[:-3], mode] for mode, p in checker.failures]
        for group, counts in checker.counts.items():
            before = old["counts"].get(group, {})
            k["counts"][group] = {n: before.get(n, 0) + counts.get(n, 0) for n in {**before, **counts}}
        with open(self.path + ".new", "w") as f:
            json.dump(k, f, indent=1, sort_keys=True)
        os.replace(self.path + ".new", self.path)

    def __str__(self):
        k, runs = self.kept, collections.Counter()
        for r in k["builds"].values():
            runs.update(r)
        return (f"all together: {k['programs']} programs, {sum(runs.values())} runs ({', '.join(f'{n} {m}' for m, n in sorted(runs.items()))}) "
                f"with {len(k['builds'])} builds, {len(k['differences'])} differences, {k['seconds']} s; next: {k['next']}")


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--count", type=int, default=200, help="how many programs")
    p.add_argument("--seed", type=int, default=0, help="the first one's seed; the others' follow")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--batch", type=int, default=20, help="programs run in one process")
    p.add_argument("--modes", default="all", help="comma-separated; all: " + ", ".join(MODES))
    p.add_argument("--in-turn", type=int, metavar="N", help="take only so many of the modes other than " + ", ".join(ALWAYS) + " for each batch, in turn")
    p.add_argument("--tally", metavar="FILE", help="go on where the last call stopped, and add up")
    p.add_argument("--weft", default=os.path.join(HERE, "../../target/release/weft"))
    p.add_argument("--cpython", help="CPython 3.14, to compare with too")
    p.add_argument("--keep", default="/tmp/weft-differences", help="the folder for programs that make a difference")
    p.add_argument("--reduce", type=int, default=60, metavar="SECONDS", help="how long to reduce such a program; 0 not to")
    p.add_argument("--first", action="store_true", help="stop at the first difference, and do not reduce")
    p.add_argument("--plant", help="a planted bug (docs/testing.md)")
    p.add_argument("--count-rules", action="store_true", help="sum up what the JIT did")
    p.add_argument("--save-counts", metavar="FILE", help="as JSON, all of it")
    p.add_argument("--at-least", type=int, default=100)
    args = p.parse_args()
    args.modes = list(MODES) if args.modes == "all" else args.modes.split(",")
    if args.cpython:
        args.modes.append("cpython")
    if args.first:
        args.reduce = 0
    return args


def main():
    args = arguments()
    start = time.monotonic()
    tally = Tally(args)
    first = tally.kept["next"]
    seeds = range(first, first + args.count)
    batches = [seeds[i:i + args.batch] for i in range(0, len(seeds), args.batch)]
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(args, folder)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for number, found in enumerate(pool.map(checker.batch, batches)):
                seen = set()
                for mode, path, before, why in found:
                    checker.failures.append((mode, path))
                    # One reduced program for all modes that differ in the same one.
                    text = ""
                    if path not in seen and not args.first:
                        target, lines = checker.keep(mode, path, before, why)
                        text = f": {target}, {lines} lines"
                    seen.add(path)
                    print(f"program {os.path.basename(path)[:-3]}, {mode}: {why}{text}", flush=True)
                if found and args.first:
                    pool.shutdown(cancel_futures=True)
                    break
                # Batches finish in any order, but what is counted is a little more than those up to here at most.
                tally.update(checker, min((number + 1) * args.batch, args.count), time.monotonic() - start)
                if (number + 1) % 20 == 0:
                    print(f"... {(number + 1) * args.batch} programs, {len(checker.failures)} differences, {time.monotonic() - start:.0f} s", flush=True)
        checker.report(time.monotonic() - start)
    print(f"{len(checker.failures)} differences")
    if args.tally:
        print(tally)
    sys.exit(bool(checker.failures))


if __name__ == "__main__":
    main()
