"""Random programs: classes, functions and generators, and a main part that calls them again and again.

`program(seed)` is the source text of one. It depends on nothing but the seed, ends after some milliseconds, and prints
what it has computed: values of its variables at many places (`note`), a hash of what loops have left (`trail`), the lines of
tracebacks (`error`), the destructors that ran.
"""

import os
from dice import Dice
from statements import Body

PRELUDE = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prelude.py")).read()
ARGUMENTS = ["num", "num", "num", "int", "float", "list", "str", "obj", "any", "bool", "tuple"]


class Function:
    """A function that may be called: what it costs, and what it takes."""

    def __init__(self, name, parameters, cost=3, simple=False):
        self.name, self.parameters, self.cost, self.simple = name, parameters, cost, simple
        self.optional = set()
        self.star = False

    def arguments(self, body, depth):
        r = body.dice
        given, named = [], False
        for name, kind in self.parameters:
            if name in self.optional and r.chance(40):
                named = True
                continue
            value = body.expr(kind, min(depth, 1))
            named = named or r.chance(4)
            given.append(f"{name}={value}" if named else value)
        if self.star and not named and r.chance(50):
            given.append(r.pick(["*" + body.expr("tuple", 0), body.expr("num", 0)]))
        return ", ".join(given)


class Class:
    def __init__(self, name, base):
        self.name, self.base = name, base


class Program:
    def __init__(self, seed):
        self.dice = Dice(seed)
        self.wrong = self.dice.chance(30)
        self.classes, self.functions, self.generators = [], [], []
        self.globals = [("G0", "int"), ("G1", "float"), ("G2", "num"), ("G3", "list"), ("G4", "obj")]
        self.lines = []
        self.ordered = True
        self.in_class = False

    def usable_classes(self, body):
        return list(self.classes)

    def usable_functions(self, body):
        return list(self.functions)

    def usable_generators(self, body):
        return [] if self.in_class else list(self.generators)

    def add(self, text=""):
        self.lines.append(text)

    def method(self, head, scope, budget, ending, statements=1):
        """A small method or function body."""
        self.add("    " + head)
        body = Body(self.dice, self, head.split("(")[0][4:], scope, budget, True)
        body.params = {n for n, _ in scope}
        body.indent = 2
        body.can_return = False
        body.depth = 2
        body.loops = 2
        body.block(statements)
        body.line(ending(body))
        self.lines += body.lines

    def make_class(self):
        r = self.dice
        self.in_class = True
        saved, self.functions = self.functions, [f for f in self.functions if f.simple]
        number = len(self.classes)
        base = r.pick([c.name for c in self.classes]) if self.classes and r.chance(55) else "Base"
        name = f"C{number}"
        self.add(f"class {name}({base}):")
        x, this = ("x", "num"), ("self", "me")
        slots = base == "Base" and r.chance(20)
        if slots:
            self.add(f"    __slots__ = ('a', 'b', 'c', 'p'{', ' + repr('__dict__') if r.chance(20) else ''})")
        elif r.chance(50):
            self.add(f"    K = {r.pick(['2', '0.5', '-7', '2**64'])}")
        call_base = base != "Base" and r.chance(70)
        self.method(f"def __init__(self, a, b={r.pick(['1', '0.5', 'None' if r.chance(10) else '2'])}):", [("a", "num"), ("b", "num")], 40,
                    lambda b: f"super().__init__(a, {b.expr('num', 1)})" if call_base else f"self.a, self.b = a, {b.expr('num', 1)}", r.between(0, 1))
        if slots or r.chance(15):
            self.add("        self.p = a")
        elif not any(c.name == base for c in self.classes):
            self.add("    @property")
            self.method("def p(self):", [], 20, lambda b: f"return {r.pick(['self.a', 'small(self.a + 1)', 'self.b'])}", 0)
            self.add("    @p.setter")
            self.method("def p(self, x):", [x], 20, lambda b: f"self.a = {b.expr('num', 1)}", r.between(0, 1))
        if r.chance(75):
            up = f"small(super().m(x) + {r.between(0, 3)})" if base != "Base" and r.chance(50) else None
            self.method("def m(self, x):", [x], 60, lambda b: f"return {up or b.expr('num', 2)}" if r.chance(60) else "return small(self.a + x)", r.between(0, 2))
        if r.chance(40):
            self.add("    @staticmethod")
            self.method("def st(x):", [x], 20, lambda b: f"return {b.expr('num', 1)}", 0)
        if r.chance(30):
            self.add("    @classmethod")
            self.method("def cl(cls, x):", [x], 20, lambda b: f"return small(cls.K + {b.expr('num', 1)})", 0)
        if r.chance(45):
            self.add("    def __add__(self, other): return type(self)(small(self.a + 1), other if isinstance(other, int) else self.b)")
        if r.chance(25):
            self.add("    def __radd__(self, other): return type(self)(other, self.b)")
        if r.chance(25):
            self.add(f"    def __iadd__(self, other):\n        self.a = {r.pick(['1', 'self.b', 'self.a'])}\n        return {r.pick(['self', 'self', 'type(self)(0, 1)'])}")
        if r.chance(35):
            self.add(f"    def __eq__(self, other): return {r.pick(['self is other', 'type(self) is type(other) and self.a == other.a', 'NotImplemented'])}")
            self.add(f"    def __hash__(self): return {r.pick(['7', 'id(type(self)) & 0', 'hash(i(self.a))'])}")
        if r.chance(30):
            self.add(f"    def __lt__(self, other): return {r.pick(['True', 'self.b < 3', 'NotImplemented' if r.chance(10) else 'self is other'])}")
        if r.chance(25):
            self.add(f"    def __bool__(self): return {r.pick(['self.a > 2', 'False', 'not self.b'])}")
        elif r.chance(30):
            self.add(f"    def __len__(self): return {r.pick(['2', 'i(self.a) & 3'])}")
        if r.chance(35):
            self.method("def __getitem__(self, x):", [("x", "int")], 40, lambda b: f"return {b.expr('num', 1)}", 0)
            # So that iterating over it ends.
            self.lines.insert(len(self.lines) - 1, "        if x > 6: raise IndexError(x)")
        if r.chance(25):
            self.method("def __call__(self, x):", [x], 40, lambda b: f"return {b.expr('num', 2)}", r.between(0, 1))
        if r.chance(25):
            self.add(f"    def __iter__(self): return iter({r.pick(['(self.a, self.b)', 'range(3)', '[1, 2.5]'])})")
        elif r.chance(20):
            self.add("    def __iter__(self):\n        for q in range(3): yield small(self.a + q)")
        if r.chance(30):
            self.add(f"    def __del__(self): LINES.append('del {name} ' + {r.pick(['show(self.a)', repr(''), 'show(self.b)'])})")
        elif r.chance(10):
            self.add("    def __del__(self): G3.append(1) if real_len(G3) < 9 else G3.clear()")
        if r.chance(10):
            self.add(f"    def __getattr__(self, name): return {r.pick(['3', '1.5'])}")
        self.classes.append(Class(name, base))
        self.functions = saved
        self.in_class = False

    def signature(self, name, function):
        r = self.dice
        text = []
        for p, kind in function.parameters:
            if function.optional or r.chance(15):
                function.optional.add(p)
                default = {"int": "3", "float": "0.5", "num": "2", "list": "()", "str": "'d'", "bool": "True", "tuple": "(1, 2)"}.get(kind, "None")
                text.append(f"{p}={default}")
            else:
                text.append(p)
        if not function.optional and r.chance(12):
            function.star = True
            text.append("*rest")
        return f"def {name}({', '.join(text)}):"

    def make_function(self, generator=False):
        r = self.dice
        number = len(self.generators) if generator else len(self.functions)
        name = f"{'g' if generator else 'f'}{number}"
        simple = not generator and r.chance(40)
        parameters = [(f"p{i}", r.pick(["num", "num", "int", "float"] if simple else ARGUMENTS)) for i in range(r.between(1, 3))]
        function = Function(name, parameters, simple=simple)
        self.add(self.signature(name, function))
        # A parameter that may be left out, or that a caller passes wrongly, is anything.
        scope = [(n, k if n not in function.optional or k not in ("obj", "any", "list") else "any") for n, k in parameters]
        if function.star:
            scope.append(("rest", "tuple"))
        body = Body(r, self, name, scope, 60 if simple else r.pick([150, 400, 1200]), True, generator)
        body.params = {n for n, _ in scope}
        self.functions, saved = ([f for f in self.functions if f.simple] if simple else self.functions), self.functions
        body.functions = self.functions
        if simple:
            body.depth = 3
            body.block(r.between(0, 2))
            body.line(f"return {body.expr('num', 2)}")
        else:
            if r.chance(35):
                body.s_array()
            body.block(r.between(2, 6))
            if r.chance(70) and body.loops == 0:
                body.s_for()
            body.block(r.between(0, 3))
            if generator:
                if not any("yield" in l for l in body.lines):
                    body.line(f"for _ in range({r.between(2, 30)}): yield {body.expr('num', 2)}")
                body.line(f"return {body.expr('num', 0)}")
            else:
                if r.chance(60):
                    body.s_note()
                body.line(f"return {body.expr('num', 2)}")
        self.functions = saved
        self.lines += body.lines
        function.cost = max(body.cost, 3)
        if generator:
            self.generators.append(function)
            return
        if simple:
            self.add(f"def {name}_other({', '.join(p + '=1' for p, _ in parameters)}, *rest): return {r.pick([p for p, _ in parameters])}")
            self.add(f"def swap_{name}():\n    global {name}, {name}_other\n    {name}, {name}_other = {name}_other, {name}")
        self.functions.append(function)

    def make_recursive(self):
        r = self.dice
        name = f"r{len(self.functions)}"
        function = Function(name, [("p0", "num")])
        body = Body(r, self, name, [("x", "num"), ("n", "int")], 40, True)
        body.params, body.functions, body.depth, body.fixed = {"x", "n"}, [f for f in self.functions if f.simple], 3, {"n", "x"}
        deep, twice = r.pick([3, 8, 30]), r.chance(40)
        self.add(f"def {name}_(n, x):")
        body.line(f"if n <= 0: return {body.expr('num', 1)}")
        body.block(r.between(0, 2))
        if twice:
            deep = r.pick([3, 5, 7])
            body.line(f"return small({name}_(n - 1, {body.expr('num', 1)}) {r.pick('+-')} {name}_(n - 2, {body.expr('num', 0)}))")
        else:
            body.line(f"return {r.pick(['small({} + 1)', '{}', '(n, {})[1]'])}".format(f"{name}_(n - 1, {body.expr('num', 1)})"))
        self.lines += body.lines
        self.add(f"def {name}(x): return {name}_({deep}, x)")
        function.cost = body.cost * (2 ** deep if twice else deep)
        self.functions.append(function)

    def source(self):
        r = self.dice
        self.add(PRELUDE)
        for name, kind in self.globals:
            self.add(f"{name} = { {'int': '5', 'float': '0.5', 'num': '2', 'list': '[1, 2]', 'obj': 'None'}[kind] }")
            self.add(f"def set_{name}(x):\n    global {name}\n    {name} = x")
        for _ in range(r.between(0, 2)):
            self.make_function()
        for _ in range(r.between(1, 4)):
            self.make_class()
        for _ in range(r.between(2, 5)):
            r.weighted([(6, self.make_function), (3, lambda: self.make_function(True)), (2, self.make_recursive)])()
        self.main()
        return "\n".join(self.lines) + "\n"

    def main(self):
        r = self.dice
        # The functions, each with arguments of several kinds, often enough to be compiled.
        for number, function in enumerate(self.functions + self.generators):
            times = max(2, min(r.pick([3, 20, 70, 140]), 6000 // function.cost))
            self.add("for n in range(%d):" % times)
            body = Body(r, self, f"u{number}", [("n", "int")], function.cost + 40, False)
            body.params, body.functions, body.indent, body.fixed = set(), [], 1, {"n"}
            for line in self.unit(body, function, times):
                self.add(line)
        body = Body(r, self, "main", [], 5000, False)
        body.params = set()
        for part in range(r.between(1, 3)):
            body.line("try:")
            body.nested(lambda: body.block(r.between(4, 9)))
            body.line(f"except Exception as e: error('main{part}', e)")
            body.line(f"trail('part{part}')")
        self.lines += body.lines
        names = sorted({l.split(" = ")[0].strip() for l in body.lines if l.strip().startswith("v") and " = " in l and l.strip()[1:2].isdigit()})
        names = [n for n in names if n.isidentifier()]
        if names:
            self.add(f"note('end', {', '.join('globals().get(%r)' % n for n in names[:10])})")
        self.add("note('globals', G0, G1, G2, G3, G4)")
        self.add("G4 = None")
        self.add("print('\\n'.join(LINES))")

    def unit(self, body, function, times):
        """Calls of one function inside a loop, in the midst of which something may change that compiled code relies on."""
        r = self.dice
        first, second = (f"{function.name}({function.arguments(body, 1)})" for _ in range(2))
        if function in self.generators:
            use = r.pick(["for x in {}: TRAIL.append(x)", "TRAIL.append(list({}))", "TRAIL.append(small(sum({})))", "TRAIL.append([*{}][:3])", "x = {}; TRAIL.append(next(x, None)); x.close()",
                          "x = {}; next(x, 0); TRAIL.append(x.send(n) if n % 2 else next(x, 9))", "TRAIL.append(set({}) == 3)", "x, *y = {}"])
        else:
            use = r.pick(["TRAIL.append({})", "x = {}; TRAIL.append(x)", "TRAIL.append((n, {}))"])
        if r.chance(50):
            body.functions, none = self.functions, body.functions
            for at in {r.between(times // 2, times - 1), r.between(times // 2, times - 1)}:
                yield f"    if n == {at}: {body.change()}"
            body.functions = none
        yield "    try:"
        yield f"        if n % {r.pick(['3', '2', '50', '9', '7'])} == {r.pick(['0', '1'])}:"
        yield "            " + use.format(first)
        yield "        else:"
        yield "            " + use.format(second)
        yield f"    except Exception as e: error('{body.name}', e) if n < 5 else TRAIL.append(type(e).__name__)"
        yield f"trail('{body.name}')"


def program(seed):
    return Program(seed).source()


if __name__ == "__main__":
    import sys
    sys.stdout.write(program(int(sys.argv[1])))
