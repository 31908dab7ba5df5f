import sys
print("mod", __name__, __package__, sys.argv, sys.path[0])
from . import sub
