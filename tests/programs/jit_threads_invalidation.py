# A thread that waits inside compiled code sees what another thread changes meanwhile, at once.
import threading, time


def step():
    return 1


class Counter:
    def next(self):
        return 1


def work(started, log):
    counter = Counter()
    rounds = 0
    while rounds < 3000:
        rounds += 1
        if rounds == 600:
            started.set()
        time.sleep(0.0001 if rounds > 600 else 0)
        a, b = step(), counter.next()
        if a == 2 and b == 2:
            log.append("both changed")
            return
    log.append("not seen")


started, log = threading.Event(), []
t = threading.Thread(target=work, args=(started, log))
t.start()
started.wait()
time.sleep(0.02)


def step():
    return 2


Counter.next = lambda self: 2
t.join()
print(log)
