# Requests for absurd amounts of memory are MemoryError or OverflowError, in cold and in hot code.
HUGE = 1 << 60

def attempt(f, n):
    seen = {}
    for i in range(n):
        try:
            f()
        except (MemoryError, OverflowError) as e:
            seen[type(e).__name__] = seen.get(type(e).__name__, 0) + 1
    return seen

def extend_in_place():
    x = [0]
    x *= HUGE

attempts = [
    lambda: [0] * HUGE,
    lambda: (1, 2) * HUGE,
    lambda: 'ab' * HUGE,
    lambda: b'ab' * HUGE,
    lambda: bytearray(2) * HUGE,
    lambda: bytes(HUGE << 1),
    lambda: bytearray(HUGE),
    lambda: [0] * (1 << 70),
    lambda: 'x' * (1 << 70),
    lambda: 1 << (1 << 70),
    lambda: 'x'.ljust(HUGE),
    lambda: 'x'.zfill(HUGE),
    lambda: f'{1:{1 << 62}}',
    lambda: '%*d' % (1 << 70, 1),
    lambda: len(range(1 << 70)),
    lambda: [1, 2, 3] * (HUGE // 2),
    extend_in_place,
    lambda: memoryview(bytearray(HUGE)),
    lambda: (1).to_bytes(HUGE, 'little'),
]
for k, f in enumerate(attempts):
    try:
        print(k, attempt(f, 60))
    except Exception as e:
        print(k, type(e).__name__, e)

def still_fine(n):
    kept = 0
    for i in range(n):
        try:
            x = [i] * (HUGE if i % 3 == 0 else 3)
            kept += len(x)
        except MemoryError as e:
            kept += 100
            assert e.__traceback__.tb_lineno == e.__traceback__.tb_frame.f_code.co_firstlineno + 4
    return kept
print(still_fine(100))
