# Threads that switch in the middle of hot loops; every total is exact.
import queue, sys, threading
sys.setswitchinterval(1e-5)

def run(*targets):
    threads = [threading.Thread(target=t) for t in targets]
    for t in threads: t.start()
    for t in threads: t.join()

results = {}
def work(name, n):
    def f():
        s = 0
        for i in range(n):
            s += i * i % 7
            if i % 100 == 0: s += len(str(i))
        results[name] = s
    return f
run(*(work(k, 3000) for k in range(6)))
print(sorted(results.values()))

class Counter:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()
    def add(self, times):
        for _ in range(times):
            with self.lock: self.n += 1
c = Counter()
run(*(lambda: c.add(500) for _ in range(4)))
print(c.n)

items = []
run(*(lambda k=k: [items.append((k, i)) for i in range(500)] for k in range(4)))
print(len(items), all([i for j, i in items if j == k] == list(range(500)) for k in range(4)))

done = False
def spin():
    global spins
    spins = 0
    while not done: spins += 1
def stop():
    global done
    s = 0
    for i in range(2000): s += i
    done = True
run(spin, stop)
print(spins >= 0, done)

q, out = queue.Queue(5), []
def produce():
    for i in range(200): q.put(i)
    q.put(None)
def consume():
    while (x := q.get()) is not None: out.append(x * 2)
run(produce, consume)
print(len(out), sum(out))

caught = []
def failing():
    try:
        for i in range(500): 100 // (400 - i)
    except ZeroDivisionError as e: caught.append((threading.current_thread() is not threading.main_thread(), i))
run(failing, failing)
print(caught)

local = threading.local()
def private(k):
    def f():
        local.x = 0
        for i in range(300): local.x += k
        results[k] = local.x
    return f
results.clear()
run(*(private(k) for k in range(4)))
print(sorted(results.items()), hasattr(local, 'x'))

turn, log = threading.Condition(), []
state = 0
def alternate(me):
    def f():
        global state
        for i in range(60):
            with turn:
                while state != me: turn.wait()
                log.append(me)
                state = 1 - me
                turn.notify()
    return f
run(alternate(0), alternate(1))
print(log == [0, 1] * 60)

event = threading.Event()
def hook(args): print('hook', args.exc_type.__name__, args.exc_value)
threading.excepthook = hook
def dies():
    for i in range(100): [0] * 50 and [0, 1][i // 50]
run(dies)
print(threading.active_count())
