"""The n-body problem: floats in lists, tuples unpacked in a loop."""

from math import sqrt

BODIES = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47841760435743),
    ([4.84143144246472090, -1.16032004402742839, -0.103622044471123109], [0.606326392995832, 2.81198684491626, -0.02521836165988763], 0.03769367487038949),
    ([8.34336671824457987, 4.12479856412430479, -0.403523417114321381], [-1.0107743461787924, 1.8256623712304119, 0.008415761376584154], 0.011286326131968767),
    ([12.8943695621391310, -15.1111514016986312, -0.223307578892655734], [1.0827910064415354, 0.8687130181696082, -0.010832637401363636], 0.0017237240570597112),
    ([15.3796971148509165, -25.9193146099879641, 0.179258772950371181], [0.979090732243898, 0.5946989986476762, -0.034755955504078104], 0.0020336868699246304),
]


def advance(bodies, dt, steps):
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    for _ in range(steps):
        for (p1, v1, m1), (p2, v2, m2) in pairs:
            dx, dy, dz = p1[0] - p2[0], p1[1] - p2[1], p1[2] - p2[2]
            squared = dx * dx + dy * dy + dz * dz
            force = dt / (squared * sqrt(squared))
            v1[0] -= dx * m2 * force
            v1[1] -= dy * m2 * force
            v1[2] -= dz * m2 * force
            v2[0] += dx * m1 * force
            v2[1] += dy * m1 * force
            v2[2] += dz * m1 * force
        for position, velocity, _ in bodies:
            position[0] += dt * velocity[0]
            position[1] += dt * velocity[1]
            position[2] += dt * velocity[2]


def energy(bodies):
    total = 0.0
    for i, (p1, v1, m1) in enumerate(bodies):
        total += 0.5 * m1 * (v1[0] ** 2 + v1[1] ** 2 + v1[2] ** 2)
        for p2, _, m2 in bodies[i + 1:]:
            total -= m1 * m2 / sqrt((p1[0] - p2[0]) ** 2 + (p1[1] - p2[1]) ** 2 + (p1[2] - p2[2]) ** 2)
    return total


def run(steps=4000):
    bodies = [(position[:], velocity[:], mass) for position, velocity, mass in BODIES]
    advance(bodies, 0.01, steps)
    return energy(bodies)


if __name__ == "__main__":
    print(f"{run(0):.9f}")
    print(f"{run(20_000):.9f}")
