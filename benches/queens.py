"""The eight queens, by recursion over lists and bit sets."""


def place(n, row, columns, left, right):
    if row == n:
        return 1
    count = 0
    free = ~(columns | left | right) & ((1 << n) - 1)
    while free:
        bit = free & -free
        free ^= bit
        count += place(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


def run(n=8):
    return place(n, 0, 0, 0, 0)


if __name__ == "__main__":
    print(run())
