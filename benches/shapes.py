"""Objects of several classes in one list: method calls that go different ways, attributes, instances being made."""


class Shape:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, dx, dy):
        return type(self)(self.x + dx, self.y + dy)


class Point(Shape):
    def area(self):
        return 0.0


class Square(Shape):
    side = 2.0

    def area(self):
        return self.side * self.side


class Circle(Shape):
    def __init__(self, x, y):
        super().__init__(x, y)
        self.radius = 1.5

    def area(self):
        return 3.14159 * self.radius * self.radius


def run(rounds=300):
    shapes = [(Point, Square, Circle)[i % 3](i, -i) for i in range(90)]
    total = 0.0
    for n in range(rounds):
        for s in shapes:
            total += s.area() + s.x
        shapes = [s.moved(1, n & 1) for s in shapes]
    return total


if __name__ == "__main__":
    print(run())
