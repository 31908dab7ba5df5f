"""The library's own modules have files, sources and resources, wherever they are kept."""
import importlib.resources
import inspect
import json
import linecache
import os
import sys
import traceback

print(json.__file__.endswith("/lib/python3.14/json/__init__.py"), json.loads.__code__.co_filename == json.__file__)
print(inspect.getsource(json.loads).splitlines()[0])
print(inspect.getsource(os.fspath if inspect.isfunction(os.fspath) else os.getenv).splitlines()[0])
print(linecache.getline(json.decoder.__file__, 1).strip())
print(importlib.resources.files("json").joinpath("tool.py").read_text().splitlines()[0])
try:
    json.loads("{bad")
except ValueError:
    for line in traceback.format_exc().splitlines():
        if not line.lstrip().startswith("File"):
            print(line)
print(sys._jit.is_active(), type(sys.monitoring.events).__name__, sys.monitoring.get_tool(3))
