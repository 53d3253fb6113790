"""Genetic: a proposer that needs no language model. Typed genetic programming on Python syntax trees.

Operators as in Koza's Genetic Programming (1992): subtrees are replaced by random ones or by another parent's, types as
in Montana's strongly typed genetic programming (1995). What changes is a typed expression within the first parent, a
program by whomever; statements, loops and what cannot be typed stay as they are.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...evaluators import source
from ...evaluators.task import Task
from .grammar import ARITHMETIC, ORDER, UNARY, Grammar, Impossible, number, value_of
from .inference import BOOL, Names, Type, called, function, infer, parameters
from .records import Plan, Proposal
from .simplify import simplify
from .slots import Slot, slots
from .solutions import change

SIZE = 80
"""Expressions in the largest program that comes out; a parent that is larger may keep its size."""
_ATTEMPTS = 20


class Nowhere(Impossible):
    """No other attempt would fare better; the message says why."""


class Genetic:
    """Changes the first parent by the plan's operator, one of `GENETIC`. The same plan gives the same proposal.

    Candidates that are solutions (JSON) and no code are changed in their numbers and in the order of their elements.
    """

    def __init__(self, task: Task, size: int = SIZE) -> None:
        self._task, self._size = task, size

    async def propose(self, plan: Plan) -> Proposal:
        if self._task.kind == "solution":
            return change(plan, self._task.seeds)
        texts = [parent.text for parent in plan.parents] or list(self._task.seeds)
        known = {parent.key for parent in plan.parents} or {source.key(text) for text in texts}
        rng, why = plan.rng, f"{_ATTEMPTS} attempts came to nothing"
        for _ in range(_ATTEMPTS):
            try:
                text, thought = self._changed(texts, plan.operator, rng)
            except Nowhere as nowhere:
                why = str(nowhere)
                break
            except Impossible:
                continue
            if source.key(text) not in known:
                return Proposal(text=text, thought=thought)
        return Proposal(status="no_code", reason=f"{plan.operator} made nothing new: {why}")

    def _changed(self, texts: list[str], operator: str, rng: random.Random) -> tuple[str, str]:
        step = GENETIC[operator]
        program = _Program.read(texts[0], self._task)
        allowed = max(self._size, program.size)
        read = program.read_names
        thought = step(_Step(program, self._task, texts[-1], rng))
        program.forget(read - program.read_names)
        if program.size > allowed:
            raise Impossible
        return program.text, thought


@dataclass(frozen=True)
class _Program:
    tree: ast.Module
    function: ast.FunctionDef

    @staticmethod
    def read(text: str, task: Task) -> _Program:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            raise Nowhere(f"a parent cannot be parsed: {error}") from None
        found = function(tree, task.function)
        if found is None:
            raise Nowhere(f"a parent defines no function {task.function!r}")
        return _Program(tree, found)

    @property
    def read_names(self) -> set[str]:
        nodes = ast.walk(self.function)
        return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}

    def forget(self, names: set[str]) -> None:
        """Take out the assignments to variables that are read no more."""
        for statement in list(self.function.body):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) if name in names:
                    self.function.body.remove(statement)

    @property
    def size(self) -> int:
        return sum(isinstance(node, ast.expr) for statement in self.function.body for node in ast.walk(statement))

    @property
    def text(self) -> str:
        """The program as it is now, with the imports that it needs."""
        used = {node.id for node in ast.walk(self.function) if isinstance(node, ast.Name)}
        bound = {alias.asname or alias.name for node in ast.walk(self.tree) for alias in _aliases(node)}
        needed = [ast.Import([ast.alias("numpy", "np")])] if "np" in used - bound else []
        needed += [ast.Import([ast.alias("math")])] if "math" in used - bound else []
        at = _first_statement(self.tree)
        body = [*self.tree.body[:at], *needed, *self.tree.body[at:]]
        return ast.unparse(ast.Module(body, [])) + "\n"


def _aliases(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def _first_statement(tree: ast.Module) -> int:
    """Where an import may stand: after the docstring and `from __future__`."""
    head = 1 if ast.get_docstring(tree) is not None else 0
    future = [isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body]
    return max([head, *(index + 1 for index, is_future in enumerate(future) if is_future)])


@dataclass(frozen=True)
class _Step:
    """One change: the program is changed in place."""

    program: _Program
    task: Task
    other: str
    """The text of another parent; where there is none, of the same."""
    rng: random.Random

    def slots(self, wanted: Callable[[Slot], bool] = lambda slot: True) -> list[Slot]:
        """The places that may be changed. Raises Impossible where there are none."""
        found = [slot for slot in slots(self.program.function) if wanted(slot)]
        if not found:
            raise Nowhere("it has no such place")
        return found

    def pick(self, wanted: Callable[[Slot], bool] = lambda slot: not slot.exponent) -> Slot:
        return self.rng.choice(self.slots(wanted))

    def grammar(self, names: Names) -> Grammar:
        return Grammar(names, "numpy" in self.task.imports, self.rng)

    def exchange(self, slot: Slot, new: ast.expr, what: str = "") -> str:
        """Put an expression into its place, tidy up the statement, and say what was done."""
        before = ast.unparse(slot.node)
        slot.put(new)
        after = ast.unparse(new)
        holder = slot.statement
        name = "test" if isinstance(holder, ast.If) else "value"
        setattr(holder, name, simplify(getattr(holder, name), slot.names))
        return f"{what or 'expression'} {_short(before)} → {_short(after)}"


def _short(code: str, length: int = 60) -> str:
    return code if len(code) <= length else code[: length - 1] + "…"


def _subtree_mutation(step: _Step) -> str:
    slot = step.pick()
    type = slot.also if slot.also and step.rng.random() < 0.3 else slot.type
    return step.exchange(slot, step.grammar(slot.names).expression(type, step.rng.randint(0, 3)))


def _subtree_crossover(step: _Step) -> str:
    slot = step.pick()
    donor = _Program.read(step.other, step.task).function
    local = _definitions(donor)
    fits = [other.node for other in slots(donor) if slot.takes(other.type) and not _leaf(other.node)]
    for node in step.rng.sample(fits, len(fits)):
        if (translated := _without_locals(node, local, slot.names)) is not None:
            return step.exchange(slot, translated, "from the other parent:")
    raise Impossible


def _leaf(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or value_of(node) is not None


def _definitions(node: ast.FunctionDef) -> dict[str, ast.expr]:
    """The variables that are set once, outside of loops and branches, and what they stand for."""
    stores = [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    return {
        statement.targets[0].id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and stores.count(statement.targets[0].id) == 1
    }


_ANYWHERE = {"np", "math", "abs", "min", "max", "float", "int", "len", "sum"}


def _without_locals(node: ast.expr, local: dict[str, ast.expr], names: Names) -> ast.expr | None:
    """An expression in the words of another function; None where it uses what is unknown there."""
    for _ in range(len(local) + 1):
        unknown = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - set(names) - _ANYWHERE
        if not unknown:
            return _copy(node)
        if not unknown <= set(local):
            return None
        node = _Inlined({name: local[name] for name in unknown}).visit(_copy(node))
    return None


class _Inlined(ast.NodeTransformer):
    def __init__(self, local: dict[str, ast.expr]) -> None:
        self._local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _copy(self._local[node.id]) if node.id in self._local else node


def _copy(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


_COUSINS: tuple[tuple[str, ...], ...] = (
    ("minimum", "maximum"),
    ("min", "max"),
    ("max", "min", "mean", "median", "std", "sum"),
    ("exp", "tanh", "log1p", "sqrt", "abs", "square"),
)


def _operator_change(step: _Step) -> str:
    slot = step.pick(lambda slot: isinstance(slot.node, ast.BinOp | ast.Compare | ast.Call | ast.IfExp))
    node = slot.node
    before = ast.unparse(node)
    match node:
        case ast.BinOp() if isinstance(node.op, tuple(ARITHMETIC)):
            _other_arithmetic(node, step)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            node.op = ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd()
        case ast.Compare(ops=[op]) if isinstance(op, ORDER):
            node.ops = [step.rng.choice([other for other in ORDER if not isinstance(op, other)])()]
        case ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
        case ast.Call(args=[_, one, other]) if called(node) == ("where", False):
            node.args[1:] = [other, one]
        case ast.Call(func=ast.Attribute() | ast.Name()):
            _other_function(node, slot.names, step.rng)
        case _:
            raise Impossible
    after = ast.unparse(node)
    step.exchange(slot, node)
    return f"operator {_short(before)} → {_short(after)}"


def _other_arithmetic(node: ast.BinOp, step: _Step) -> None:
    if isinstance(node.op, ast.Sub | ast.Div) and step.rng.random() < 0.25:
        node.left, node.right = node.right, node.left
        return
    node.op = step.rng.choice([op for op in ARITHMETIC if not isinstance(node.op, op)])()


def _other_function(node: ast.Call, names: Names, rng: random.Random) -> None:
    name, _ = called(node)
    type = infer(node, names)
    whole = bool(node.args) and type is not None and infer(node.args[0], names) != type
    groups = [group for group in _COUSINS if name in group and ("mean" in group) == whole]
    if not groups:
        raise Impossible
    new = rng.choice([other for other in groups[0] if other != name])
    if isinstance(node.func, ast.Attribute):
        node.func.attr = new
    elif isinstance(node.func, ast.Name) and name in ("min", "max"):
        node.func.id = new
    else:
        raise Impossible


def _constant_change(step: _Step) -> str:
    slot = step.pick(lambda slot: value_of(slot.node) is not None and slot.type != BOOL)
    value = value_of(slot.node)
    assert value is not None
    if slot.exponent:
        base = infer(slot.holder.left, slot.names) if isinstance(slot.holder, ast.BinOp) else None
        new: float = step.rng.choice(_ARRAY_EXPONENTS if base and base.shape else _EXPONENTS)
    elif slot.type.element == "int":
        new = int(value) + step.rng.choice((-2, -1, 1, 2))
    else:
        new = _moved(value, step.rng)
    return step.exchange(slot, number(new), "constant")


_EXPONENTS = (-2, -1, 2, 3, 4)
_ARRAY_EXPONENTS = (*_EXPONENTS, -0.5, 0.5, 1.5)
"""Of a negative number, Python makes a complex one of these; numpy's are no number."""


def _moved(value: float, rng: random.Random) -> float:
    how = rng.random()
    if how < 0.55:
        moved = value * 2 ** rng.gauss(0, 0.5)
    elif how < 0.8:
        moved = value + rng.gauss(0, 1)
    elif how < 0.9:
        moved = -value
    else:
        moved = rng.choice((-1, 1)) * 10 ** rng.uniform(-2, 2)
    return float(f"{moved:.3g}")


def _insert(step: _Step) -> str:
    """The expression that is there becomes a part of a larger one."""
    slot = step.pick()
    grammar, old, rng = step.grammar(slot.names), slot.node, step.rng
    depth = rng.randint(0, 2)
    if slot.type.element == "bool":
        return step.exchange(slot, _with_condition(old, grammar, slot.type, depth), "condition")
    if slot.type.element == "int":
        return step.exchange(slot, ast.BinOp(old, rng.choice((ast.Add, ast.Sub))(), grammar.expression(slot.type, 0)))
    how = rng.random()
    other = grammar.expression(slot.type.scalar if rng.random() < 0.4 else slot.type, depth)
    pair = (old, other) if rng.random() < 0.5 else (other, old)
    if how < 0.45:
        new = grammar.arithmetic(*pair)
    elif how < 0.75:
        new = grammar.choose(grammar.expression(replace(slot.type, element="bool"), max(1, depth)), *pair)
    elif how < 0.9:
        new = grammar.apply(rng.choice(UNARY), old)
    else:
        new = grammar.extreme(*pair)
    return step.exchange(slot, new)


def _with_condition(old: ast.expr, grammar: Grammar, type: Type, depth: int) -> ast.expr:
    other = grammar.expression(type, depth)
    if type.shape:
        return ast.BinOp(old, grammar.rng.choice((ast.BitAnd, ast.BitOr))(), other)
    return ast.BoolOp(grammar.rng.choice((ast.And, ast.Or))(), [old, other])


def _hoist(step: _Step) -> str:
    """An expression gives way to a part of itself."""
    found = step.slots()
    slot = step.rng.choice(found)
    below = {id(node) for node in ast.walk(slot.node)} - {id(slot.node)}
    parts = [other.node for other in found if id(other.node) in below and not other.exponent and slot.takes(other.type)]
    if not parts:
        raise Impossible
    return step.exchange(slot, step.rng.choice(parts), "shorter:")


def _local_variable(step: _Step) -> str:
    """An expression gets a name, and is used once more elsewhere in its statement."""
    body = step.program.function.body
    found = step.slots(lambda slot: slot.statement in body and not slot.exponent)
    slot = step.rng.choice([slot for slot in found if not _leaf(slot.node)] or found)
    others = [
        other
        for other in found
        if other.statement is slot.statement
        and other.takes(slot.type)
        and not (_holds(slot, other) or _holds(other, slot))
    ]
    if not others or _leaf(slot.node):
        raise Impossible
    taken = {node.id for node in ast.walk(step.program.function) if isinstance(node, ast.Name)} | set(slot.names)
    name = next(name for index in range(1, 1000) if (name := f"part{index}") not in taken)
    value = slot.node
    other = step.rng.choice(others)
    slot.put(ast.Name(name, ast.Load()))
    other.put(ast.Name(name, ast.Load()))
    body.insert(body.index(slot.statement), ast.Assign([ast.Name(name, ast.Store())], value, lineno=0))
    return f"{name} = {_short(ast.unparse(value))}, used twice"


def _holds(outer: Slot, inner: Slot) -> bool:
    return any(node is inner.node for node in ast.walk(outer.node))


def _random_program(step: _Step) -> str:
    """What is returned becomes random. Where that is an index that was found, what it was found by becomes random."""
    node = step.program.function
    returned = [slot for slot in slots(node) if isinstance(slot.statement, ast.Return) and slot.type.element != "int"]
    if not returned:
        raise Nowhere("what the function returns cannot be typed")
    slot = returned[0]
    names = slot.names
    if isinstance(slot.holder, ast.Return) and slot.statement is node.body[-1]:
        names = parameters(node)
        node.body = [*(node.body[:1] if ast.get_docstring(node) is not None else []), slot.statement]
    return step.exchange(slot, step.grammar(names).expression(slot.type, step.rng.randint(2, 4)), "at random:")


GENETIC: dict[str, Callable[[_Step], str]] = {
    "random_program": _random_program,
    "subtree_mutation": _subtree_mutation,
    "subtree_crossover": _subtree_crossover,
    "operator_change": _operator_change,
    "constant_change": _constant_change,
    "insert": _insert,
    "hoist": _hoist,
    "local_variable": _local_variable,
}
"""Operators by name."""
