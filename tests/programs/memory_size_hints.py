# Containers made from iterables that claim an absurd length fail at once.
HUGE = 1 << 60

class Claims:
    def __init__(self, n): self.n = n
    def __iter__(self): return iter((1, 2))
    def __length_hint__(self): return self.n

for f in (lambda: list(range(HUGE)), lambda: list(Claims(HUGE)), lambda: list(Claims(5)), lambda: [0].extend(range(HUGE)), lambda: [*range(HUGE)],
          lambda: list(Claims(-1)), lambda: list(Claims('x')), lambda: list(Claims(1 << 70))):
    try: print(f())
    except (MemoryError, OverflowError, TypeError, ValueError) as e: print(type(e).__name__, e)
