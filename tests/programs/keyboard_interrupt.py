# A KeyboardInterrupt that nobody catches ends the process by the signal.
import subprocess, sys
for program in (
    'raise KeyboardInterrupt',
    'import os, signal\nos.kill(os.getpid(), signal.SIGINT)',
    'import _thread\n_thread.interrupt_main()\nprint("not here")',
    'class K(KeyboardInterrupt): pass\nraise K',
    'import atexit\natexit.register(print, "bye")\nraise KeyboardInterrupt',
    'import signal\nsignal.signal(2, signal.SIG_IGN)\nraise KeyboardInterrupt',
    'raise SystemExit(KeyboardInterrupt())',
    'import threading\ndef f(): raise KeyboardInterrupt\nt = threading.Thread(target=f); t.start(); t.join()',
):
    r = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    print(r.returncode, repr(r.stdout), r.stderr.splitlines()[-1:])
