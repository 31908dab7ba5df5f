# Binary search and heaps.
def show(text):
    for s in text.strip().splitlines():
        try:
            r = repr(eval(s))
        except Exception as e:
            r = f"{type(e).__name__}: {e}"
        print(s, "->", r[:300])


import _bisect as bisect_, _heapq as heapq


class bisect:
    bisect = bisect_.bisect_right
    bisect_left = bisect_.bisect_left
    insort = bisect_.insort_right

show(r'''
bisect.bisect([1,2,3],2), bisect.bisect_left([1,2,3],2), bisect.bisect([1,2,3],2,0,1), bisect.bisect([3,2,1],2,key=lambda x:-x)
bisect.bisect([1],1,-1)
bisect.bisect([1],1,0,5)
bisect.bisect(5,1)
bisect.bisect([1,"a"],1)
bisect.insort(5,1)
heapq.heappush(5,1)
heapq.heappop([])
heapq.heapreplace([],1)
heapq.heappushpop([],1)
heapq.heappush((),1)
''')

items = [(i * 7919) % 101 for i in range(50)]
h = []
for i in items:
    heapq.heappush(h, i)
print(h)
print([heapq.heappop(h) for _ in range(50)] == sorted(items))
h = items[:]
heapq.heapify(h)
print(h, heapq.heapreplace(h, 5), heapq.heappushpop(h, 1), heapq.heappushpop(h, 50), h)
heapq.heapify_max(h)
print(h, heapq.heappop_max(h), heapq.heapreplace_max(h, 5), heapq.heappushpop_max(h, 1000), heapq.heappushpop_max(h, 3), h)
heapq.heappush_max(h, 77)
print(h)


class Changes:
    def __lt__(self, other):
        h.clear()
        return True


h = [Changes() for _ in range(5)]
try:
    heapq.heappush(h, Changes())
except RuntimeError as e:
    print(e)
a = []
for i in items:
    bisect.insort(a, i)
print(a, bisect.bisect_left(a, 50), bisect.bisect(a, 50))
