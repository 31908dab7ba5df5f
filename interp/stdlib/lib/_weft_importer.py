"""Imports the standard library embedded in the binary.

A path hook: sys.path names the folder where the library would lie, and an
importer for that folder, or one below it, serves what the archive holds. A real
folder of that name wins, because the hook then leaves the path to FileFinder.
"""

import _weft_archive
import sys
import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _bootstrap_external

_isdir = _bootstrap_external._path_isdir
_join = _bootstrap_external._path_join

ROOT = None


class EmbeddedLoader:
    """Loads one embedded module."""

    def __init__(self, fullname, path):
        self.name = fullname
        self.path = path
        self._stored = path[len(ROOT) + 1:]

    def __eq__(self, other):
        return self.__class__ is other.__class__ and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(self.name) ^ hash(self.path)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        _bootstrap._call_with_frames_removed(
            exec, _weft_archive.code(self._stored, self.path), module.__dict__)

    def get_code(self, fullname):
        return _weft_archive.code(self._stored, self.path)

    def get_filename(self, fullname=None):
        return self.path

    def get_source(self, fullname):
        return _bootstrap_external.decode_source(_weft_archive.data(self._stored))

    def is_package(self, fullname):
        return self._stored.endswith('__init__.py')

    def get_data(self, path):
        if path.startswith(ROOT + '/'):
            data = _weft_archive.data(path[len(ROOT) + 1:])
            if data is not None:
                return data
        raise OSError(2, 'No such file or directory', path)

    def get_resource_reader(self, fullname):
        return _Reader(self)


class _Reader:
    """The resources of an embedded package, as importlib.resources reads them."""

    def __init__(self, loader):
        self._folder = loader._stored.rpartition('/')[0]

    def open_resource(self, resource):
        import io
        data = _weft_archive.data(self._folder + '/' + resource)
        if data is None:
            raise FileNotFoundError(resource)
        return io.BytesIO(data)

    def resource_path(self, resource):
        raise FileNotFoundError(resource)

    def is_resource(self, path):
        return _weft_archive.data(self._folder + '/' + path) is not None

    def contents(self):
        return iter(_weft_archive.listdir(self._folder) or ())

    def files(self):
        return EmbeddedPath(self._folder)


class EmbeddedPath:
    """A file or folder of the archive, as importlib.resources.abc.Traversable."""

    def __init__(self, stored):
        self._stored = stored

    @property
    def name(self):
        return self._stored.rpartition('/')[2]

    def iterdir(self):
        for name in _weft_archive.listdir(self._stored) or ():
            yield self / name

    def joinpath(self, *parts):
        return EmbeddedPath('/'.join([self._stored, *map(str, parts)]))

    __truediv__ = joinpath

    def is_dir(self):
        return _weft_archive.listdir(self._stored) is not None

    def is_file(self):
        return _weft_archive.data(self._stored) is not None

    def read_bytes(self):
        data = _weft_archive.data(self._stored)
        if data is None:
            raise FileNotFoundError(2, 'No such file or directory', str(self))
        return data

    def read_text(self, encoding=None, errors=None):
        return self.read_bytes().decode(encoding or 'utf-8', errors or 'strict')

    def open(self, mode='r', *args, **kwargs):
        import io
        stream = io.BytesIO(self.read_bytes())
        return stream if 'b' in mode else io.TextIOWrapper(stream, *args, **kwargs)

    def __str__(self):
        return _join(ROOT, self._stored)


class EmbeddedFinder:
    """Finds modules in one folder of the archive."""

    def __init__(self, path):
        if path != ROOT and not path.startswith(ROOT + '/') or _isdir(path):
            raise ImportError('not the embedded library', path=path)
        self.path = path
        self._prefix = path[len(ROOT) + 1:]

    def find_spec(self, fullname, target=None):
        tail = fullname.rpartition('.')[2]
        found = _weft_archive.find(self._prefix + '/' + tail if self._prefix else tail)
        if found is None:
            return None
        stored, is_package = found
        path = ROOT + '/' + stored
        spec = _bootstrap.ModuleSpec(fullname, EmbeddedLoader(fullname, path), origin=path, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [path.rpartition('/')[0]]
        return spec

    def invalidate_caches(self):
        pass

    def iter_modules(self, prefix=''):
        for name in _weft_archive.listdir(self._prefix) or ():
            base, dot, ext = name.partition('.')
            if ext == 'py' and base != '__init__':
                yield prefix + base, False
            elif not dot and _weft_archive.find(self._prefix + '/' + name if self._prefix else name):
                yield prefix + name, True


def source_of(path):
    """The source of the embedded module whose file would lie at a path, or None."""
    if ROOT is None or not path.startswith(ROOT + '/') or not path.endswith('.py'):
        return None
    data = _weft_archive.data(path[len(ROOT) + 1:])
    return None if data is None else _bootstrap_external.decode_source(data)


def install(root):
    """Serves the archive where sys.path says `root`."""
    global ROOT
    ROOT = root
    sys.path_hooks.insert(0, EmbeddedFinder)
