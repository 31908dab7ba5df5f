"""Statements of random programs.

A `Body` writes the statements of one function or of the module, and keeps account: every statement costs as often as the
loops around it run, and what a call costs is known, so a program's running time is bounded before it runs.
"""

from expressions import Expressions

ASSIGNABLE = ["int", "int", "int", "float", "float", "num", "num", "bool", "str", "list", "tuple", "dict", "set", "obj", "any", "ints", "floats", "ddict",
              "iarray", "farray", "fn", "bytes"]
AUGMENT = {"int": ["+=", "-=", "^=", "|=", "&="], "float": ["+=", "-=", "*="]}
ERRORS = ["ValueError", "KeyError", "Oops", "ZeroDivisionError", "IndexError"]


class Body(Expressions):
    def __init__(self, dice, program, name, scope, budget, in_function, is_generator=False):
        self.dice, self.program, self.name = dice, program, name
        self.scope = list(scope)
        self.classes, self.functions = program.usable_classes(self), program.usable_functions(self)
        self.globals = program.globals
        self.budget, self.start_budget = budget, budget
        self.weight, self.depth, self.loops = 1, 0, 0
        # Whether `break` has a loop to leave.
        self.inside = False
        self.in_function, self.is_generator, self.in_comprehension = in_function, is_generator, False
        self.wrong, self.ordered = program.wrong, program.ordered
        self.lines, self.indent, self.count = [], 1 if in_function else 0, 0
        self.fixed = set()
        self.can_return = in_function

    @property
    def cost(self):
        return self.start_budget - self.budget + 2

    def spend(self, n):
        self.budget -= n * self.weight

    def line(self, text):
        self.lines.append("    " * self.indent + text)
        self.spend(1)

    def fresh(self):
        self.count += 1
        return f"v{self.count}"

    def nested(self, what, times=1, loop=False):
        """Statements one level deeper. What is assigned there may be unbound afterwards."""
        saved, weight, loops, inside = list(self.scope), self.weight, self.loops, self.inside
        self.weight = self.weight * times
        self.loops += loop
        self.inside = self.inside or loop
        self.indent += 1
        self.depth += 1
        before = len(self.lines)
        what()
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1
        self.indent -= 1
        self.weight, self.scope, self.loops, self.inside = weight, saved, loops, inside

    def block(self, n):
        for _ in range(n):
            if self.budget <= 0:
                return
            self.statement()

    def some(self):
        self.block(self.dice.between(1, 3 if self.depth < 3 else 2))

    def target(self, kind):
        """A variable that may be assigned a value of a kind."""
        names = [n for n in self.variables(kind) if n not in self.fixed]
        if names and (self.dice.chance(70) or self.depth > 2):
            return self.dice.pick(names)
        return self.fresh()

    def bind(self, name, kind):
        self.scope = [(n, k) for n, k in self.scope if n != name] + [(name, kind)]

    def statement(self):
        r = self.dice
        deep = self.depth >= 4
        loops = 0 if deep or self.budget < 40 or self.loops >= 3 else 12
        kinds = [
            (26, self.s_assign), (14, self.s_augment), (6, self.s_store), (0 if deep else 12, self.s_if), (loops, self.s_for), (loops // 3, self.s_while),
            (0 if deep else 5, self.s_try), (4, self.s_list), (4, self.s_attr), (2, self.s_poke), (2 if self.loops else 0, self.s_same), (3, self.s_unpack), (0 if deep else 2, self.s_with), (3, self.s_global),
            (2 if self.inside else 0, self.s_jump), (2, self.s_note), (2 if self.depth < 3 else 0, self.s_closure), (2, self.s_delete), (0 if deep else 2, self.s_match),
            (2, self.s_drop), (7 if self.loops else 2, self.s_trail), (8 if self.is_generator else 0, self.s_yield), (2, self.s_generator),
            (2, self.s_change), (1 if self.depth else 0, self.s_return), (2, self.s_retype), (4, self.s_flag), (4 if self.loops else 1, self.s_array), (1, self.s_frame), (2, self.s_dict), (1, self.s_raise)]
        r.weighted(kinds)()

    def s_assign(self):
        kind = self.dice.pick(ASSIGNABLE)
        value = self.expr(kind, self.dice.between(1, 3))
        if self.dice.chance(8) and kind in ("int", "float", "num"):
            a, b = self.target(kind), self.target(kind)
            self.line(f"{a} = {b} = {value}")
            self.bind(b, kind)
        else:
            a = self.target(kind)
            self.line(f"{a} = {value}")
        self.bind(a, kind)

    def s_augment(self):
        kind = self.dice.pick(["int", "int", "float"])
        names = [n for n in self.variables(kind) if n not in self.fixed]
        if not names:
            return self.s_assign()
        name = self.dice.pick(names)
        self.line(f"{name} {self.dice.pick(AUGMENT[kind])} {self.expr(kind, self.dice.between(0, 2))}")

    def s_retype(self):
        """Gives a variable a value of another kind in some iterations: guards on its type fail."""
        names = [n for n, k in self.scope if k in ("num", "any") and n not in self.fixed]
        if not names:
            return self.s_assign()
        name = self.dice.pick(names)
        kind = dict(self.scope)[name]
        value = self.expr(self.dice.pick(["int", "float", "bool", "num"]) if kind == "num" else "any", 1)
        self.line(f"if {self.expr('bool', 1)}: {name} = {value}")

    def s_flag(self):
        """Bools that are kept, not branched on."""
        r = self.dice
        names = [n for n in self.variables("bool") if n not in self.fixed]
        kind = r.pick(["float", "float", "int", "num"])
        value = f"{self.expr(kind, 1)} {r.pick(['<', '<=', '>', '>=', '==', '!='])} {self.expr(kind, 1)}"
        if names and r.chance(50):
            return self.line(f"{r.pick(names)} {r.pick(['&=', '|=', '^='])} {value}")
        name = self.target("bool")
        self.line(f"{name} = {r.pick(['', '', 'not '])}{value}")
        self.bind(name, "bool")

    def s_array(self):
        """Items of arrays and bytes, read and written."""
        r = self.dice
        names = self.variables("iarray", "farray")
        if not names or r.chance(15):
            kind = r.pick(["iarray", "farray"])
            name = self.target(kind)
            self.line(f"{name} = {self.expr(kind, 1)}")
            return self.bind(name, kind)
        name = r.pick(names)
        kind = dict(self.scope)[name]
        i, j = (f"{self.expr('int', 1)} % {self.ARRAY}" for _ in range(2))
        if kind == "farray":
            self.line(f"{name}[{i}] = fin({name}[{j}] {r.pick('+-*')} {self.expr('float', 1)})")
        else:
            self.line(f"{name}[{i}] = ({name}[{j}] {r.pick('+-^|')} {self.expr('int', 1)}) & 0x3f")

    def s_store(self):
        r = self.dice
        xs = self.variables("ints", "floats", "iarray", "farray")
        if not xs:
            return self.s_assign()
        x = r.pick(xs)
        kind = dict(self.scope)[x]
        n = f"{self.ARRAY}" if "array" in kind else f"len({x})"
        i = r.pick([f"({self.expr('int', 1)}) % {n}", "0", "-1", f"{self.expr('int', 1)} % {n}"])
        value = {"ints": "int", "floats": "float", "iarray": "int", "farray": "float"}[kind]
        value = self.expr(value, r.between(0, 2))
        if kind == "iarray":
            value = f"({value}) & 0x3f"
        if kind == "farray":
            value = f"fin({value})"
        if r.chance(25) and "array" not in kind:
            self.line(f"{x}[{i}] {r.pick(['+=', '-='])} {value}")
        elif r.chance(15):
            self.line(f"{x}[0], {x}[1] = {x}[1], {x}[0]")
        else:
            self.line(f"{x}[{i}] = {value}")

    def s_list(self):
        r = self.dice
        xs = [n for n in self.variables("list") if n not in self.fixed]
        if not xs:
            return self.s_assign()
        x, v = r.pick(xs), self.expr("num", 1)
        text = r.pick([f"if len({x}) < 12: {x}.append({v})", f"if len({x}) < 12: {x}.append({v})", f"if {x}: {x}.pop()", f"if len({x}) < 9: {x}.insert(1, {v})",
                       f"if len({x}) < 9: {x}.extend({self.expr('list', 1)})", f"{x}.reverse()", f"{x}[1:2] = [{v}]", f"del {x}[5:]", f"{x} = {x}[:8] + [{v}]",
                       f"{x}.sort(key=key)", f"if len({x}) < 8: {x} += [{v}]", f"{x}.clear()", f"if len({x}) > 1: {x}[-2] = {v}", f"if {v} in {x}: {x}.remove({v})"])
        self.line(text)

    def s_dict(self):
        r = self.dice
        xs = [n for n in self.variables("dict") if n not in self.fixed]
        if not xs:
            return self.s_assign()
        x, v, k = r.pick(xs), self.expr("num", 1), self.dice.pick([lambda: f"{self.expr('int', 1)} & 7", lambda: self.expr("str", 1)])()
        self.line(r.pick([f"{x}[{k}] = {v}", f"{x}[{k}] = {x}.get({k}, 0)", f"{x}.setdefault({k}, {v})", f"{x}.pop({k}, None)", f"if len({x}) > 6: {x}.clear()",
                          f"if {k} in {x}: del {x}[{k}]", f"{x}.update(a={v})", f"{x} = dict(list({x}.items())[:5])"]))

    def s_attr(self):
        r = self.dice
        names = self.variables("obj")
        if not names:
            return self.s_assign()
        o, v = r.pick(names), self.expr("num", 1)
        self.line(r.pick([f"{o}.a = {v}", f"{o}.b = {v}", f"{o}.a += {self.expr('int', 0)}", f"{o}.p = {v}", f"{o}.m({v})", f"{o}[{self.expr('int', 0)}] = {v}",
                          f"{o}.b = {o}.a", f"{o}.c = {v}", f"{o} += {v}", f"{o}.b, {o}.a = {o}.a, {o}.b"]))

    def s_same(self):
        """One float, too large for the word that holds it, in two variables: it is the same object wherever compiled code is left."""
        r = self.dice
        a, b = self.fresh(), self.fresh()
        self.line(f"{a} = {b} = {self.expr('float', 1)} {r.pick(['* 1e200', '/ 1e200', '+ 1e300'])}")
        self.line(f"if {self.expr('bool', 1)}: TRAIL.append({r.pick([a, '1', self.expr('int', 1)])})")
        self.line(f"TRAIL.append({a} is {b})")
        self.bind(a, "float")
        self.bind(b, "float")

    def s_poke(self):
        """An object that gets other attributes, or loses them, in a call that is not compiled; looked at before and behind it."""
        r = self.dice
        names = self.variables("obj")
        if not names:
            return self.s_assign()
        o = r.pick(names)
        look = lambda: r.pick([f"{o}.K", f"{o}.K", f"{o}.m(3)", f"{o}.a", f"{o}.p"])
        call = r.pick([f"max([{o}], key=poke) is {o}", f"list(map(poke, [{o}]))", f"sorted([{o}], key=poke) == 3"])
        self.line(f"TRAIL.append(({look()}, {call}, {look()}, {look()}))")
        self.spend(8)

    def s_unpack(self):
        r = self.dice
        a, b = self.target("num"), self.target("num")
        if r.chance(35):
            c = self.fresh()
            self.line(f"{a}, *{c}, {b} = {self.expr('num', 1)}, *{self.expr(r.pick(['list', 'tuple']), 1)}, {self.expr('num', 1)}")
            self.bind(c, "list")
        elif r.chance(30):
            self.line(f"{a}, ({b}, _) = {self.expr('num', 1)}, divmod({self.expr('int', 1)}, 5)")
        else:
            self.line(f"{a}, {b} = {self.expr('num', 1)}, {self.expr('num', 1)}")
        self.bind(a, "num")
        self.bind(b, "num")

    def s_if(self):
        self.line(f"if {self.expr('bool', self.dice.between(1, 2))}:")
        self.nested(self.some)
        if self.dice.chance(20):
            self.line(f"elif {self.expr('bool', 1)}:")
            self.nested(self.some)
        if self.dice.chance(40):
            self.line("else:")
            self.nested(self.some)

    def times(self):
        room = max(2, self.budget // (12 * self.weight))
        return min(room, self.dice.pick([3, 7, 12, 20, 40, 60, 90]) if self.loops == 0 else self.dice.pick([2, 3, 5, 8, 20]))

    def s_for(self):
        r = self.dice
        n, var = self.times(), self.fresh()
        head, kind = r.weighted([
            (12, lambda: (f"range({n})", "int")), (3, lambda: (f"range({r.between(-4, 4)}, {n})", "int")), (2, lambda: (f"range({n}, 0, -1)", "int")),
            (1, lambda: (f"range({n} + ({self.expr('int', 1)} & 3))", "int")),
            (4, lambda: (self.expr("list", 1), "num")), (2, lambda: (self.expr("tuple", 1), "num")), (2, lambda: (f"[{self.expr('int', 1)}, {self.expr('float', 1)}, {self.expr('int', 1)}] * {max(1, n // 3)}", "num")),
            (2, lambda: (self.expr("str", 1), "str")), (2, lambda: (f"list({self.expr('dict', 1)})", "any")), (2, lambda: (f"[{self.expr('int', 0)}, {self.expr('float', 0)}, {self.expr('str', 0)}, None] * {max(1, n // 4)}", "any")),
            (2, lambda: (f"({self.expr('num', 1)} for _ in range({n}))", "num")), (1, lambda: (f"map(key2, range({n}))", "num")), (1, lambda: (f"reversed({self.expr('list', 1)})", "num")),
            (3, lambda: (self.generator_call(n) or f"range({n})", "num")), (2, lambda: ("[" + ", ".join(self.expr("obj", 0) for _ in range(3)) + f"] * {max(1, n // 3)}", "obj" if self.classes else "any")),
            (1, lambda: (self.variables("iarray")[0] if self.variables("iarray") else f"range({n})", "int")), (1, lambda: (self.expr("bytes", 1), "int")),
            (1, lambda: (f"iter({self.expr('list', 1)})", "num")), (1, lambda: (self.dice.pick(self.variables("obj")) if self.variables("obj") else f"range({n})", "num"))])()
        kind_of = [(var, kind)]
        if r.chance(12):
            other = self.fresh()
            head, var, kind_of = f"enumerate({head})", f"{other}, {var}", kind_of + [(other, "int")]
        # CPython's zip keeps an item that it had no partner for until it is released itself, so objects with destructors show when that is.
        elif kind != "obj" and r.chance(8):
            other = self.fresh()
            head, var, kind_of = f"zip({head}, {self.expr('list', 1)})", f"{var}, {other}", kind_of + [(other, "num")]
        elif r.chance(5):
            other = self.fresh()
            head, var, kind_of = f"{self.expr('dict', 1)}.items()", f"{other}, {var}", [(other, "any"), (var, "num")]
        self.line(f"for {var} in {head}:")
        fixed = set(self.fixed)

        def inner():
            for name, kind in kind_of:
                self.bind(name, kind)
                if r.chance(80):
                    self.fixed.add(name)
            self.block(r.between(2, 5))

        self.nested(inner, n, True)
        self.fixed = fixed
        if r.chance(10):
            self.line("else:")
            self.nested(self.some)

    def s_while(self):
        r = self.dice
        n, var = self.times(), self.fresh()
        self.line(f"{var} = 0")
        condition = r.pick([f"{var} < {n}", f"{var} < {n}", f"{var} < {n} and {self.expr('bool', 1)}", f"{n} > {var}", f"not {var} >= {n}"])
        self.line(f"while {condition}:")
        self.bind(var, "int")
        self.fixed.add(var)

        def inner():
            self.line(f"{var} += {r.pick(['1', '1', '1', '2', 'True'])}")
            self.block(r.between(1, 4))

        self.nested(inner, n, True)

    def s_jump(self):
        self.line(f"if {self.expr('bool', 2)}: {self.dice.pick(['break', 'continue', 'continue'])}")

    def s_return(self):
        if self.can_return:
            value = "" if self.is_generator else " " + self.expr("num", 1)
            self.line(f"if {self.expr('bool', 2)}: return{value}")

    def s_raise(self):
        if self.depth and self.in_function:
            self.line(f"if {self.expr('bool', 1)} and {self.expr('bool', 1)}: raise {self.dice.pick(ERRORS)}({self.expr('int', 0)})")

    def s_try(self):
        r = self.dice
        self.line("try:")

        def risky():
            self.block(r.between(0, 2))
            self.line(r.pick([
                lambda: f"if {self.expr('bool', 2)}: raise {r.pick(ERRORS)}({self.expr('int', 1)})", lambda: f"{self.fresh()} = {self.expr('int', 1)} // ({self.expr('int', 1)} % 3)",
                lambda: f"{self.fresh()} = {self.expr('list', 1)}[{self.expr('int', 1)} & 3]", lambda: f"{self.fresh()} = {self.expr('dict', 1)}[{self.expr('int', 1)} & 3]",
                lambda: f"{self.fresh()} = {self.expr('any', 1)} + {self.expr('any', 1)}", lambda: f"{self.fresh()} = ({self.expr('any', 1)}).a",
                lambda: f"{self.fresh()} = fail({self.expr('int', 1)})", lambda: f"assert {self.expr('bool', 1)}", lambda: f"{self.fresh()} = int({self.expr('str', 1)})",
                lambda: f"{self.fresh()} = missing", self.raising, lambda: f"{self.fresh()}, {self.fresh()} = {self.expr('list', 1)}", lambda: f"{self.fresh()} = 1.0 / ({self.expr('int', 1)} % 2)"])())
            self.block(r.between(0, 1))

        self.nested(risky)
        if r.chance(85):
            self.line(f"except {r.pick(ERRORS + ['(KeyError, TypeError)'])}{r.pick([' as e', ''])}:")
            self.nested(self.some)
            if r.chance(85):
                self.line("except Exception as e:")
                self.nested(lambda: (self.line("TRAIL.append(type(e).__name__ + str(e)[:60])"), self.some() if r.chance(50) else None))
            if r.chance(15):
                self.line("else:")
                self.nested(self.some)
            final = r.chance(20)
        else:
            final = True
        if final:
            self.line("finally:")
            saved, self.can_return = self.can_return, False
            inside, self.inside = self.inside, False
            self.nested(self.some)
            self.can_return, self.inside = saved, inside

    def raising(self):
        """An op that raises for some operands."""
        r, name = self.dice, self.fresh()
        zeros = lambda: self.edges(["0"], ["1", "3", "-2"])
        return f"{name} = " + r.pick([
            lambda: f"{r.pick(['int', 'math.floor', 'math.ceil'])}({self.float_edges('1e999 - 1e999')})", lambda: f"math.sqrt({self.float_edges()})",
            lambda: f"{self.expr('float', 1)} / {self.edges(['0.0', '-0.0'], ['1.5', '-2.0', '4.0'])}", lambda: f"{self.expr('int', 1)} {r.pick(['//', '%', '/'])} {zeros()}",
            lambda: f"cut({self.expr('int', 1)} {r.pick(['<<', '>>'])} {self.edges(['-1'], ['1', '2', '3'])})",
            lambda: f"{self.expr('int', 1)} {r.pick(['//', '%', '/'])} {self.leaf('int', ['0', '2'])}"])()

    def s_with(self):
        r = self.dice
        self.line(f"with Guard({self.expr('num', 1)}, {r.pick(['True', 'False', 'True'])}){r.pick([' as w', ''])}:")
        self.nested(lambda: (self.some(), self.line(f"if {self.expr('bool', 1)}: raise {r.pick(ERRORS)}('w')") if r.chance(30) and self.in_function else None))

    def s_global(self):
        r = self.dice
        name, kind = r.pick(self.globals)
        if not self.in_function or (name not in [n for n, _ in self.scope] and r.chance(50)):
            if self.in_function:
                return self.line(f"TRAIL.append({name})") if kind != "obj" else None
            self.line(f"{name} = {self.expr(kind, 1)}")
        elif r.chance(50):
            self.line(f"set_{name}({self.expr(kind, 1)})")
        else:
            self.line(f"{self.target(kind)} = {name}") if kind != "obj" else None

    def s_note(self):
        names = [n for n, _ in self.scope][-4:]
        condition = f"if {self.expr('bool', 1)}: " if self.loops else ""
        self.line(f"{condition}note('{self.name}.{len(self.lines)}', {', '.join(names) or '0'})")
        self.spend(15)

    def s_frame(self):
        if self.in_function:
            self.line(f"if {self.expr('bool', 1)}: {self.dice.pick(['note(%r, locals())' % self.name, 'look(sys._getframe())', 'trace_back()'])}")
            self.spend(25)

    def s_trail(self):
        names = [n for n, k in self.scope if k in ("int", "float", "num", "bool", "str", "tuple")]
        if names:
            name = self.dice.pick(names)
            self.line(f"TRAIL.append({name})" if self.dice.chance(70) else f"TRAIL.append(({name}, {self.expr('num', 1)}))")

    def s_closure(self):
        r = self.dice
        if not self.in_function or not self.scope:
            return self.s_assign()
        ints = [n for n in self.variables("num", "int", "float") if n not in self.fixed and n not in self.params]
        name = self.fresh()
        self.line(f"def {name}(z, y={self.expr('num', 0)}):")
        self.indent += 1
        saved, self.scope = self.scope, self.scope + [("z", "num"), ("y", "num")]
        was, self.in_comprehension = self.in_comprehension, True
        if ints and r.chance(60):
            cell = r.pick(ints)
            self.line(f"nonlocal {cell}")
            kind = dict(self.scope)[cell]
            self.line(f"{cell} = {'small(' + self.expr('num', 1) + ')' if kind == 'num' else self.expr(kind, 1)}")
        self.line(f"return {self.expr('num', 1)}")
        self.scope, self.in_comprehension = saved, was
        self.indent -= 1
        self.bind(name, "fn")

    def s_delete(self):
        names = [n for n, k in self.scope if k in ("obj", "any") and n not in self.fixed and n not in self.params]
        if not names or self.depth > 1:
            return self.s_drop()
        name = self.dice.pick(names)
        self.line(f"del {name}")
        self.scope = [(n, k) for n, k in self.scope if n != name]

    def s_drop(self):
        """An object that dies here: its destructor may print."""
        if self.classes:
            o = self.target("obj")
            self.line(f"{o} = {self.expr('obj', 1)}")
            self.bind(o, "obj")
            self.spend(5)

    def s_match(self):
        r = self.dice
        self.line(f"match {self.expr(r.pick(['any', 'num', 'list', 'obj', 'tuple']), 1)}:")
        self.indent += 1
        cases = [("int()", []), ("float() as y0", [("y0", "float")]), ("[x0, *_]", [("x0", "num")]), ("C0(a=x0)", [("x0", "num")]), ("str()", []), ("1 | 2", []),
                 ("x0 if x0", [("x0", "any")]), ("(x0, y0)", [("x0", "num"), ("y0", "num")]), ("{1: x0}", [("x0", "num")]), ("True | None", [])]
        for _ in range(r.between(1, 3)):
            pattern, names = r.pick(cases)
            self.line(f"case {pattern}:")
            self.nested(lambda: ([self.bind(n, k) for n, k in names], self.some()))
        self.line("case _:")
        self.nested(self.some)
        self.indent -= 1

    def s_yield(self):
        r = self.dice
        if r.chance(25):
            name = self.target("any")
            self.line(f"{name} = yield {self.expr('num', 1)}")
            self.bind(name, "any")
        elif r.chance(15):
            self.line(f"yield from {r.pick([self.expr('list', 1), self.generator_call(3) or '(1, 2)'])}")
        else:
            self.line(f"yield {self.expr('num', 1)}")

    def generator_call(self, n):
        gens = [g for g in self.program.usable_generators(self) if g.cost * self.weight <= self.budget]
        if not gens:
            return None
        g = self.dice.pick(gens)
        self.spend(g.cost)
        return f"{g.name}({g.arguments(self, 1)})"

    def s_generator(self):
        r = self.dice
        call = self.generator_call(5)
        if not call:
            return self.s_assign()
        name = self.fresh()
        self.line(r.pick([f"{name} = small(sum({call}))", f"{name} = list({call})[:9]", f"{name} = next({call}, 0)", f"{name} = tuple({call})[:4]", f"{name} = sorted({call}, key=key)[:5]",
                          f"{name} = [q for q in {call}][:7]", f"{name} = any(q == 3 for q in {call})", f"{name} = max({call}, default=1, key=key)"]))
        self.bind(name, "any")

    def s_change(self):
        """What traces rely on changes: a global function, a class's attribute or method, a builtin."""
        r = self.dice
        condition = f"if {self.expr('bool', 1)} and {self.expr('bool', 1)}: " if self.loops or self.in_function else ""
        counters = [n for n, k in self.scope if k == "int" and n in self.fixed]
        if counters and r.chance(60):
            condition = f"if {r.pick(counters)} == {r.pick(['2', '5', '9', '14', '30'])}: "
        self.line(condition + self.change())

    def change(self):
        r = self.dice
        c = r.pick(self.classes).name if self.classes else None
        options = [f"set_len({r.pick(['True', 'False', 'False'])})"]
        if c:
            options += [f"{c}.K = {self.expr('num', 0)}", f"{c}.K = {self.expr('num', 0)}", f"{c}.m = lambda self, x: {r.pick(['x', 'self.a', 'small(x + 1)'])}",
                        f"{c}.a2 = {self.expr('num', 0)}", f"{c}.st = staticmethod(lambda x: {r.pick(['x', '1', 'small(x)'])})"]
        fs = [f.name for f in self.functions if f.simple]
        if fs:
            options += [f"swap_{r.pick(fs)}()"]
        return r.pick(options)
