#!/usr/bin/env python3
"""Checks that benchmark programs compute what CPython computes.

usage: check_results.py [--dir DIR] [--expected FILE] [--write] [NAME ...]

Run by the Python to be checked. DIR holds pyperformance's programs (DIR/bm_NAME/run_benchmark.py). Each program is imported, its
own functions are called with fixed arguments, and what they compute is compared, to the last bit, with what CPython 3.14 has
computed (FILE, expected.json beside this script). With --write the results become the expected ones.
"""
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import sys
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = {}


def check(f):
    CHECKS[f.__name__] = f
    return f


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


@check
def nbody(m, program):
    m.offset_momentum(m.BODIES["sun"])
    before = m.report_energy()
    m.advance(0.01, 2000)
    return before, m.report_energy(), m.SYSTEM


@check
def fannkuch(m, program):
    return [m.fannkuch(n) for n in range(3, 9)]


@check
def spectral_norm(m, program):
    u = [1] * 60
    for _ in range(5):
        v = m.eval_AtA_times_u(u)
        u = m.eval_AtA_times_u(v)
    return u, v, m.eval_times_u(m.part_A_times_u, u)


@check
def float(m, program):
    best = m.benchmark(5000)
    return best.x, best.y, best.z, repr(best)


@check
def scimark(m, program):
    rnd = m.Random(101)
    grid = rnd.RandomMatrix(m.ArrayList(20, 20))
    lu, pivot = m.ArrayList(20, 20), m.array("i", [0]) * 20
    m.LU(lu, grid, pivot)
    sor = m.Random(5).RandomMatrix(m.Array2D(20, 20))
    m.SOR_execute(1.25, sor, 10, m.Array2D)
    data = m.Random(7).RandomVector(128)
    m.FFT_transform(128, data)
    transformed = list(data)
    m.FFT_inverse(128, data)
    x, y = m.Random(9).RandomVector(50), m.array("d", [0]) * 50
    values, columns, rows = m.Random(11).RandomVector(250), m.array("i", [i * 7 % 50 for i in range(250)]), m.array("i", range(0, 251, 5))
    m.SparseCompRow_matmult(50, y, values, rows, columns, x, 3)
    return m.MonteCarlo(20000), [list(lu[i]) for i in range(20)], list(pivot), [sor[i, j] for i in range(20) for j in range(20)], transformed, list(data), list(y)


def richards_of(m):
    finished = m.Richards().run(1)
    return finished, m.taskWorkArea.holdCount, m.taskWorkArea.qpktCount


@check
def richards(m, program):
    return richards_of(m)


@check
def richards_super(m, program):
    return richards_of(m)


@check
def deltablue(m, program):
    changes = []
    change = m.change

    def noted(v, value):
        change(v, value)
        changes.append((v.name, v.value, v.stay, v.mark, v.walk_strength.name))

    m.change = noted
    with contextlib.redirect_stdout(io.StringIO()) as complaints:
        m.delta_blue(60)
    return complaints.getvalue(), changes, m.planner.current_mark


@check
def raytrace(m, program):
    canvas = []

    class Kept(m.Canvas):
        def __init__(self, *args):
            super().__init__(*args)
            canvas.append(self)

    m.Canvas = Kept
    m.bench_raytrace(1, 40, 30, None)
    return len(canvas), digest(canvas[0].bytes.tobytes())


@check
def chaos(m, program):
    class Runner:
        metadata = {}

        def bench_func(self, name, f, *args):
            self.game = f.__self__

    args = types.SimpleNamespace(thickness=0.25, width=64, height=64, iterations=2000, filename=None, rng_seed=1234)
    runner = Runner()
    m.main(runner, args)
    game, images = runner.game, []
    m.write_ppm = lambda image, filename: images.append(image)
    game.create_image_chaos(64, 64, 2000, "kept", 1234)
    splines = [(s.GetDomain(), repr(s(1.25) if s.GetDomain()[1] > 1.25 else s(0.5))) for s in game.splines]
    return digest(repr(images).encode()), splines, game.num_trafos, game.minx, game.maxy


@check
def go(m, program):
    best = m.versus_cpu()
    board = m.Board()
    moves = []
    while len(moves) < 60:
        move = board.random_move()
        moves.append(move)
        if move == m.PASS:
            break
        board.move(move)
    return best, moves, board.score(m.BLACK), board.score(m.WHITE)


@check
def hexiom(m, program):
    outputs = {}
    for level in (2, 10, 20, 25, 30):
        out = io.StringIO()
        m.solve_file(m.LEVELS[level][0].strip(), m.Done.FIRST_STRATEGY, m.DESCENDING, out)
        outputs[level] = out.getvalue()
    return sorted(outputs.items())


@check
def nqueens(m, program):
    return [list(m.n_queens(n)) for n in range(4, 8)], list(m.permutations("abcd", 2))


@check
def pyflate(m, program):
    with open(os.path.join(os.path.dirname(program), "data", "interpreter.tar.bz2"), "rb") as f:
        field = m.RBitfield(f)
        magic = field.readbits(16)
        out = m.bzip2_main(field)
    return magic, len(out), digest(out)


@check
def meteor_contest(m, program):
    board, cti, pieces = m.get_puzzle(m.WIDTH, m.HEIGHT)
    fps, se_nh = m.get_footprints(board, cti, pieces), m.get_senh(board, cti)
    solutions = []
    m.solve(20, 0, frozenset(range(len(board))), [-1] * len(board), list(range(len(pieces))), solutions, fps, se_nh)
    return digest(repr(solutions).encode()), len(solutions), digest(repr([sorted(x) for row in fps for x in row]).encode())


@check
def unpack_sequence(m, program):
    class Counted:
        seen = 0

        def __iter__(self):
            for i in range(10):
                Counted.seen += i
                yield i

    m.do_unpacking(3, Counted())
    return Counted.seen, m.bench_all(10) >= 0


@check
def generators(m, program):
    tree = m.tree(range(5000))
    return sum(tree), digest(repr(list(tree)).encode()), m.tree(range(0))


@check
def comprehensions(m, program):
    widgets = m.make_some_widgets()
    return [[w.widget_id for w in m.WidgetTray(owner, widgets).sorted_widgets] for owner in range(3)], repr(widgets[-1])


def load(program):
    """The program as a module. What it asks of pyperf on import is there."""
    pyperf = types.ModuleType("pyperf")
    pyperf.perf_counter = time.perf_counter
    pyperf.Runner = None
    sys.modules["pyperf"] = pyperf
    spec = importlib.util.spec_from_file_location("program", program)
    module = importlib.util.module_from_spec(spec)
    sys.modules["program"] = module
    spec.loader.exec_module(module)
    return module


def main():
    folder = os.path.join(os.environ.get("ORACLE") or os.path.expanduser("~/.cache/weft-oracle"), "pyperformance")
    expected_file, write, names = os.path.join(HERE, "expected.json"), False, []
    words = iter(sys.argv[1:])
    for word in words:
        if word == "--dir":
            folder = next(words)
        elif word == "--expected":
            expected_file = next(words)
        elif word == "--write":
            write = True
        elif word.startswith("-"):
            sys.exit(__doc__)
        else:
            names.append(word)
    expected = {}
    if os.path.exists(expected_file):
        with open(expected_file) as f:
            expected = json.load(f)
    wrong = []
    for name in names or CHECKS:
        program = os.path.join(folder, f"bm_{name}", "run_benchmark.py")
        try:
            got = json.loads(json.dumps(CHECKS[name](load(program), program)))
        except Exception as e:
            wrong.append(name)
            print(f"{name}: {type(e).__name__}: {e}")
            continue
        if write:
            expected[name] = got
        elif name not in expected:
            wrong.append(name)
            print(f"{name}: no expected result")
        elif got != expected[name]:
            wrong.append(name)
            shown = [(str(a)[:200], str(b)[:200]) for a, b in zip(got, expected[name]) if a != b]
            print(f"{name}: differs")
            for a, b in shown:
                print(f"  got      {a}\n  expected {b}")
        else:
            print(f"{name}: right")
    if write:
        with open(expected_file, "w") as f:
            f.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(expected.items())) + "\n}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
