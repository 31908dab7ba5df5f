# A thread that is started while modules are being imported waits for those it imports too.
import os
import sys
import tempfile
import threading

SOURCES = {
    "outer_module": """
import threading
seen = []
import inner_module
seen.append("outer")
done = True
""",
    "inner_module": """
import sys, threading, time
seen = sys.modules["outer_module"].seen

def other():
    import inner_module
    seen.append(hasattr(inner_module, "done"))
    import outer_module
    seen.append(hasattr(outer_module, "done"))

thread = threading.Thread(target=other)
thread.start()
time.sleep(0.1)
seen.append("inner")
done = True
""",
}

with tempfile.TemporaryDirectory() as folder:
    for name, source in SOURCES.items():
        with open(os.path.join(folder, name + ".py"), "w") as f:
            f.write(source)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    import outer_module
    import inner_module
    inner_module.thread.join()
    print([x for x in outer_module.seen if x is not True], outer_module.seen.count(True))

import importlib._bootstrap as bootstrap

manager = bootstrap._ModuleLockManager("some_name")
with manager:
    with bootstrap._ModuleLockManager("some_name"):
        pass

def in_thread():
    with bootstrap._ModuleLockManager("some_name"):
        print("in thread")

with manager:
    t = threading.Thread(target=in_thread)
    t.start()
    t.join(0.1)
    print("in main", t.is_alive())
t.join()
with bootstrap._ImportLockContext() as nothing:
    print(nothing)
print(manager.__class__.__name__, manager.__class__.__module__)
try:
    with manager:
        raise KeyError(1)
except KeyError as e:
    print(repr(e))
