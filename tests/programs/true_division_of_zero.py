# Zero divided by a negative int is -0.0, however large the int is.
for d in (5, -5, 2**53, -2**53, 2**62, -2**62, -2**62 - 1, 2**70, -2**70):
    print(0 / d, False / d)
