import sys
print(sys.argv, __name__, __package__, __spec__, type(__loader__).__name__)
