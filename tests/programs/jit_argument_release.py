# A function that compiled code calls through native code (keywords, here) rebinds its parameter: the argument dies there,
# not when the call is over.
log = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def rebind(a, p):
    p = None
    log.append(".")


for n in range(40):
    rebind(1, p=Noisy(n))
print(log)
