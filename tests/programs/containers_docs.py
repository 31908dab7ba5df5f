# Doc strings and text signatures of the container types.
class S:
    def __getitem__(self, i): raise IndexError
d = {}
types = [dict, type(d.keys()), type(d.values()), type(d.items()), type(iter(d)), type(iter(d.values())), type(iter(d.items())), type(reversed(d)),
         type(reversed(d.values())), type(reversed(d.items())), set, frozenset, type(iter(set())), list, type(iter([])), type(reversed([])), tuple, type(iter(())),
         range, type(iter(range(1))), type(iter(range(1 << 70))), slice, type(iter(S())), type(iter(int, 1)), enumerate, zip, map, filter, reversed]
for t in types:
    print(t.__module__, t.__name__, t.__text_signature__, repr(t.__doc__))
    for name in sorted(t.__dict__):
        v = t.__dict__[name]
        if name == '__doc__' or name == '__new__':
            continue
        print('   ', name, type(v).__name__.replace('member', 'getset'), getattr(v, '__text_signature__', None), repr(v.__doc__) if callable(v) or hasattr(v, '__get__') else '')
