# `is` releases its right operand first, other operators their left one or both in place.
log = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)

    def __eq__(self, other):
        return False

    def __add__(self, other):
        return 1

    def __contains__(self, item):
        return False


def compare(n):
    for i in range(n):
        Noisy("a") is Noisy("b")
        if Noisy("c") is not Noisy("d"):
            log.append(i % 2)
        Noisy("e") == Noisy("f")
        Noisy("g") in Noisy("h")
        Noisy("i") + Noisy("j")
        x = Noisy("k")
        x is Noisy("l")
        Noisy("m") is x
        del x


compare(50)
print("".join(map(str, log)))
