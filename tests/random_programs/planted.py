#!/usr/bin/env python3
"""Shows that random programs find mistakes: runs them against each planted one, in a build that has them, until they differ.

    cargo build --release -p weft --features planted
    planted.py --weft target/release/weft

Prints, for each, the number of the first program that shows it, the mode, and how; fails if one is not found within --count programs.
"""

import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def bugs():
    with open(os.path.join(HERE, "../../jit/src/planted.rs")) as f:
        return re.findall(r'^    \w+ "([a-z-]+)" "(.*)"$', f.read(), re.M)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weft", default=os.path.join(HERE, "../../target/release/weft"))
    p.add_argument("--count", type=int, default=2000)
    p.add_argument("--jobs", default="2")
    p.add_argument("--modes", default="jit,stress", help="for all of check.py's, a mistake takes fewer programs but more time")
    p.add_argument("bug", nargs="*", help="only these")
    args = p.parse_args()
    missed = []
    for name, what in bugs():
        if args.bug and name not in args.bug:
            continue
        command = [sys.executable, os.path.join(HERE, "check.py"), "--first", "--plant", name, "--weft", args.weft, "--modes", args.modes, "--jobs", args.jobs,
                   "--count", str(args.count)]
        done = subprocess.run(command, capture_output=True, text=True)
        found = re.search(r"^program (\d+), (.*)$", done.stdout, re.M)
        if found:
            print(f"{name:20} program {int(found[1]) + 1:>4} {found[2]:32} {what}", flush=True)
        else:
            missed.append(name)
            print(f"{name:20} not found in {args.count} {done.stderr[-300:]:32} {what}", flush=True)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
