"""Makes a program smaller for as long as it still shows what it was kept for."""

import ast
import time


class Reducer:
    """`shows(source)` tells whether a smaller program is as good."""

    def __init__(self, source, shows, seconds):
        self.tree = ast.parse(source)
        self.best, self.shows, self.end = source, shows, time.monotonic() + seconds

    def reduce(self):
        size = None
        while size != len(self.best) and self.time_left():
            size = len(self.best)
            for step in (self.statements, self.unwrap, self.expressions):
                step()
        return self.best

    def time_left(self):
        return time.monotonic() < self.end

    def good(self):
        """Whether the tree as it is now will do; if so it is the best."""
        try:
            source = ast.unparse(self.tree) + "\n"
            compile(source, "reduced", "exec")
        except (SyntaxError, ValueError, TypeError, AttributeError, RecursionError):
            return False
        if len(source) <= len(self.best) + 40 and self.shows(source):
            self.best = source
            return True
        return False

    def bodies(self):
        """All lists of statements, outer ones first."""
        for node in ast.walk(self.tree):
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                if isinstance(getattr(node, name, None), list):
                    yield node, name

    def statements(self):
        """Deletes runs of statements, long ones first."""
        for node, name in list(self.bodies()):
            size = len(getattr(node, name))
            while size and self.time_left():
                at = len(getattr(node, name)) - size
                while at >= 0 and self.time_left():
                    items = getattr(node, name)
                    left = items[:at] + items[at + size:]
                    if not left and name == "body" and not isinstance(node, ast.Module):
                        left = [ast.Pass()]
                        if len(items) == 1 and isinstance(items[0], ast.Pass):
                            break
                    setattr(node, name, left)
                    if not self.good():
                        setattr(node, name, items)
                    at -= size
                size //= 2

    def unwrap(self):
        """Replaces a compound statement by what is in it."""
        for node, name in list(self.bodies()):
            at = 0
            while at < len(getattr(node, name)) and self.time_left():
                items = getattr(node, name)
                inner = getattr(items[at], "body", None)
                if isinstance(items[at], (ast.If, ast.For, ast.While, ast.Try, ast.With)) and inner:
                    setattr(node, name, items[:at] + inner + items[at + 1:])
                    if self.good():
                        continue
                    setattr(node, name, items)
                at += 1

    def expressions(self):
        """Replaces expressions by one of their operands, or by a constant; shortens lists of operands and parameters."""
        for node in list(ast.walk(self.tree)):
            if not self.time_left():
                return
            for name, value in list(ast.iter_fields(node)):
                if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                    inner = [c for c in ast.iter_child_nodes(value) if isinstance(c, ast.expr)]
                    constants = [] if isinstance(value, (ast.Constant, ast.Name)) else [ast.Constant(1), ast.Constant(None)]
                    for other in inner + constants:
                        setattr(node, name, other)
                        if self.good():
                            break
                        setattr(node, name, value)
                elif isinstance(value, list) and value and isinstance(value[0], (ast.expr, ast.arg, ast.keyword)):
                    for item in list(value):
                        items = getattr(node, name)
                        setattr(node, name, [i for i in items if i is not item])
                        if not self.good():
                            setattr(node, name, items)
