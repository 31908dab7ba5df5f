# What the command itself says where nothing can be written.
import subprocess
import sys

with open("/dev/full", "w") as full:
    for arguments in ["/nosuch/file.py"], ["-c", "pass"], ["-X", "importtime", "-c", "pass"]:
        print(subprocess.run([sys.executable, *arguments], stderr=full).returncode)
