# sys.executable is the path by which the program was started: a link is not followed, a name alone is looked up on PATH.
import os, subprocess, sys, tempfile

with tempfile.TemporaryDirectory() as folder:
    link = os.path.join(folder, "another-name")
    os.symlink(sys.executable, link)
    env = dict(os.environ, PATH=folder + os.pathsep + os.environ["PATH"])
    for command in (link, "another-name"):
        r = subprocess.run([command, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, env=env)
        print(r.returncode, r.stdout.strip() == link)
print(os.path.isabs(sys.executable))
