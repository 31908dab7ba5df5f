# sys.settrace and sys.setprofile switched on and off while a loop is hot.
import sys

def trace(n):
    events = []
    def f(i):
        x = i
        return x
    def tracer(frame, event, arg):
        events.append((frame.f_code.co_name, event, frame.f_lineno - f.__code__.co_firstlineno))
        return tracer
    for i in range(n):
        if i == 60: sys.settrace(tracer)
        if i == 62: sys.settrace(None)
        f(i)
    return events

def profile(n):
    events = []
    def f(i): return len('abc') + i
    for i in range(n):
        if i == 60: sys.setprofile(lambda frame, event, arg: events.append((frame.f_code.co_name, event)))
        if i == 62: sys.setprofile(None)
        f(i)
    return events[:6]

print(trace(80))
print(profile(80))
