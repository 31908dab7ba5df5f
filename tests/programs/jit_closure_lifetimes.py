# What closures and defaults hold dies with them, also if their code was compiled while they were alive.
log = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def consume(name):
    held = Noisy(name)
    for x in (held for _ in range(35)):
        pass


def call(name):
    held = Noisy(name)

    def inner(i, default=Noisy(-name)):
        return held if i else default

    for i in range(10):
        inner(i)


for n in range(1, 40):
    consume(n)
    log.append(".")
    call(n)
    log.append(";")
print(*log)
