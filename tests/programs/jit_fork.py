# A forked process and its parent go on compiling, and running what was compiled before, each for itself.
import os


def warm(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def compile_and_run(first):
    # Each of these functions is compiled; what other processes have compiled at the same time is different.
    results = []
    for k in range(first, first + 30):
        names = {}
        exec(f"def f(n):\n    t = {k}\n    for i in range(n):\n        t = (t * {k + 3} + i) % {k + 1000003}\n    return t\n", names)
        results.append([names["f"](1000) for _ in range(3)])
    return results


def expected(first):
    results = []
    for k in range(first, first + 30):
        t = k
        for i in range(1000):
            t = (t * (k + 3) + i) % (k + 1000003)
        results.append([t] * 3)
    return results


def in_children(count):
    pids = []
    for child in range(count):
        pid = os.fork()
        if not pid:
            right = compile_and_run(child * 100) == expected(child * 100) and warm(2000) == 3000
            os._exit(0 if right else 1)
        pids.append(pid)
    right = compile_and_run(1000) == expected(1000)
    return right, [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


# In a loop that has been compiled itself by the second time.
for _ in range(3):
    print(warm(2000), *in_children(4))


def fork_in_hot_loop(n):
    # The child goes on in the middle of the loop that its parent compiled.
    codes = []
    for i in range(n):
        if i % 50 == 49:
            pid = os.fork()
            if not pid:
                total = 0
                for k in range(100):
                    total += k
                os._exit(total % 256)
            codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return codes


print(fork_in_hot_loop(200))
