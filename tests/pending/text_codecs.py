# encoding and decoding, error handlers
def show(f, *a, **k):
    try:
        print(ascii(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__, ascii(str(e)))


texts = ['', 'abc', 'caf\xe9', '\u0100\u20ac', '\U0001f600x', '\ud800', 'a\udc80\udcffb', '\udfff\ud800', 'x\x00y', '\\n\t\r\n\x7f']
encs = ['utf-8', 'UTF8', 'ascii', 'latin-1', 'utf-16', 'utf-16-le', 'utf-16-be', 'utf-32', 'utf-32-le', 'utf-32-be', 'unicode_escape', 'raw_unicode_escape', 'utf-7', 'iso-8859-1', 'us-ascii']
errs = ['strict', 'ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace', 'namereplace', 'surrogateescape', 'surrogatepass', 'nosuch']
for t in texts:
    for e in encs:
        for h in errs:
            if e == 'utf-7' and any('\ud800' <= c <= '\udfff' for c in t):
                continue
            print(e, h, end=' ')
            show(t.encode, e, h)
datas = [b'', b'abc', b'\xff', b'caf\xc3\xa9', b'\xc3', b'\xe2\x82', b'\xe2\x28\xa1', b'\xf0\x9f\x98\x80', b'\xf0\x9f\x98', b'\xed\xa0\x80', b'\xf5x', b'\xc0\x80', b'a\x80b\xfe',
         b'\xff\xfea\x00', b'\xfe\xff\x00a', b'a\x00b', b'\x00\xd8', b'\x00\xd8a\x00', b'\x00\xdc', b'\x00\xd8\x00\xdc', b'\xff\xfe\x00\x00a\x00\x00\x00', b'a\x00\x00\x00\xff',
         b'\x00\x00\x11\x00', b'\x00\xd8\x00\x00', b'\\x41\\u20ac\\U0001f600\\n\\q\\101', b'\\x4', b'\\u12', b'\\U00110000', b'\\N{BULLET}', b'\\N{NO SUCH}', b'\\N', b'\\N{', b'\\', b'+AGE-', b'+', b'+//', b'a+-b', b'+2D3eAA-']
for d in datas:
    for e in encs:
        if e == 'unicode_escape' and b'\\q' in d:
            continue
        for h in errs[:4] + errs[6:]:
            print(d, e, h, end=' ')
            show(d.decode, e, h)
show('x'.encode, 5)
show('x'.encode, 'utf-8', 5)
show(b'x'.decode, errors='ignore')
show('x'.encode, encoding='ascii', errors='strict')
show('x'.encode, 'a\0b')
