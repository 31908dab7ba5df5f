#!/usr/bin/env python3
"""Checks what pyperformance's programs compute on Weft against what CPython 3.14 computed.

usage: check_results.py --programs FOLDER [--record] COMMAND ...

FOLDER holds bm_NAME/run_benchmark.py. COMMAND runs a Python, for instance `target/release/weft --jit`. Each program's own
functions are imported and called, twice, so that the second call finds compiled code. The results have to be those kept in
check_results.json, which --record writes (with CPython 3.14 as the command).
"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "check_results.json")

# What to evaluate in each program's namespace; `digest` shortens long data.
CHECKS = {
    "nbody": "advance(0.01, 2000), [(r, v) for r, v, m in SYSTEM]",
    "fannkuch": "fannkuch(8)",
    "spectral_norm": "eval_AtA_times_u([1.0] * 60), eval_times_u(part_At_times_u, [0.5] * 40)",
    "float": "(lambda p: (p.x, p.y, p.z))(benchmark(3000))",
    "scimark": "science()",
    "richards": "Richards().run(1), taskWorkArea.holdCount, taskWorkArea.qpktCount",
    "richards_super": "Richards().run(1), taskWorkArea.holdCount, taskWorkArea.qpktCount",
    "deltablue": "delta_blue(20)",
    "raytrace": "scene(24, 24)",
    "chaos": "picture()",
    "go": "versus_cpu()",
    "hexiom": "[board(n) for n in (2, 10, 25)]",
    "nqueens": "list(n_queens(6)), len(list(permutations(range(6), 3)))",
    "pyflate": "unpacked(os.path.join(os.path.dirname(__file__), 'data', 'interpreter.tar.bz2'))",
    "meteor_contest": "contest()",
    "unpack_sequence": "do_unpacking(50, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)) >= 0, do_unpacking(50, list(range(10))) >= 0",
    "generators": "list(tree(range(300)))",
    "comprehensions": "[w.widget_id for w in WidgetTray(1, make_some_widgets()).sorted_widgets]",
}

# Functions that repeat what a program's own timed function does, and hand out the result.
HELPERS = '''
def digest(data):
    import hashlib
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]
def scene(width, height):
    canvas, s = Canvas(width, height), Scene()
    s.addLight(Point(30, 30, 10))
    s.addLight(Point(-10, 100, 30))
    s.lookAt(Point(0, 3, 0))
    s.addObject(Sphere(Point(1, 3, -10), 2), SimpleSurface(baseColour=(1, 1, 0)))
    for y in range(6):
        s.addObject(Sphere(Point(-3 - y * 0.4, 2.3, -5), 0.4), SimpleSurface(baseColour=(y / 6.0, 1 - y / 6.0, 0.5)))
    s.addObject(Halfspace(Point(0, 0, 0), Vector.UP), CheckerboardSurface())
    s.render(canvas)
    return digest(canvas.bytes.tolist())
def picture():
    points = [(1.6, 3.3), (1.57, 4.12), (1.31, 5.29), (1.62, 5.33), (2.89, 5.5), (2.37, 4.38), (1.66, 4.36)]
    spline = Spline([GVector(x, y, 0.0) for x, y in points], 3, [0, 0, 0, 1, 1, 1, 2, 2, 2])
    saved = []
    namespace = globals()
    kept, namespace["write_ppm"] = write_ppm, lambda image, name: saved.append(image)
    try:
        Chaosgame([spline], 0.25).create_image_chaos(48, 48, 2000, "picture", 1234)
    finally:
        namespace["write_ppm"] = kept
    return digest(saved)
def board(level):
    stream = io.StringIO()
    solve_file(LEVELS[level][0].strip(), Done.FIRST_STRATEGY, DESCENDING, stream)
    return stream.getvalue()
def unpacked(path):
    with open(path, "rb") as f:
        field = RBitfield(f)
        field.readbits(16)
        return digest(bzip2_main(field))
def science():
    data = Random(7).RandomVector(64)
    FFT_transform(64, data)
    spectrum = digest(list(data))
    FFT_inverse(64, data)
    random = Random(7)
    grid = random.RandomMatrix(Array2D(10, 10))
    SOR_execute(1.25, grid, 10, Array2D)
    a, lu, pivot = random.RandomMatrix(ArrayList(8, 8)), ArrayList(8, 8), array('i', [0]) * 8
    LU(lu, a, pivot)
    return spectrum, digest(list(data)), digest([grid[3, i] for i in range(10)]), digest([list(r) for r in lu]), list(pivot), MonteCarlo(2000)
def contest():
    board, cti, pieces = get_puzzle(WIDTH, HEIGHT)
    solutions = []
    solve(SOLVE_ARG, 0, frozenset(range(len(board))), [-1] * len(board), list(range(len(pieces))), solutions,
          get_footprints(board, cti, pieces), get_senh(board, cti))
    return digest(solutions)
'''

SHIM = '''
import sys, time, types
pyperf = types.ModuleType("pyperf")
pyperf.perf_counter = time.perf_counter
sys.modules["pyperf"] = pyperf
path, helpers, check = sys.argv[1:4]
sys.argv = [path]
space = types.ModuleType("program")
sys.modules["program"] = space
space.__dict__["__file__"] = path
with open(path, encoding="utf-8") as f:
    exec(compile(f.read(), path, "exec"), space.__dict__)
exec(helpers, space.__dict__)
for _ in range(2):
    print("result", repr(eval(check, space.__dict__)))
'''


def main():
    arguments = sys.argv[1:]
    record = "--record" in arguments
    arguments = [a for a in arguments if a != "--record"]
    if arguments[:1] != ["--programs"] or len(arguments) < 3:
        sys.exit(__doc__)
    folder, command = arguments[1], arguments[2:]
    kept = {}
    if not record:
        with open(KEPT, encoding="utf-8") as f:
            kept = json.load(f)
    results, wrong = {}, 0
    for name, check in CHECKS.items():
        path = os.path.join(folder, "bm_" + name, "run_benchmark.py")
        p = subprocess.run(command + ["-c", SHIM, path, HELPERS, check], capture_output=True, text=True, timeout=600)
        results[name] = [line[7:] for line in p.stdout.splitlines() if line.startswith("result ")]
        if p.returncode or len(results[name]) != 2:
            print(f"{name}: failed: {(p.stderr.strip().splitlines() or ['no output'])[-1]}")
            wrong += 1
        elif not record and results[name] != kept.get(name):
            print(f"{name}: {results[name]} instead of {kept.get(name)}")
            wrong += 1
    if record:
        with open(KEPT, "w", encoding="utf-8") as f:
            json.dump(results, f, indent=1)
            f.write("\n")
    print(f"{len(CHECKS) - wrong} of {len(CHECKS)} programs " + ("recorded" if record else "compute what CPython computed"))
    return wrong > 0


sys.exit(main())
