# min() and max() of generators: the values are taken where the generator runs.
def least(items, limit):
    return min(x for x in items if x < limit)


def greatest(rows, key):
    return max(abs(row - key) for row in rows)


rows = list(range(-20, 21))
total = 0
for i in range(300):
    total += least(rows, i) + greatest(rows, i % 7)
print(total)
print(max(x / 4 for x in rows), min(x / 4 for x in rows), max(x if x % 2 else x / 2 for x in rows))
print(min(str(x) for x in rows), max(str(x) for x in rows), max((x % 5, x) for x in rows))
print(max(2**70 + x for x in rows), min(x * 2**62 for x in rows), max(True for _ in rows))
print(max(x for x in (1.0, float("nan"), 3.0, 2.0)), max(x for x in (float("nan"), 3.0)), min(x for x in (0.0, -0.0, 0)))
for f in min, max:
    try:
        f(x for x in rows if x > 100)
    except ValueError as e:
        print("ValueError", e)
    try:
        f(x if x < 5 else "five" for x in rows)
    except TypeError as e:
        print("TypeError", e)
    try:
        f(1 // x for x in rows)
    except ZeroDivisionError as e:
        print("ZeroDivisionError", e)


class Item:
    alive = 0

    def __init__(self, n):
        self.n = n
        Item.alive += 1

    def __del__(self):
        Item.alive -= 1

    def __lt__(self, other):
        return self.n < other.n

    def __gt__(self, other):
        return self.n > other.n


for _ in range(50):
    least_item, greatest_item = min(Item(x) for x in rows), max(Item(x) for x in rows)
print(least_item.n, greatest_item.n, Item.alive)
least_item = greatest_item = None
print(Item.alive)
