# json: dumping and loading every kind of value, options, errors with positions, and hooks.
import json, decimal, io, enum
values = [None, True, 1, -0.0, 1.5, 1e300, 10 ** 30, 'text', 'é€\U0001f600"\\\n\t\x01/', [], [1, [2, [3]]], {}, {'a': {'b': [None]}}, (1, 2), {1: 'int', 2.5: 'float', True: 'bool', None: 'none'}, float('inf'), float('-inf')]
for v in values: print(json.dumps(v), json.dumps(v, ensure_ascii=False).isascii())
data = {'b': [1, 2, {'x': []}], 'a': 'z', 'c': {}}
print(json.dumps(data, indent=2, sort_keys=True))
print(json.dumps(data, separators=(',', ':')), json.dumps([1, 2], indent='--'), json.dumps({(1, 2): 3, 'k': 4}, skipkeys=True))
for text in ('[1, 2.5, -3e2, "x", null, true, false]', '{"a": {"b": []}, "a": 2}', ' \n[ ] ', '"\\u00e9\\ud83d\\ude00\\n\\/"', '123', '-0', '-0.0', '1E5', 'NaN', '[Infinity, -Infinity]', '"\\ud800"', '1' * 40): print(repr(json.loads(text)))
for text in ('', '[1,', '{"a" 1}', '{1: 2}', '[1 2]', '"abc', '"a\nb"', '"\\x"', '"\\u12"', 'nul', '01', '1.', '[1,]', '{"a":1,}', '[1] 2', '-', "{'a': 1}", '\ufeff[]', '{"a":}', '[,]'):
    try: print(json.loads(text))
    except json.JSONDecodeError as e: print(repr(text), e, e.pos, e.lineno, e.colno)
print(json.loads('{"x": 1.10, "y": [2]}', parse_float=decimal.Decimal, parse_int=str), json.loads('{"a": 1, "b": 2}', object_pairs_hook=list), json.loads('[{"r": 1}]', object_hook=lambda d: tuple(d.items())), json.loads(b'["\xc3\xa9"]'), json.loads('[1]'.encode('utf-16')))
class Enc(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, set): return sorted(o)
        if isinstance(o, complex): return {'re': o.real, 'im': o.imag}
        return super().default(o)
print(json.dumps([{3, 1}, 1j], cls=Enc), json.dumps({1, 2}, default=list), ''.join(Enc().iterencode({'k': {5}})))
circular = []
circular.append(circular)
for f in (lambda: json.dumps(object), lambda: json.dumps({(1,): 2}), lambda: json.dumps(circular), lambda: json.dumps(float('nan'), allow_nan=False), lambda: json.dumps(b'x'), lambda: json.loads(5), lambda: json.dumps([1, {'a': {2}}])):
    try: f()
    except (TypeError, ValueError) as e: print(type(e).__name__, e, getattr(e, '__notes__', ''))
class IE(enum.IntEnum): ONE = 1
class S(str): pass
class F(float):
    def __repr__(self): return 'custom'
class I(int):
    def __repr__(self): return 'custom'
print(json.dumps([IE.ONE, S('s'), F(1.5), I(7)]), json.dumps({IE.ONE: S('v')}))
out = io.StringIO()
json.dump({'n': list(range(5))}, out)
print(out.getvalue(), json.load(io.StringIO(out.getvalue())))
d = json.JSONDecoder()
print(d.raw_decode('[1] tail'), d.raw_decode('x {"a": 2}y', 2))
big = {f'k{i}': [i, i / 3, str(i), {'n': None}] for i in range(100)}
print(json.loads(json.dumps(big)) == big, len(json.dumps(big)), len(json.dumps(big, indent=1)))
