"""What a configured and compiled Python says about its build.

The library has this module under the name that `sysconfig` asks for.
"""

import sys

_multiarch = sys.implementation._multiarch
_tag = f'{sys.implementation.cache_tag}-{_multiarch}'

build_time_vars = {
    'ABIFLAGS': '',
    'AR': 'ar',
    'BINDIR': f'{sys.prefix}/bin',
    'BINLIBDEST': f'{sys.prefix}/lib/python3.14',
    'CC': 'cc',
    'CCSHARED': '-fPIC',
    'CFLAGS': '',
    'CXX': 'c++',
    'EXE': '',
    'EXT_SUFFIX': f'.{_tag}.so',
    'HAVE_FORK': 1,
    'HAVE_FORKPTY': 1,
    'HOST_GNU_TYPE': _multiarch,
    'INCLUDEPY': f'{sys.prefix}/include/python3.14',
    'LDFLAGS': '',
    'LDSHARED': 'cc -shared',
    'LIBDEST': f'{sys.prefix}/lib/python3.14',
    'LIBDIR': f'{sys.prefix}/lib',
    'LIBRARY': '',
    'MACHDEP': 'linux',
    'MULTIARCH': _multiarch,
    'PLATLIBDIR': 'lib',
    'Py_DEBUG': 0,
    'Py_ENABLE_SHARED': 0,
    'Py_GIL_DISABLED': 0,
    'Py_TRACE_REFS': 0,
    'SHLIB_SUFFIX': '.so',
    'SIZEOF_VOID_P': 8,
    'SOABI': _tag,
    'TZPATH': '/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo',
    'VERSION': '3.14',
    'WITH_DOC_STRINGS': 1,
    'exec_prefix': sys.exec_prefix,
    'prefix': sys.prefix,
    'srcdir': f'{sys.prefix}/lib/python3.14',
}
