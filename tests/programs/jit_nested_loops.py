# Nested loops: break, continue and else on every level, and inner loops of changing length.
def triangle(n):
    total = 0
    for i in range(n):
        for j in range(i):
            total += i * j
    return total

def matrix(n):
    a = [[i * n + j for j in range(n)] for i in range(n)]
    b = [[(i + 1) * (j - 2) for j in range(n)] for i in range(n)]
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            s = 0
            for k in range(n):
                s += a[i][k] * b[k][j]
            c[i][j] = s
    return sum(map(sum, c)), c[n - 1][n - 1], c[0]

def continues(n):
    log = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        j = 0
        while True:
            j += 1
            if j % 2:
                continue
            if j > i:
                break
            log += j
        else:
            log = None
        if i % 5 == 0:
            continue
        log -= i
    return log

def breaks(n):
    out = []
    for i in range(n):
        for j in range(n):
            for k in range(n):
                if i * j * k > 500:
                    out.append((i, j, k))
                    break
            else:
                continue
            break
        else:
            out.append(i)
    return out

def empty_inner(n):
    count = 0
    for i in range(n):
        for j in range(i - n // 2):
            count += 1
        for j in ():
            count += 1000000
        for j in []:
            count += 1000000
    return count

def growing(n):
    rows = []
    for i in range(n):
        row = []
        for j in range(i % 30):
            row.append(j)
        rows.append(len(row))
    return sum(rows), rows[-3:]

def while_in_for(n):
    out = 0
    for i in range(1, n):
        x = i
        while x % 2 == 0:
            x //= 2
        y = 0
        while y < x:
            y += 7
            if y % 11 == 0:
                break
        else:
            out += 1
        out += x + y
    return out

def early_return(n):
    def find(target):
        for i in range(n):
            for j in range(i, n):
                if i * i + j * j == target:
                    return i, j
        return None
    return [find(t) for t in (25, 50, 7, 200, 338, 9999)]

def mandelbrot(w, h):
    rows = []
    for y in range(h):
        row = ''
        for x in range(w):
            zr = zi = 0.0
            cr, ci = 3.0 * x / w - 2, 2.0 * y / h - 1
            for i in range(30):
                zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
                if zr * zr + zi * zi > 4:
                    row += '.:-=+*#%@'[i % 9]
                    break
            else:
                row += ' '
        rows.append(row)
    return rows

def same_names(n):
    i = 0
    for i in range(n):
        for i in range(i, i + 3):
            pass
    return i

print(triangle(60))
print(matrix(12))
print(continues(80))
print(breaks(12))
print(empty_inner(60))
print(growing(100))
print(while_in_for(200))
print(early_return(20))
for row in mandelbrot(40, 12):
    print(repr(row))
print(same_names(50))
