import sys
print("dir main", __name__, repr(__package__), __spec__.name, sys.argv, sys.path[0], __file__)
import helper
