import sys
def h(*a): raise RuntimeError("in hook")
sys.excepthook = h
1/0
