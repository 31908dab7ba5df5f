# Globals and builtins that are dict subclasses are asked as any mapping is; plain dicts are not.
import types

class Missing(dict):
    def __missing__(self, name): return 'missing ' + name
class Getter(dict):
    def __getitem__(self, name): return 'got ' + name

def reads(): return unknown
def calls(): return str(1)
def many(): return [unknown for _ in range(100)][-1]
for namespace in Missing(), Getter(), Missing(unknown=1), Getter(unknown=1), Missing(__builtins__={}), {'unknown': 2}:
    for f in reads, calls, many:
        g = types.FunctionType(f.__code__, namespace)
        try: print(type(namespace).__name__, f.__name__, g())
        except (NameError, TypeError) as e: print(type(e).__name__, e)
for builtins in Missing(), Getter(unknown=3):
    print(types.FunctionType(reads.__code__, {'__builtins__': builtins})())
class Loud(dict):
    def __getitem__(self, name): raise ZeroDivisionError(name)
try: types.FunctionType(reads.__code__, Loud(unknown=1))()
except ZeroDivisionError as e: print('ZeroDivisionError', e)
# LOAD_NAME asks the locals as a mapping, the globals as a dict.
for namespace in Missing(), Missing(unknown=1), {}:
    try: exec('found = unknown', namespace)
    except NameError as e: print('NameError', e)
    else: print(dict.get(namespace, 'found'))
    try: exec('print(unknown)', {}, namespace)
    except (NameError, TypeError) as e: print(type(e).__name__, e)
# A name that is assigned goes straight into the dict.
class Set(dict):
    def __setitem__(self, name, value): raise AssertionError
namespace = Set()
exec('def f():\n    global x\n    x = 1\nf()', namespace, {})
print(dict.__getitem__(namespace, 'x'))
