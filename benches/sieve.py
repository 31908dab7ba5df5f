"""Prime numbers by sieving a list: item stores, ranges with a step."""


def run(limit=200_000):
    composite = [False] * (limit + 1)
    count = 0
    for i in range(2, limit + 1):
        if composite[i]:
            continue
        count += 1
        for j in range(i * i, limit + 1, i):
            composite[j] = True
    return count


if __name__ == "__main__":
    print(run())
