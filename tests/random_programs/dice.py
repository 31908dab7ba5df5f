"""Random choices that are the same under every Python: programs are named by their seeds."""


class Dice:
    """A generator of choices (xorshift64*)."""

    def __init__(self, seed):
        self.state = (seed * 0x9E3779B97F4A7C15 + 0x1234567) & 0xFFFFFFFFFFFFFFFF or 1
        for _ in range(8):
            self.bits()

    def bits(self):
        x = self.state
        x ^= x >> 12
        x ^= (x << 25) & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 27
        self.state = x
        return (x * 0x2545F4914F6CDD1D & 0xFFFFFFFFFFFFFFFF) >> 16

    def below(self, n):
        return self.bits() % n

    def between(self, low, high):
        """An int from low to high, both included."""
        return low + self.bits() % (high - low + 1)

    def chance(self, percent):
        return self.bits() % 100 < percent

    def pick(self, items):
        return items[self.bits() % len(items)]

    def weighted(self, pairs):
        """One of the things in [(weight, thing)]."""
        at = self.below(sum(w for w, _ in pairs))
        for w, thing in pairs:
            at -= w
            if at < 0:
                return thing
