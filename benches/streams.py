"""Generators that feed each other."""


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def odd(source):
    for i in source:
        if i & 1:
            yield i


def run(n=60_000):
    return sum(i * i for i in odd(numbers(n)))


if __name__ == "__main__":
    print(run())
