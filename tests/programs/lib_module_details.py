"""Small things about native modules."""
import itertools
import struct
import sys

old = struct.error
del sys.modules["_struct"]
import _struct  # a second time

try:
    struct.pack("b")
except old as e:
    print(type(e).__module__, type(e).__name__, e)
print(list(itertools.islice(itertools.count(3.25 - 4j), 3)))
for tool in (7, -1):
    try:
        sys.monitoring.use_tool_id(tool, "x")
    except ValueError as e:
        print(e)
sys.monitoring.use_tool_id(2, "profiler")
print(sys.monitoring.get_tool(2), sys.monitoring.register_callback(2, 1, print), sys.monitoring.register_callback(2, 1, None))
sys.monitoring.free_tool_id(2)
