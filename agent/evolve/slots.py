"""The places of a function whose expressions may be exchanged for others of their type."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .inference import (
    BOOL,
    ELEMENTWISE,
    INT,
    LOGICAL,
    LOOKUPS,
    SAME_SHAPE,
    Names,
    Type,
    called,
    infer,
    join,
    operands,
    parameters,
    reduces,
)


@dataclass(frozen=True, eq=False)
class Slot:
    """A place for an expression."""

    holder: ast.AST
    field: str
    index: int | None
    type: Type
    """Of the expression that stands there, and of what may take its place."""
    also: Type | None
    """Another type that fits as well: a number for one of two arrays that are added, say."""
    names: Names
    """The variables that are known there."""
    statement: ast.stmt
    """The statement that it is a part of."""
    exponent: bool = False
    """Whether it is one: only other constants make sense there."""

    @property
    def node(self) -> ast.expr:
        value = getattr(self.holder, self.field)
        return value if self.index is None else value[self.index]

    def put(self, node: ast.expr) -> None:
        if self.index is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.index] = node

    def takes(self, type: Type | None) -> bool:
        """Whether an expression of this type may stand here; an int may, where a float does."""
        wanted = (self.type, self.also)
        return type is not None and (
            type in wanted or (type.element == "int" and replace(type, element="float") in wanted)
        )


def slots(function: ast.FunctionDef) -> list[Slot]:
    return list(_body(function.body, parameters(function)))


def _body(body: list[ast.stmt], names: dict[str, Type]) -> Iterator[Slot]:
    """Slots in order; `names` is brought up to date by each statement."""
    for statement in body:
        yield from _statement(statement, names)


def _statement(node: ast.stmt, names: dict[str, Type]) -> Iterator[Slot]:
    match node:
        case ast.Return(value=ast.expr()):
            yield from _rooted(node, "value", node, names)
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign(value=ast.expr()):
            yield from _assignment(node, names)
        case ast.If():
            yield from _rooted(node, "test", node, names)
            yield from _ways([node.body, node.orelse], names)
        case ast.For():
            inside = dict(names)
            _loop(node, inside)
            yield from _ways([node.body, []], names, inside)
        case ast.While():  # it is left alone: a loop that does not end costs a whole time limit
            list(_ways([node.body, []], names))
        case ast.With():
            yield from _body(node.body, names)
        case _:
            pass


def _ways(bodies: list[list[ast.stmt]], names: dict[str, Type], inside: Names | None = None) -> Iterator[Slot]:
    """The slots of each of several ways; afterwards is known what is, with the same type, whichever was taken."""
    after = []
    for body in bodies:
        known = dict(names if inside is None or not body else inside)
        yield from _body(body, known)
        if not (body and isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)):
            after.append(known)
    if after:
        sure = {name: type for name, type in after[0].items() if all(way.get(name) == type for way in after)}
        names.clear()
        names.update(sure)


def _assignment(node: ast.Assign | ast.AugAssign | ast.AnnAssign, names: dict[str, Type]) -> Iterator[Slot]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Subscript):
            yield from _mask(target, node, names)
    yield from _rooted(node, "value", node, names)
    assert node.value is not None
    type = infer(node.value, names)
    for target in targets:
        if isinstance(node, ast.AugAssign):
            type = join(infer(target, names), type) if isinstance(target, ast.Name) else None
        _bind(target, type, names)


def _bind(target: ast.expr, type: Type | None, names: dict[str, Type]) -> None:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.pop(node.id, None)
    if isinstance(target, ast.Name) and type is not None:
        names[target.id] = type


def _loop(node: ast.For, names: dict[str, Type]) -> None:
    """Makes the variables of a loop's head known."""
    match node.target, node.iter:
        case ast.Tuple(elts=[counter, item]), ast.Call(func=ast.Name(id="enumerate"), args=[over]):
            _bind(item, _element(over, names), names)
            _bind(counter, INT, names)
        case target, ast.Call(func=ast.Name(id="range")):
            _bind(target, INT, names)
        case target, over:
            _bind(target, _element(over, names), names)


def _element(over: ast.expr, names: Names) -> Type | None:
    type = infer(over, names)
    return replace(type, shape=type.shape[1:]) if type and type.shape else None


def _mask(target: ast.Subscript, node: ast.stmt, names: Names) -> Iterator[Slot]:
    """In `scores[bins > 3] = 0`, the condition."""
    type = infer(target.slice, names)
    if type is not None and type.element == "bool":
        yield from _at(target, "slice", None, type, None, node, dict(names))


def _rooted(holder: ast.stmt, name: str, statement: ast.stmt, names: Names) -> Iterator[Slot]:
    names = dict(names)
    yield from _at(holder, name, None, infer(getattr(holder, name), names), None, statement, names)


def _at(
    holder: ast.AST,
    name: str,
    index: int | None,
    type: Type | None,
    also: Type | None,
    statement: ast.stmt,
    names: Names,
    exponent: bool = False,
) -> Iterator[Slot]:
    """The place itself, where it has a type, and the places below it."""
    value = getattr(holder, name)
    node = value if index is None else value[index]
    if type is not None and not (type == INT and isinstance(node, ast.Subscript | ast.Call)):  # an index that was found
        yield Slot(holder, name, index, type, also, names, statement, exponent)
    if not exponent:
        yield from _below(node, type, statement, names)


@dataclass(frozen=True)
class _Part:
    """A child of an expression that may be exchanged: of its own type, which for `elementwise` operands is a number
    that may be broadcast to the whole's shape."""

    holder: ast.AST
    field: str
    index: int | None = None
    elementwise: bool = True
    exponent: bool = False
    root: bool = True
    """Whether the child itself may be exchanged, or only what is below it."""

    @property
    def node(self) -> ast.expr:
        value = getattr(self.holder, self.field)
        return value if self.index is None else value[self.index]


def _below(node: ast.expr, type: Type | None, statement: ast.stmt, names: Names) -> Iterator[Slot]:
    parts = list(_parts(node, names))
    types = [infer(part.node, names) for part in parts]
    for part, own in zip(parts, types, strict=True):
        wanted = _widened(own, type if part.elementwise else None, node) if part.root else None
        others = [of for of, other in zip(types, parts, strict=True) if other is not part and other.elementwise]
        also = _also(wanted, others, node) if part.elementwise else None
        yield from _at(part.holder, part.field, part.index, wanted, also, statement, names, part.exponent)


def _widened(own: Type | None, whole: Type | None, node: ast.expr) -> Type | None:
    """An int where a float is computed may become a float."""
    float_result = (whole is not None and whole.element == "float") or isinstance(node, ast.Compare)
    return replace(own, element="float") if own and own.element == "int" and float_result else own


def _also(wanted: Type | None, others: list[Type | None], node: ast.expr) -> Type | None:
    """The shape that broadcasting allows besides: a number next to an array, and an array next to another one."""
    shapes = [of.shape for of in others if of is not None and of.shape]
    if wanted is None or not shapes or isinstance(node, ast.IfExp):
        return None
    if not wanted.shape:
        return replace(wanted, shape=shapes[0])
    return wanted.scalar if wanted.shape in shapes and wanted.element != "bool" else None


def _parts(node: ast.expr, names: Names) -> Iterator[_Part]:
    match node:
        case ast.BinOp(op=ast.Pow()):
            yield _Part(node, "left")
            yield _Part(node, "right", exponent=True)
        case ast.BinOp():
            yield _Part(node, "left")
            yield _Part(node, "right")
        case ast.UnaryOp():
            yield _Part(node, "operand")
        case ast.Compare():
            yield _Part(node, "left")
            for index in range(len(node.comparators)):
                yield _Part(node, "comparators", index)
        case ast.BoolOp():
            for index in range(len(node.values)):
                yield _Part(node, "values", index)
        case ast.IfExp():
            yield _Part(node, "test", elementwise=False)
            yield _Part(node, "body")
            yield _Part(node, "orelse")
        case ast.Call():
            yield from _arguments(node, names)
        case ast.Tuple() | ast.List():
            yield from (_Part(node, "elts", index, elementwise=False) for index in range(len(node.elts)))
        case ast.Subscript():
            yield _Part(node, "value", elementwise=False, root=False)
            if isinstance(node.slice, ast.Tuple):
                for index in range(len(node.slice.elts)):
                    yield _Part(node.slice, "elts", index, elementwise=False, root=False)
            else:
                yield _Part(node, "slice", None, elementwise=False, root=False)
        case _:
            pass


def _arguments(node: ast.Call, names: Names) -> Iterator[_Part]:
    if not (values := operands(node)) or any(isinstance(value, ast.Starred) for value in values):
        return
    name, method = called(node)
    parts = [_Part(node.func, "value")] if method else []
    parts += [_Part(node, "args", index) for index in range(len(node.args))]
    types = [infer(value, names) for value in values]
    if name in ELEMENTWISE | LOGICAL | {"where"} and not node.keywords and not reduces(node, types[0]):
        yield from parts
        return
    # Numbers that a function takes otherwise may be sizes, indices or axes: they stay as they are.
    known = parts[:1] if reduces(node, types[0]) or name in SAME_SHAPE | LOOKUPS else parts
    for part, type in zip(known, types, strict=False):
        yield replace(part, elementwise=False, root=type is not None and type not in (INT, BOOL))
