"""Writes some random programs into a folder: some.py FOLDER FIRST COUNT."""

import os
import sys

from programs import program

folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for seed in range(first, first + count):
    with open(os.path.join(folder, f"{seed}.py"), "w") as f:
        f.write(program(seed))
