# sum() of floats is compensated (Neumaier), also where ints are among them.
print(sum([1e16, 1, -1e16]), sum(x for x in (1e16, 1, -1e16)), sum([1e16, 1.0, -1e16]), sum([0.1] * 10), sum([1e100, 1, -1e100]), sum([1, 1e100, 1, -1e100]))
print(sum([True, 1e16, True, -1e16]), sum([1e16, 1 << 70, -1e16]), sum([float('inf'), 1, -1e308]), sum([1e308, 1e308, -1e308]))
print(sum([0.1, 0.2j, 0.3]), sum([1e16 + 0j, 1, -1e16]), sum([-0.0, -0.0]), sum([-0.0], -0.0), sum([], -0.0))
total = 0
for i in range(100):
    total += sum([i * 0.1, 1e16, i, -1e16, 0.1])
print(total)
