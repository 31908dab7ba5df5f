"""What -X importtime and -v tell on standard error."""
import re
import subprocess
import sys


def told(*options, code="import bisect, bisect", env=None):
    run = subprocess.run([sys.executable, *options, "-c", code], stderr=subprocess.PIPE, text=True, env=env)
    return run.returncode, run.stderr.splitlines()


def show(lines):
    for line in lines:
        print(re.sub(" *[0-9]+ ", " N ", line))


status, lines = told("-X", "importtime")
print(status, lines[0])
show(lines[-2:])
show(told("-X", "importtime=2")[1][-1:])
print(len(told("-X", "importtime=0")[1]), len(told(env={"PYTHONPROFILEIMPORTTIME": ""})[1]))
show(told(env={"PYTHONPROFILEIMPORTTIME": "1"})[1][-2:])
show(told("-X", "importtime", code="try:\n import nosuch\nexcept ImportError:\n pass")[1][-1:])
parts = [re.match(r"import time: +(\d+) \| +(\d+) \|( +)(\S+)", line) for line in lines]
print(all(int(p[1]) <= int(p[2]) for p in parts if p), any(p[4] == "site" for p in parts if p))

status, lines = told("-v")
print(status, any(line.startswith("import 'site'") for line in lines), any(line.startswith("import 'bisect'") for line in lines))

# Where nothing can be written, nothing is said of it.
with open("/dev/full", "w") as full:
    print(subprocess.run([sys.executable, "-X", "importtime", "-c", "print('ran')"], stdout=subprocess.PIPE, stderr=full, text=True).stdout.split())
