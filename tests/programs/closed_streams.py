# A standard stream whose file descriptor is closed is None.
import subprocess
import sys

CODE = """
import sys
print(sys.stdin is None, sys.stdout is None, sys.stderr is None, file=sys.stdout or sys.stderr)
"""

for closed in ("", "<&-", ">&-", "2>&-", "<&- 2>&-"):
    command = ["sh", "-c", 'exec "$0" -c "$1" ' + closed, sys.executable, CODE]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(repr(closed), done.stdout.strip(), done.returncode)
