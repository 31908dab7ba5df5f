"""Floats that are objects of their own stay one object in cells, slots and what leaves a trace."""

SEEN = []


def cells(n):
    for i in range(n):
        a = b = 9007199254740992.0 * (i >= 0) + 1e300
        SEEN.append(a is b)

        def change():
            nonlocal a
            a = 5

        if i % 5 == 4:
            change()
            SEEN.append(a is b)


def constants(n):
    for i in range(n):
        for k in enumerate([i, "a"]):
            a = b = (9007199254740992.0 if True else n) + 1e300
            SEEN.append(a is b)

            def read():
                nonlocal a
                return a


def lists(n):
    kept = [None] * 4
    for i in range(n):
        x = y = (0.5 if True else n) * 1e300
        kept[i & 3] = x
        z = (0.5 if True else n) * 1e300
        kept[i + 1 & 3] = z
        SEEN.append((x is y, kept[i & 3] is y, kept[i + 1 & 3] is z))


cells(60)
for _ in range(20):
    constants(2)
lists(60)
print(len(SEEN), SEEN.count(True), SEEN.count(False), SEEN.count((True, True, True)))
