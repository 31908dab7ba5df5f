# Functions made in a loop by the same code, each with its own defaults; nested functions whose defaults change.


def collect(n):
    found = []
    for i in range(n):
        double = lambda p, q=i: p + q
        found.append(double(i))
        found.append((lambda p, q=i * 2, r=str(i): (p, q, r))(i, -1))

        def keyword(a, b=[i]):
            b.append(a)
            return b

        found.append(keyword(i))
        if i % 7 == 3:
            keyword.__defaults__ = ((i, i),)
            keyword = lambda a, f=keyword: f.__defaults__[0] + (a,)
            found.append(keyword(i))
        if i % 11 == 5:
            double.__defaults__ = (1, 2.5)
            found.append(double())
    return found


print(collect(60))
