# Recursive functions: plain, tail, double, mutual, through methods, closures and generators.
import functools, sys

def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def ackermann(m, n):
    if m == 0: return n + 1
    if n == 0: return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
def tak(x, y, z): return z if y >= x else tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves.append(a + b)
        hanoi(n - 1, c, b, a, moves)
    return moves
def permutations(items):
    if not items: return [()]
    return [(x, *rest) for i, x in enumerate(items) for rest in permutations(items[:i] + items[i + 1:])]
def power(x, n): return 1 if n == 0 else power(x * x, n // 2) * (x if n % 2 else 1)
def depth(n): return 0 if n == 0 else depth(n - 1) + 1
def female(n): return 1 if n == 0 else n - male(female(n - 1))
def male(n): return 0 if n == 0 else n - female(male(n - 1))
def hofstadter(n, memo={1: 1, 2: 1}):
    if n not in memo: memo[n] = hofstadter(n - hofstadter(n - 1)) + hofstadter(n - hofstadter(n - 2))
    return memo[n]
def flatten(x):
    for y in x:
        if isinstance(y, list): yield from flatten(y)
        else: yield y
def queens(n, row=0, cols=0, down=0, up=0):
    if row == n: return 1
    count, free = 0, ((1 << n) - 1) & ~(cols | down | up)
    while free:
        bit = free & -free
        free ^= bit
        count += queens(n, row + 1, cols | bit, (down | bit) << 1, (up | bit) >> 1)
    return count

class Tree:
    def __init__(self, depth, k=1):
        self.key = k
        self.left = Tree(depth - 1, 2 * k) if depth else None
        self.right = Tree(depth - 1, 2 * k + 1) if depth else None
    def sum(self): return self.key + (self.left.sum() if self.left else 0) + (self.right.sum() if self.right else 0)
    def __iter__(self):
        if self.left: yield from self.left
        yield self.key
        if self.right: yield from self.right
    def height(self): return 1 + max(t.height() if t else 0 for t in (self.left, self.right))

print(fib(17), ackermann(2, 8), [even(50), odd(50), even(77)], tak(9, 6, 3))
print(len(hanoi(8, 'a', 'b', 'c', [])), ''.join(hanoi(4, 'a', 'b', 'c', [])))
print(len(permutations(list(range(5)))), permutations([1, 2, 3]))
print(power(3, 200), power(1.5, 20), depth(500))
print([female(i) for i in range(30)], [male(i) for i in range(30)], [hofstadter(i) for i in range(1, 60)])
nested = 0
for i in range(60): nested = [i, nested, [i]]
print(sum(flatten(nested)), len(list(flatten(nested))), queens(6))
t = Tree(7)
print(t.sum(), sum(t), list(t)[:9], t.height())
def types(x): return x if x > 100 else types(x + x)
print([types(x) for x in (1, 1.5, 3, 0.7, 7)] * 1, sum(types(x + 0.5 if x % 2 else x) for x in range(1, 90)))
def outer(n):
    def inner(k): return 0 if k == 0 else n + inner(k - 1)
    return inner(n)
print(sum(outer(i) for i in range(50)))
fact = lambda n: 1 if n < 2 else n * fact(n - 1)
print(fact(60), functools.reduce(lambda a, b: a * b, range(1, 61)) == fact(60))
def raising(n):
    if n == 0: raise ValueError('bottom')
    try:
        return raising(n - 1)
    except ValueError as e:
        if n % 10 == 0: raise KeyError(n) from e
        raise
    finally:
        trail.append(n)
for _ in range(30):
    trail = []
    try: raising(25)
    except KeyError as e: last = e
print(trail[:4], len(trail), repr(last), repr(last.__cause__), repr(last.__cause__.__cause__))
