"""Modules and packages in an archive, and finalisers that run when the program ends."""
import os
import sys
import tempfile
import traceback
import zipfile

folder = tempfile.TemporaryDirectory()
archive = os.path.join(folder.name, "code.zip")
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("plain.py", "def fail():\n    raise RuntimeError('from the archive')\n")
    z.writestr("package/__init__.py", "value = 1\n")
    z.writestr("package/inner.py", "from . import value\n")
sys.path.insert(0, archive)
import package.inner
import plain

print(package.inner.value, plain.__file__ == os.path.join(archive, "plain.py"), type(plain.__loader__).__name__)
try:
    plain.fail()
except RuntimeError:
    print(traceback.format_exc().splitlines()[-2:])
print(type(sys.path_importer_cache[archive]).__name__)


class Noisy:
    def __del__(self):
        print("the end of one", folder is not None)


# Which of them ends first is nobody's business.
first, second = Noisy(), Noisy()
second.itself = second
