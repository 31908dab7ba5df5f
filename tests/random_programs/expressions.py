"""Expressions of random programs, by the kind of value that they have.

Kinds: int, float, num (int, float or bool), bool, str, list (of nums), tuple (of nums), dict (int or str to num),
set (of ints), bytes, array, obj (an instance of one of the program's classes), fn (a function of one num), any.

An expression of a kind has that kind for every value of its variables, unless it was made wrong on purpose. What could
grow without bound goes through `cut`, which the prelude defines.
"""

INTS = ["0", "1", "-1", "2", "3", "7", "10", "-5", "63", "255", "1000", "4096", "-128", "2**31", "-2**31", "2**32 - 1", "2**53 + 1",
        "2**61", "2**62 - 1", "-2**62", "2**62", "2**63", "-2**63 - 1", "10**20", "True"]
FLOATS = ["0.0", "-0.0", "1.0", "0.5", "-1.5", "3.25", "1e10", "-2.0", "1e300", "-1e300", "1e-300", "5e-324", "INF", "-INF", "NAN",
          "0.1", "4503599627370496.5", "9007199254740993.0", "1e18", "-4.611686018427388e18"]
STRS = ["''", "'a'", "'ab'", "'hello'", "'x,y,z'", "'42'", "'\\u00e9t\\u00e9'", "'\\u4e2d\\u6587'", "'\\U0001f600!'", "'Key'", "' pad '"]
# Values at which ops leave the trace, among others: picked by an index, so that the same code sees all of them.
INT_EDGES = ["2**62 - 1", "2**62 - 3", "2**62 - 9", "-2**62", "-2**62 + 2", "-2**62 + 9", "2**53 + 1", "-2**53 - 1"]
FLOAT_EDGES = ["1e19", "-1e19", "-0.0", "0.0", "-2.5", "4.6e18", "1e999"]
NAN_LITERAL = "1e999 - 1e999"
COMPARE = ["<", "<=", ">", ">=", "==", "!="]
KINDS = ["int", "float", "num", "bool", "str", "list", "tuple", "dict", "set", "bytes", "array", "obj", "any"]


class Expressions:
    """Makes expressions. `self.scope` has the variables: [(name, kind)]."""

    def expr(self, kind, depth=2):
        if self.wrong and self.dice.chance(1):
            kind = self.dice.pick(KINDS)
        return getattr(self, "x_" + kind)(depth)

    def variables(self, *kinds):
        return [n for n, k in self.scope if k in kinds]

    def leaf(self, kind, constants, *more):
        names = self.variables(kind, *more)
        if names and self.dice.chance(75):
            return self.dice.pick(names)
        return self.dice.pick(constants)

    def edges(self, edges, ordinary):
        """One of several values, mostly ordinary ones."""
        r = self.dice
        values = [r.pick(ordinary) for _ in range(r.between(2, 6))]
        values.insert(r.below(len(values) + 1), r.pick(edges))
        return f"({', '.join(values)})[({self.leaf('int', ['1', '2']) if self.variables('int') else self.expr('int', 1)}) % {len(values)}]"

    def int_edges(self):
        return self.edges(INT_EDGES, INTS[:13])

    def float_edges(self, *more):
        return self.edges(FLOAT_EDGES + list(more), FLOATS[:7] + ["7.75"])

    def x_int(self, d):
        r = self.dice
        if d <= 0 or r.chance(15):
            return self.leaf("int", INTS)
        e = lambda: self.expr("int", d - 1)
        # A list and what is done with it, so that both are of the same kind.
        which = r.weighted([
            (10, "add"), (6, "mul"), (6, "mod"), (4, "div"), (6, "bits"), (3, "shift"), (4, "unary"), (3, "len"), (4, "index"),
            (3, "minmax"), (3, "choice"), (4, "attr"), (5, "call"), (2, "convert"), (2, "sum"), (2, "dict"), (2, "str"), (2, "array"),
            (1, "pow"), (2, "bytes"), (1, "methods"), (2, "big"), (2, "lambda"), (1, "walrus"), (2, "float"), (1, "bool"), (1, "starcall"), (5, "edge")])
        if which == "edge":
            x, n = self.int_edges(), lambda: r.between(1, 9)
            # The first of two sums fits, the second does not.
            high, low = (self.edges([f"{sign}2**62 {other} {n()}" for _ in range(3)], INTS[:13]) for sign, other in [("", "-"), ("-", "+")])
            return r.pick([
                lambda: f"({high} + {r.between(1, 4)} + {n()})", lambda: f"({low} - {r.between(1, 4)} - {n()})", lambda: f"({x} + {n()} + {n()})", lambda: f"({x} + {n()} - {n()} + {n()})", lambda: f"({x} - {n()} - {n()})", lambda: f"(-{x})", lambda: f"abs({x})",
                lambda: f"({x} + {self.leaf('int', INTS)})", lambda: f"({self.leaf('int', INTS)} - {x})", lambda: f"({x} * {r.pick(['3', '-1', '2'])})",
                lambda: f"({x} // {self.edges(['-1'], ['3', '7', '-2'])})", lambda: f"(({e()} & 0xff) << {self.edges(['60', '70'], ['1', '2', '5'])})",
                lambda: f"(({e()}) >> {self.edges(['62', '63', '64', '70'], ['1', '2', '5'])})", lambda: f"(({e()}) >> {r.between(60, 70)})",
                lambda: f"{r.pick(['int', 'math.floor', 'math.ceil'])}({self.edges(['1e19', '-1e19', '4.6e18', '-4.7e18'], FLOATS[:7])})"])()
        if which == "add":
            op = r.pick(["+", "-"])
            other = r.pick([e, lambda: r.pick(INTS[:12])])()
            return f"({e()} {op} {other})" if r.chance(70) else f"({other} {op} {e()})"
        if which == "mul":
            return f"({e()} * {r.pick(['2', '3', '-1', '7', '1', '0', '16'])})" if r.chance(50) else f"cut({e()} * {e()})"
        if which == "mod":
            return f"({e()} % {r.pick(['2', '3', '7', '8', '-5', '1', '1009', '(abs(' + e() + ') + 1)'])})"
        if which == "div":
            return f"({e()} // {r.pick(['2', '3', '-7', '16', '1', '-1', '(' + e() + ' or 1)'])})"
        if which == "bits":
            return f"({e()} {r.pick('&|^')} {r.pick([e, lambda: r.pick(INTS[:12])])()})"
        if which == "shift":
            return r.pick([f"(({e()}) >> {r.between(0, 70)})", f"(({e()} & 0xffff) << {r.between(0, 60)})",
                           f"(({e()}) >> ({e()} & 7))", f"cut(({e()}) << ({e()} & 15))"])
        if which == "unary":
            return r.pick(["(-{})", "(~{})", "abs({})", "(+{})"]).format(e())
        if which == "len":
            return f"len({self.expr(r.pick(['list', 'str', 'tuple', 'dict', 'bytes', 'set']), d - 1)})"
        if which == "index":
            xs = self.variables("ints")
            if xs:
                x = r.pick(xs)
                return r.pick([f"{x}[{e()} % len({x})]", f"{x}[-1]", f"{x}[{r.between(0, 2)}]"])
            return e()
        if which == "minmax":
            return f"{r.pick(['min', 'max'])}({e()}, {e()})"
        if which == "choice":
            return f"({e()} if {self.expr('bool', d - 1)} else {e()})"
        if which == "attr":
            return self.attribute("int") or e()
        if which == "call":
            return self.call("int", d) or e()
        if which == "convert":
            return r.pick(["int({})", "({}).bit_length()", "({}).bit_count()"]).format(e())
        if which == "sum":
            return r.pick([
                f"sum([{e()} for _ in range({r.between(0, 3)})])", f"sum(({e()}, {e()}))",
                f"sum(q & {r.between(1, 9)} for q in range({r.between(0, 5)}))"])
        if which == "dict":
            ds = self.variables("ddict")
            return f"{r.pick(ds)}.get({e()} & 3, {e()})" if ds else e()
        if which == "str":
            s = self.expr("str", d - 1)
            return r.pick([f"ord(({s} or '?')[0])", f"({s}).count('a')", f"({s}).find({r.pick(STRS)})"])
        if which == "array":
            xs = self.variables("iarray")
            return f"{r.pick(xs)}[{e()} % {self.ARRAY}]" if xs else e()
        if which == "pow":
            return r.pick([f"pow({e()}, {r.between(0, 5)}, {r.pick(['7', '1009', '2**40'])})", f"cut(({e()} & 15) ** {r.between(0, 6)})",
                           f"divmod({e()}, {r.pick(['3', '-7', '10**18'])})[{r.below(2)}]"])
        if which == "bytes":
            return f"({self.expr('bytes', d - 1)} + b'z')[{r.pick(['0', '-1'])}]"
        if which == "methods":
            return f"{self.expr('list', d - 1)}.count({e()})"
        if which == "big":
            return f"(({r.pick(['2**62', '2**70', '-2**63', '10**19'])} + {e()}) {r.pick(['-', '//', '%', '&', '>>'])} {r.pick(['3', '7', '61'])})"
        if which == "lambda":
            return f"(lambda p, q={e()}: p {r.pick('+-^')} q)({e()})"
        if which == "walrus":
            if self.in_function and not self.in_comprehension:
                return f"((wal := {e()}) + wal)"
            return e()
        if which == "float":
            f = self.expr("float", d - 1)
            return r.pick([f"int(fin({f}))", f"round(fin({f}))", f"math.floor(fin({f}))", f"math.ceil(fin({f}))"])
        if which == "bool":
            return f"({self.expr('bool', d - 1)} + {e()})"
        return f"max(*[{e()}, {e()}], {e()})"

    def x_float(self, d):
        r = self.dice
        if d <= 0 or r.chance(15):
            return self.leaf("float", FLOATS)
        e = lambda: self.expr("float", d - 1)
        n = lambda: self.expr(r.pick(["int", "float", "num"]), d - 1)
        which = r.weighted([(10, "add"), (6, "mul"), (5, "div"), (4, "unary"), (4, "mixed"), (2, "mod"), (3, "sqrt"), (3, "minmax"),
                            (3, "choice"), (4, "attr"), (5, "call"), (2, "convert"), (2, "pow"), (2, "array"), (3, "index"), (1, "math"), (1, "sum"), (4, "edge")])
        if which == "edge":
            x = self.float_edges(NAN_LITERAL)
            return r.pick([lambda: f"({x} {r.pick('+-*')} {e()})", lambda: f"({x} + 0.0)", lambda: f"(-{x})", lambda: f"abs({x})",
                           lambda: f"({self.int_edges()} / {r.pick(['3', '7', '-2', '2**40'])})", lambda: f"({x} + {self.leaf('int', INTS[:12])})"])()
        if which == "add":
            return f"({e()} {r.pick('+-')} {r.pick([e, n])()})" if r.chance(70) else f"(small({n()}) - {e()})"
        if which == "mul":
            return f"({e()} * {r.pick([e, lambda: r.pick(['2.0', '0.5', '-1.0', '1.0', '0.0', '3'])])()})"
        if which == "div":
            return f"({e()} / {r.pick(['2.0', '4', '0.1', '-1.0', '(' + e() + ' or 1.0)', '(small(' + n() + ') or 3)'])})"
        if which == "unary":
            return r.pick(["(-{})", "abs({})", "(+{})"]).format(e())
        if which == "mixed" and r.chance(40):
            return f"(small({self.expr('int', d - 1)}) / {r.pick(['7', '2', '3', '(small(' + self.expr('int', d - 1) + ') or 5)'])})"
        if which == "mixed":
            return f"({e()} {r.pick('+-*')} small({n()}))"
        if which == "mod":
            return f"({e()} {r.pick(['%', '//'])} {r.pick(['2.5', '-3.0', '7', '(' + e() + ' or 1.0)'])})"
        if which == "sqrt":
            return f"math.sqrt(abs({e()}))"
        if which == "minmax":
            return f"{r.pick(['min', 'max'])}({e()}, {e()})"
        if which == "choice":
            return f"({e()} if {self.expr('bool', d - 1)} else {e()})"
        if which == "attr":
            return self.attribute("float") or e()
        if which == "call":
            return self.call("float", d) or e()
        if which == "convert":
            return f"float(small({n()}))"
        if which == "pow":
            return f"(fin({e()}) ** {r.pick(['2', '0', '1', '3'])})"
        if which == "array":
            xs = self.variables("farray")
            return f"{r.pick(xs)}[{self.expr('int', d - 1)} % {self.ARRAY}]" if xs else e()
        if which == "index":
            xs = self.variables("floats")
            x = r.pick(xs) if xs else None
            return f"{x}[{self.expr('int', d - 1)} % len({x})]" if xs else e()
        if which == "math":
            return r.pick(["math.copysign({}, {})", "math.hypot(fin({}), fin({}))"]).format(e(), e())
        return f"sum([{e()}, {e()}], {r.pick(['0.0', '0', '1'])})"

    def x_num(self, d):
        r = self.dice
        if d <= 0 or r.chance(20):
            return self.leaf("num", INTS[:10] + FLOATS[:8], "int", "float")
        e = lambda: self.expr("num", d - 1)
        which = r.weighted([(8, "add"), (3, "mul"), (4, "typed"), (3, "choice"), (4, "call"), (2, "attr"), (3, "index"), (2, "unary"), (2, "minmax"), (1, "sum"), (1, "oper")])
        if which == "add":
            return f"small({e()} {r.pick('+-')} {e()})"
        if which == "mul":
            return f"small({e()} * {r.pick([e, lambda: r.pick(['2', '0.5', '-1'])])()})"
        if which == "typed":
            return self.expr(r.pick(["int", "float", "bool"]), d - 1)
        if which == "choice":
            return f"({self.expr('int', d - 1)} if {self.expr('bool', d - 1)} else {self.expr('float', d - 1)})"
        if which == "call":
            return self.call("num", d) or e()
        if which == "attr":
            return self.attribute("num") or e()
        if which == "index":
            xs = self.variables("list", "tuple")
            if not xs:
                return e()
            x = r.pick(xs)
            return r.pick([f"({x}[{self.expr('int', d - 1)} % len({x})] if {x} else {e()})", f"({x} or [{e()}])[-1]"])
        if which == "unary":
            return f"({r.pick('-+')}{e()})"
        if which == "minmax":
            return f"{r.pick(['min', 'max'])}({e()}, {e()})"
        if which == "sum":
            return f"small(sum({self.expr('list', d - 1)}))"
        return self.operate("num") or e()

    def x_bool(self, d):
        r = self.dice
        if d <= 0 or r.chance(10):
            return self.leaf("bool", ["True", "False"])
        which = r.weighted([(10, "int"), (5, "float"), (4, "num"), (3, "not"), (5, "and"), (2, "chain"), (3, "in"), (2, "is"), (2, "isinstance"),
                            (3, "str"), (2, "truth"), (1, "any"), (2, "obj"), (1, "tuple"), (2, "mod"), (4, "edge")])
        if which == "edge":
            x, op = self.float_edges(NAN_LITERAL, NAN_LITERAL), r.pick(COMPARE + [">=", ">", "<=", "=="])
            return f"({x} {op} {r.pick([lambda: self.leaf('float', FLOATS[:7]), lambda: self.float_edges(NAN_LITERAL), lambda: r.pick(FLOATS[:7])])()})"
        if which in ("int", "float", "num"):
            e = lambda: self.expr(which, d - 1)
            other = r.pick([e, e, lambda: r.pick(INTS[:14]), lambda: r.pick(FLOATS[:12]) if which != "int" else e()])
            return f"({e()} {r.pick(COMPARE)} {other()})"
        if which == "not":
            return f"(not {self.expr(r.pick(['bool', 'int', 'str', 'list', 'float']), d - 1)})"
        if which == "and":
            return f"({self.expr('bool', d - 1)} {r.pick(['and', 'or', '&', '|', '^', '=='])} {self.expr('bool', d - 1)})"
        if which == "chain":
            return f"({self.expr('int', d - 1)} {r.pick(COMPARE[:4])} {self.expr('int', d - 1)} {r.pick(COMPARE)} {self.expr('num', d - 1)})"
        if which == "in":
            return r.pick([
                lambda: f"({self.expr('int', d - 1)} {r.pick(['in', 'not in'])} {self.expr(r.pick(['list', 'tuple', 'set', 'dict']), d - 1)})",
                lambda: f"({r.pick(STRS)} in {self.expr('str', d - 1)})"])()
        if which == "is":
            return f"({self.expr('any', d - 1)} {r.pick(['is', 'is not'])} {r.pick(['None', 'True', 'False', 'C0'])})"
        if which == "isinstance":
            return f"isinstance({self.expr(r.pick(['any', 'obj', 'num']), d - 1)}, {r.pick(['int', 'float', 'str', 'list', 'C0', '(int, str)', 'C1'])})"
        if which == "str":
            return f"({self.expr('str', d - 1)} {r.pick(COMPARE)} {self.expr('str', d - 1)})"
        if which == "truth":
            return f"bool({self.expr(r.pick(['any', 'num', 'str', 'list', 'obj']), d - 1)})"
        if which == "any":
            return f"{r.pick(['any', 'all'])}(q > {r.between(-3, 9)} for q in {self.expr('list', d - 1)})"
        if which == "obj":
            return f"({self.expr('obj', d - 1)} {r.pick(['==', '!=', 'is', 'is not', '<'] if self.ordered else ['==', '!=', 'is'])} {self.expr('obj', d - 1)})"
        if which == "tuple":
            return f"(({self.expr('int', d - 1)}, {self.expr('num', d - 1)}) {r.pick(['==', '<', '!='])} ({self.expr('int', d - 1)}, 1))"
        return f"({self.expr('int', d - 1)} % {r.between(2, 5)} == {r.between(0, 1)})"

    def x_str(self, d):
        r = self.dice
        if d <= 0 or r.chance(20):
            return self.leaf("str", STRS)
        e = lambda: self.expr("str", d - 1)
        i = lambda: self.expr("int", d - 1)
        return r.pick([
            lambda: f"cut({e()} + {e()})", lambda: f"{e()}[{r.pick(['1:', ':2', '::-1', '-1:', '1:3', '::2'])}]",
            lambda: f"f'{{({i()})}}'" if r.chance(50) else f"f'{{({self.expr('num', d - 1)})!r}}:{{({e()}):>3}}'",
            lambda: f"str({i()})", lambda: f"repr({self.expr('float', d - 1)})", lambda: f"cut({e()} * ({i()} & 3))",
            lambda: f"{e()}.{r.pick(['upper()', 'strip()', 'lower()', 'title()', 'swapcase()'])}",
            lambda: f"{e()}.replace('a', {e()})[:20]", lambda: f"{r.pick(STRS)}.join([{e()}, {e()}])[:30]",
            lambda: f"({e()} or '-')[{i()} % 1]", lambda: f"chr(97 + {i()} % 26)", lambda: f"'%d|%s' % ({i()}, {e()})",
            lambda: f"({e()} if {self.expr('bool', d - 1)} else {e()})", lambda: f"hex({i()})", lambda: f"'{{}}-{{}}'.format({i()}, {e()})[:25]",
            lambda: f"','.join(sorted({e()}))[:25]", lambda: f"'-'.join(str(q) for q in {self.expr('list', d - 1)})[:25]",
        ])()

    def x_list(self, d):
        r = self.dice
        if d <= 0 or r.chance(20):
            return self.leaf("list", ["[]", "[1]", "[1, 2.5, 3]", "[0, -1, 2**63]"], "ints", "floats")
        e = lambda: self.expr("num", d - 1)
        l = lambda: self.expr("list", d - 1)
        return r.pick([
            lambda: f"[{', '.join(e() for _ in range(r.between(1, 4)))}]", lambda: f"cut({l()} + {l()})",
            lambda: f"{l()}[{r.pick(['1:', ':2', '::-1', '-2:', '1:3', '::2', ':'])}]", lambda: f"list(range({r.between(0, 5)}))",
            lambda: self.comprehension(d), lambda: f"sorted({l()}, key=key{r.pick(['', ', reverse=True'])})", lambda: f"[*{l()}, {e()}]",
            lambda: f"list({self.expr(r.pick(['tuple', 'bytes']), d - 1)})", lambda: f"list(map(abs, {l()}))",
            lambda: f"[p + q for p, q in zip({l()}, range({r.between(1, 4)}))]", lambda: f"list(reversed({l()}))",
            lambda: f"cut([{e()}] * ({self.expr('int', d - 1)} & 3))", lambda: f"[p * q for p, q in enumerate({l()})]"])()

    def comprehension(self, d):
        r = self.dice
        source = r.pick([lambda: f"range({r.between(0, 6)})", lambda: self.expr("list", d - 1), lambda: self.expr("tuple", d - 1)])()
        saved, self.scope = self.scope, self.scope + [("q", "num")]
        was, self.in_comprehension = self.in_comprehension, True
        body = self.expr("num", d - 1)
        condition = f" if {self.expr('bool', d - 1)}" if r.chance(30) else ""
        self.scope, self.in_comprehension = saved, was
        return f"[{body} for q in {source}{condition}]"

    def x_tuple(self, d):
        r = self.dice
        if d <= 0 or r.chance(20):
            return self.leaf("tuple", ["()", "(1,)", "(1, 2)", "(0.5, -1, 3)"])
        e = lambda: self.expr("num", d - 1)
        return r.pick([
            lambda: f"({', '.join(e() for _ in range(r.between(2, 4)))})", lambda: f"cut({self.expr('tuple', d - 1)} + ({e()},))",
            lambda: f"{self.expr('tuple', d - 1)}[{r.pick(['1:', ':2', '::-1'])}]", lambda: f"tuple({self.expr('list', d - 1)})",
            lambda: f"divmod({self.expr('int', d - 1)}, {r.pick(['3', '-4'])})", lambda: f"(*{self.expr('list', d - 1)}, {e()})"])()

    def x_dict(self, d):
        r = self.dice
        if d <= 0 or r.chance(30):
            return self.leaf("dict", ["{}", "{1: 2}", "{'a': 1, 'b': 2.5}"], "ddict")
        e = lambda: self.expr("num", d - 1)
        return r.pick([
            lambda: f"{{{self.expr('int', d - 1)}: {e()}, {r.pick(STRS)}: {e()}}}", lambda: f"{{q: q + 1 for q in range({r.between(0, 4)})}}",
            lambda: f"{{**{self.expr('dict', d - 1)}, {r.pick(STRS)}: {e()}}}", lambda: f"dict(a={e()}, b={e()})",
            lambda: f"dict(zip('abc', {self.expr('list', d - 1)}))"])()

    def x_set(self, d):
        r = self.dice
        if d <= 0 or r.chance(30):
            return self.leaf("set", ["set()", "{1}", "{1, 2, 3}"])
        return r.pick([
            lambda: f"{{{self.expr('int', d - 1)}, {self.expr('int', d - 1)}}}", lambda: f"{{q % 5 for q in range({r.between(0, 9)})}}",
            lambda: f"({self.expr('set', d - 1)} {r.pick('|&-^')} {self.expr('set', d - 1)})", lambda: f"set(range({r.between(0, 5)}))"])()

    def x_bytes(self, d):
        r = self.dice
        if d <= 0 or r.chance(40):
            return self.leaf("bytes", ["b''", "b'abc'", "b'\\x00\\xff'", "bytearray(b'xyz')"])
        return r.pick([lambda: f"bytes([{self.expr('int', d - 1)} & 255, 7])", lambda: f"{self.expr('bytes', d - 1)}[:2]",
                       lambda: f"cut(bytes({self.expr('bytes', d - 1)}) + b'q')"])()

    def x_array(self, d):
        xs = self.variables("iarray", "farray")
        if xs and self.dice.chance(60):
            return self.dice.pick(xs)
        return self.dice.pick(["array('i', [1, 2, 3])", "array('d', [0.5, 1.5])", "array('B', [7])"])

    def x_obj(self, d):
        r = self.dice
        names = self.variables("obj")
        if names and (d <= 0 or r.chance(65)):
            return r.pick(names)
        c = r.pick(self.classes) if self.classes else None
        if c is None:
            return "None"
        args = ", ".join(self.expr("num", max(d - 1, 0)) for _ in range(2))
        if r.chance(15):
            return f"{c.name}(a={self.expr('num', 0)}, b={self.expr('num', 0)})"
        if r.chance(10):
            return self.operate("obj") or f"{c.name}({args})"
        return f"{c.name}({args})"

    def x_any(self, d):
        names = self.variables("any")
        if names and self.dice.chance(50):
            return self.dice.pick(names)
        return self.expr(self.dice.pick(["int", "float", "str", "list", "tuple", "obj", "bool", "dict", "bytes"]), d - 1) if self.dice.chance(85) else "None"

    def x_ints(self, d):
        return f"[{', '.join(self.expr('int', 0) for _ in range(self.dice.between(3, 6)))}]"

    def x_floats(self, d):
        return f"[{', '.join(self.expr('float', 0) for _ in range(self.dice.between(3, 6)))}]"

    def x_ddict(self, d):
        pairs = [f"{i}: {self.expr(self.dice.pick(['int']), 0)}" for i in range(self.dice.between(2, 4))]
        return f"{{{', '.join(pairs)}}}"

    def x_iarray(self, d):
        code, mask = self.dice.pick([("b", 0x3F), ("B", 0xFF), ("h", 0x3FFF), ("H", 0xFFFF), ("i", 0x3FFFFFFF), ("I", 0xFFFFFFFF), ("q", 2**62 - 1), ("Q", 2**64 - 1), ("l", 2**63 - 1)])
        self.mask = mask
        return f"array('{code}', [({self.expr('int', 0)}) & {mask} for _ in range({self.ARRAY})])"

    def x_farray(self, d):
        return f"array('{self.dice.pick('dd') if self.dice.chance(80) else 'f'}', [0.5] * {self.ARRAY})"

    def x_fn(self, d):
        names = self.variables("fn")
        if names and self.dice.chance(60):
            return self.dice.pick(names)
        saved, self.scope = self.scope, self.scope + [("z", "num")]
        was, self.in_comprehension = self.in_comprehension, True
        body = self.expr("num", 1)
        self.scope, self.in_comprehension = saved, was
        return f"(lambda z: {body})"

    ARRAY = 8

    def attribute(self, kind):
        """An attribute of an object in scope. Those of `int` and `float` are looked at before."""
        names = self.variables("obj")
        if not names:
            return None
        o = self.dice.pick(names)
        what = self.dice.pick([f"{o}.a", f"{o}.b", f"{o}.a", f"{o}.p", f"{o}.K", f"{o}.m({self.expr('num', 0)})", f"{o}.st({self.expr('num', 0)})",
                               f"{o}.cl({self.expr('num', 0)})", f"{self.dice.pick(self.classes).name}.K" if self.classes else f"{o}.a"])
        return {"num": what, "int": f"i({what})", "float": f"f({what})"}[kind]

    def operate(self, kind):
        names = self.variables("obj")
        if not names:
            return None
        o, other = self.dice.pick(names), self.expr(self.dice.pick(["obj", "num"]), 0)
        if kind == "obj":
            return self.dice.pick([f"({o} + {other})", f"({o} * {self.expr('num', 0)})", f"(-{o})"])
        return self.dice.pick([f"len({o})", f"{o}[{self.expr('int', 1)}]", f"{o}({self.expr('num', 0)})", f"i(hash({o}))", f"abs({o})"])

    def call(self, kind, d):
        """A call of one of the functions that may be called here."""
        callable_here = [f for f in self.functions if f.cost * self.weight <= self.budget]
        fns = self.variables("fn")
        if fns and self.dice.chance(25):
            text = f"{self.dice.pick(fns)}({self.expr('num', d - 1)})"
        elif callable_here:
            f = self.dice.pick(callable_here)
            self.spend(f.cost)
            text = f"{f.name}({f.arguments(self, d - 1)})"
        else:
            return None
        return {"num": text, "int": f"i({text})", "float": f"f({text})"}[kind]
