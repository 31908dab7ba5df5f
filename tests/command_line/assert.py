assert 0, "no"
print("optimised", __debug__)
def f(): "doc"
print(f.__doc__)
