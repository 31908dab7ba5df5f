# Native functions, methods and constructors in hot code.
def constructors(n):
    total = 0
    for i in range(n):
        l = list((i, 2))
        l2 = list(l)
        t = tuple(l2)
        assert l2 is not l and tuple(t) is t
        s = set(l)
        d = dict()
        e = list()
        e.append(set())
        total += len(t) + len(s) + len(d) + len(e) + len(list(range(i % 5))) + len(tuple("abc"))
        total += len(str(i)) + len(str("x")) + len(str(1.5)) + len(str(True)) + len(str(None)) + bool(i) + bool([])
    return total


def words(n):
    line = "  Alpha,beta, gamma  "
    out = 0
    for i in range(n):
        parts = line.strip().split(",")
        out += len(parts) + line.find("beta") + line.count("a") + line.replace("a", "b").count("b")
        if parts[1].startswith("be") and not parts[0].endswith("x"):
            out += 1
        out += len("-".join(parts)) + len("x".zfill(i % 7)) + (line.strip().partition(",")[0].upper() == "ALPHA")
        try:
            line.index("nothing")
        except ValueError as e:
            message = str(e)
        out += str.isdigit("12") + "ab".isalpha()
    return out, message


def lists(n):
    l = [5, 3, 1]
    total = 0
    for i in range(n):
        l.insert(1, i)
        total += l.index(3) + l.count(5)
        l.remove(i)
        l.extend((7, 8))
        l.pop(), l.pop()
        total += min(l) + max(l) + sum(l) + sorted(l)[0] + len(l[::-1]) + min({4, 2}) + max(3, i, key=lambda v: -v)
    return total, l


def dicts(n):
    d = {}
    for i in range(n):
        d.setdefault(i % 7, []).append(i)
        d.update({"k": i})
        d.pop("k", None)
    return len(d), len(d[3]), sorted(d.keys()), "k" in d


def sets(n):
    s = set()
    t = frozenset(range(10))
    total = 0
    for i in range(n):
        s.add(i % 13)
        s.discard(5)
        total += len(s & t) + len(t - s) + len(s | t) + (s <= t)
    return total, len(s)


class Special:
    def __str__(self):
        return "special"

    def __len__(self):
        return 3

    def __index__(self):
        return 2

    def __bool__(self):
        return False


def special(n):
    s = Special()
    total = 0
    for i in range(n):
        total += len(str(s)) + len(s) + ord(chr(i % 100)) + int("12") + bool(s) + abs(-i) + divmod(i, 3)[1] + round(2.5) + pow(2, 3)
        total += len(hex(i)) + len(f"{i:>5}{s}{i!r}") + [1, 2, 3][s]
    return total


def failing(n):
    names = set()
    for i in range(n):
        for f in (lambda: list(5), lambda: tuple(None), lambda: set(1), lambda: ord("ab"), lambda: chr(-1), lambda: "a".join([1]), lambda: "a".split("")):
            try:
                f()
            except Exception as e:
                names.add(f"{type(e).__name__}: {e}")
    return sorted(names)


def patterns(n):
    total = 0
    for i in range(n):
        for v in ([1, 2, 3], {"a": i}, (i,), "s", Special(), 4.5):
            match v:
                case [a, *rest]:
                    total += a + len(rest)
                case {"a": x}:
                    total += x
                case str():
                    total += 10
                case float(f):
                    total += f
                case _:
                    total += 100
        a, *b, c = "wxyz"
        first, second = {"p": 1, "q": 2}
        total += len(b) + (first + second == "pq")
        _, *_ = [1, 2]
    return total


class Base:
    def __new__(cls, *args):
        Base.made += 1
        return super().__new__(cls)

    made = 0

    @classmethod
    def name(cls):
        return cls.__name__


class Child(Base):
    def __new__(cls, x):
        self = super().__new__(cls, x)
        self.x = x
        return self

    @classmethod
    def name(cls):
        return super().name() + "!"


def supers(n):
    total = 0
    for i in range(n):
        total += Child(i).x + len(Child.name())
    return total, Base.made


print(constructors(300))
print(words(300))
print(lists(300))
print(dicts(300))
print(sets(300))
print(special(300))
print(failing(60))
print(patterns(200))
print(supers(300))
