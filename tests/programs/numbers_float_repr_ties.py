# The shortest text of a float that lies in the middle between two: the last digit is even.
for x in 1501199875790165.25, 900719925474099.25, 643371375338642.25, 209469750110255.625, 195808679450891.125, 4503599627370497.5, 2251799813685248.75:
    print(repr(x), -x, f"{x!r}", str(x), x == float(repr(x)), [x], complex(x, -x))
for n in range(45, 56):
    for i in range(1, 40, 3):
        print(2.0**n + i / 8, end=" ")
    print()
