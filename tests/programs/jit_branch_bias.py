# Branches whose usual direction changes after the loop has been compiled.
def phases(n):
    counts = [0, 0, 0, 0]
    for i in range(n):
        phase = i // (n // 4)
        if phase == 0:
            counts[0] += 1
        elif phase == 1:
            counts[1] += 2
        elif phase == 2:
            counts[2] += 3
        else:
            counts[3] += 4
    return counts

def flip(n):
    a = b = 0
    for i in range(n):
        if i < n // 2:
            a += i
        else:
            b += i
    return a, b

def chained(n):
    inside = outside = 0
    for i in range(n):
        if 10 < i <= 100 != i:
            inside += 1
        else:
            outside += 1
    return inside, outside

def short_circuit(n):
    out = []
    for i in range(n):
        a = i > 50 and i
        b = i < 100 or -i
        c = not (i % 10) and (i > 30 or 'low') or None
        if i % 20 == 0:
            out.append((a, b, c))
    return out

def ternaries(n):
    s = ''
    for i in range(n):
        s += 'a' if i % 7 == 0 else 'b' if i % 5 == 0 else 'c' if i > 60 else '.'
    return s

def zigzag(n):
    x, step, turns = 0, 1, 0
    for _ in range(n):
        x += step
        if x == 25 or x == -25:
            step = -step
            turns += 1
    return x, turns

def truth(n):
    values = [0, 1, '', 'x', [], [0], {}, {1: 1}, None, 0.0, -0.0, 0.1, (), (0,), range(0), range(1), set(), b'', b'a', 1 << 90]
    true = []
    for rounds in range(n):
        for k, v in enumerate(values):
            if v:
                if rounds == n - 1:
                    true.append(k)
            elif not v and v is not None:
                pass
    return true

def while_else(n):
    found = []
    for start in range(n):
        i = start
        while i < start + 10:
            if i % 17 == 13:
                found.append(i)
                break
            i += 1
        else:
            found.append(None)
    return found.count(None), len(set(found))

def loop_else(n):
    primes = []
    for i in range(2, n):
        for p in primes:
            if p * p > i:
                primes.append(i)
                break
            if i % p == 0:
                break
        else:
            primes.append(i)
    return primes

def state_machine(text):
    state, words, numbers = 'space', 0, 0
    for c in text:
        if state == 'space':
            if c.isalpha(): state, words = 'word', words + 1
            elif c.isdigit(): state, numbers = 'number', numbers + 1
        elif state == 'word':
            if c == ' ': state = 'space'
        elif state == 'number':
            if not c.isdigit(): state = 'space'
        else:
            assert False
    return words, numbers, state

def matched(n):
    seen = {}
    for i in range(n):
        match i % 9, i > 120:
            case 0, _: k = 'zero'
            case 1 | 2, False: k = 'early'
            case 1 | 2, True: k = 'late'
            case x, True if x > 6: k = 'big'
            case _: k = 'rest'
        seen[k] = seen.get(k, 0) + 1
    return seen

print(phases(400))
print(flip(300))
print(chained(300))
print(short_circuit(160))
print(ternaries(120))
print(zigzag(1000))
print(truth(60))
print(while_else(100))
print(loop_else(300))
print(state_machine('ab 12 c3 4d 567 xyz ' * 20))
print(matched(300))
