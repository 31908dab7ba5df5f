"""Matrix products over lists of lists: nested loops, subscripts, float accumulation."""


def product(a, b):
    n, m = len(a), len(b[0])
    result = []
    for i in range(n):
        row = []
        for j in range(m):
            s = 0.0
            for k in range(len(b)):
                s += a[i][k] * b[k][j]
            row.append(s)
        result.append(row)
    return result


def run(n=40):
    a = [[(i * j) % 7 + 0.5 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 5 - 1.5 for j in range(n)] for i in range(n)]
    return sum(map(sum, product(product(a, b), a)))


if __name__ == "__main__":
    print(run())
