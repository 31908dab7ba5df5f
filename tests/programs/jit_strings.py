# Strings built and taken apart in hot loops.
def build(n):
    s = ''
    for i in range(n):
        s += chr(97 + i % 26)
        if i == 60: s += 'é'
        if i == 80: s += '€'
        if i == 100: s += '\U0001f600'
    return s

def shared_while_building(n):
    s, kept = '', []
    for i in range(n):
        s += 'ab'
        if i % 40 == 0: kept.append(s)
        t = s
        t += '!'
    return [len(k) for k in kept], len(s), len(t), kept[1][-3:]

def formats(n):
    out = []
    for i in range(n):
        x = i / 8
        s = f'{i:>4}|{x:.3f}|{i:x}|{i!r:>5}|{"a" * (i % 3)}|{x:{6}.{2}}' + '%d-%s-%5.1f' % (i, i, x) + '{0:<3}{a}'.format(i, a=x)
        if i % 30 == 0: out.append(s)
    return out

def characters(text):
    counts, upper, vowels = {}, 0, 0
    for c in text:
        counts[c] = counts.get(c, 0) + 1
        upper += c.isupper()
        if c in 'aeiou': vowels += 1
        elif c == 'z' or c >= 'x': vowels += 100
    return counts, upper, vowels

def indices(n):
    text, out = 'héllo wörld', []
    for i in range(n):
        try: out.append(text[i % 30 - 15])
        except IndexError as e: out.append('#'); msg = str(e)
    return ''.join(out), msg

def palindromes(n):
    return [i for i in range(n) if str(i) == str(i)[::-1]]

def caesar(text, k):
    out = []
    for c in text:
        if 'a' <= c <= 'z': c = chr((ord(c) - 97 + k) % 26 + 97)
        elif 'A' <= c <= 'Z': c = chr((ord(c) - 65 + k) % 26 + 65)
        out.append(c)
    return ''.join(out)

def methods(n):
    total = 0
    for i in range(n):
        s = str(i) * 3
        total += len(s.split('1')) + s.find('22') + s.count('3') + s.startswith('1') + len(s.replace('4', '')) + s.isdigit() + len(s.zfill(9)) + len(s.center(12).strip()) + (s.upper() == s)
        total += int(s[::-1]) % 7 + len(','.join([s, s])) + len(s.partition('5')[0]) + s.rfind('6') + len(s.rjust(i % 9))
    return total

def compare(n):
    words = ['b', 'ba', 'a', 'é', '', 'B', 'ab', '\U0001f600', 'b\0']
    out = [0] * 6
    for i in range(n):
        a, b = words[i % 9], words[i * 5 % 9]
        out[0] += a < b
        out[1] += a <= b
        out[2] += a == b
        out[3] += a != b
        out[4] += a > b
        out[5] += a in b
    return out

def interned(n):
    d = {'k1': 1, 'k2': 2, 'k0': 0}
    return sum(d['k' + str(i % 3)] for i in range(n)), sum(d.get(f'k{i}', -1) for i in range(n))

def levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]

def numbers(n):
    s = 0
    for i in range(-n, n):
        s += int(f'{i:+}') + int(hex(i), 16) + int(bin(i), 2) + int(float(f'{i / 4!r}') * 4) + len(repr(i ** 5)) + int(str(i << 60)) % 3
    return s

def bytes_loop(n):
    b, out = bytearray(), 0
    for i in range(n):
        b.append(i % 256)
        b += bytes([i % 7])
        out += b[i] + b'abc'[i % 3] + len(b[i:]) + (b'a' in b)
    return out, bytes(b[-4:]), b.hex()[:16]

def multiplication(n):
    return [len('ab' * k) for k in range(-3, 5)], sum(len('x' * i + 'y') for i in range(n)), ('-' * 3 + '>') * 2

print(build(130)[50:], shared_while_building(100))
for row in formats(100): print(row)
print(characters('The Quick Brown Fox Jumps Over the lazy dog. ' * 6))
print(indices(90))
print(palindromes(300), caesar(caesar('Hello, World! ' * 10, 3), -3) == 'Hello, World! ' * 10, caesar('Hello, World!', 13))
print(methods(150), compare(200), interned(90), levenshtein('kitten sitting on', 'sitting kitten in'), numbers(60), bytes_loop(150), multiplication(50))
