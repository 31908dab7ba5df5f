# Tracebacks of failed imports do not show importlib's frames.
import os, sys, tempfile
folder = tempfile.TemporaryDirectory()
os.mkdir(os.path.join(folder.name, 'tp'))
for name, text in ('__init__', ''), ('a', 'import nonexist_q'), ('b', '1/0'), ('c', 'x = ('):
    with open(os.path.join(folder.name, 'tp', name + '.py'), 'w') as f: f.write(text + '\n')
sys.path.insert(0, folder.name)
import sys, traceback, importlib
def show(what, f):
    try: f()
    except BaseException as e:
        while e:
            print(what, type(e).__name__, str(e).replace(folder.name, 'FOLDER'), [(t.filename.rpartition('/')[2], t.name) for t in traceback.extract_tb(e.__traceback__)])
            e = e.__context__
class Finder:
    def __init__(s, e): s.e = e
    def find_spec(self, name, path=None, target=None):
        if name.startswith('zz'): raise self.e(name)
for e in ImportError, ModuleNotFoundError, KeyError, KeyboardInterrupt:
    sys.meta_path.insert(0, Finder(e))
    show(e.__name__, lambda: __import__('zz'))
    def f(): import zza.b
    show(e.__name__, f)
    show(e.__name__, lambda: importlib.import_module('zzq'))
    del sys.meta_path[0]
class Loader:
    def __init__(s, e): s.e = e
    def create_module(s, spec): return None
    def exec_module(self, m): raise self.e(m.__name__)
class F2:
    def __init__(s, e): s.e = e
    def find_spec(self, name, path=None, target=None):
        if name.startswith('yy'): return importlib.util.spec_from_loader(name, Loader(self.e))
import importlib.util
for e in ImportError, KeyError:
    sys.meta_path.insert(0, F2(e))
    def f(): import yy
    show(e.__name__, f)
    del sys.meta_path[0]
def g(): import tp.a
show('a', g)
def g(): import tp.b
show('b', g)
def g(): import tp.c
show('c', g)
def g(): from tp import nope
show('from', g)
def g(): import tp.nope
show('nope', g)
def g(): from . import x
show('rel', g)
def g(): from .tp import x
show('rel', g)
show('import', lambda: importlib.import_module('tp.b'))
show('import', lambda: importlib.import_module('tp.nope'))
show('import', lambda: __import__('tp.b', level=-1))
show('import', lambda: __import__(''))
show('import', lambda: __import__(3))
sys.modules['blocked'] = None
def g(): import blocked
show('blocked', g)
def g(): import blocked.x
show('blocked', g)
folder.cleanup()
