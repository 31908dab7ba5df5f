"""Writes the expected results into cases.txt: runs each case under CPython 3.14.

usage: python3.14 regenerate.py

A case is a block of lines. `run` begins it: the arguments, separated by " | ", with \\n, \\t and \\\\. `env NAME=VALUE` and
`in LINE` (standard input) say what else there is. `status`, `out LINE` and `err LINE` are the results, which this
program writes. A last line without a newline ends in \\. The folder of the cases is FOLDER, that of the library LIB, the
command PYTHON, the version of a banner VERSION.
"""
import os
import re
import subprocess
import sys

FOLDER = os.path.dirname(os.path.realpath(__file__))
CASES = os.path.join(FOLDER, "cases.txt")


def results(args, env, stdin):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    clean |= {"LC_ALL": "C.UTF-8", "PYTHON_COLORS": "0", "PYTHONDONTWRITEBYTECODE": "1"} | env
    p = subprocess.run([sys.executable, *args], input=stdin, capture_output=True, text=True, errors="replace", env=clean, cwd=FOLDER)
    yield f"status {p.returncode}"
    for kind, text in (("out", p.stdout), ("err", p.stderr)):
        text = text.replace(sys.executable, "PYTHON").replace(FOLDER, "FOLDER")
        if text and not text.endswith("\n"):
            text += "\\\n"
        for line in text.split("\n")[:-1]:
            line = re.sub(r'(^|")[^"]*/lib/python3\.14/', r"\1LIB/", line)
            line = re.sub(r"^Python 3\.14\..*", "Python VERSION", line)
            yield f"{kind} {line}".rstrip(" ") if not line else f"{kind} {line}"


def main():
    given = [line for line in open(CASES).read().split("\n") if line.split(" ")[0] not in ("status", "out", "err")]
    written = []
    for block in "\n".join(given).strip("\n").split("\n\n"):
        lines = block.split("\n")
        args, env, stdin = [], {}, ""
        for line in lines:
            key, _, value = line.partition(" ")
            if key == "run":
                args = [re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), a) for a in value.split(" | ")] if value else []
            elif key == "env":
                name, _, value = value.partition("=")
                env[name] = value
            elif key == "in":
                stdin += value + "\n"
        if any(line.split(" ")[0] == "run" for line in lines):
            lines += results(args, env, stdin)
        written.append("\n".join(lines))
    open(CASES, "w").write("\n\n".join(written) + "\n")


main()
