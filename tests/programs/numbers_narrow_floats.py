"""Half and single precision in struct and memoryviews: rounding, NaNs with payloads, what is too large."""
import random
import struct


def float_of(bits):
    return struct.unpack(">d", bits.to_bytes(8))[0]


def bits_of(x):
    return struct.pack(">d", x).hex()


def packed(code, x):
    try:
        return struct.pack(">" + code, x).hex()
    except OverflowError as e:
        return str(e)


def stored(code, x):
    view = memoryview(bytearray(8)).cast(code)
    try:
        view[0] = x
    except (TypeError, ValueError) as e:
        return str(e)
    return view.tobytes()[: view.itemsize][::-1].hex()


for bits in (0x7E00, 0x7E01, 0xFE01, 0x7C01, 0xFC00, 0x7FFF, 0xFFFF, 1, 0x8001, 0x3FF, 0x400, 0x7BFF, 0x8000):
    half = bits.to_bytes(2)
    x = struct.unpack(">e", half)[0]
    print(hex(bits), bits_of(x), packed("e", x), bits_of(memoryview(half[::-1]).cast("e")[0]))
for bits in (0x7FC00001, 0x7F800001, 0xFFBFFFFF, 0x7FFFFFFF, 0xFF800000, 1, 0x3FFFFFFF):
    x = struct.unpack(">f", bits.to_bytes(4))[0]
    print(hex(bits), bits_of(x), packed("f", x))
for bits in (
    0x7FF8000000000001, 0x7FF0000000000001, 0xFFF7FFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x7FF0040000000000, 0x7FF4000000000000, 1,
    0x3E50000000000000, 0x3E60000000000000, 0x3E60000000000001, 0x40EFFDFFFFFFFFFF, 0x40EFFE0000000000, 0x3F0FFC0000000001,
    0x3F0FFFFFFFFFFFFF, 0x47EFFFFFFFFFFFFF, 0x47EFFFFFEFFFFFFF,
):
    x = float_of(bits)
    print(hex(bits), packed("e", x), stored("e", x), packed("f", x))
for value in ("x", 10**400, 1e40, 10**6, 2):
    print(*[stored(code, value) for code in "efd"])
r = random.Random(5)
total = 0
for _ in range(5000):
    x = r.choice([1, -1]) * r.random() * 2.0 ** r.randint(-28, 18)
    total = (total * 31 + sum(map(ord, packed("e", x) + packed("f", x) + stored("f", x)))) % 4294967291
print(total)
