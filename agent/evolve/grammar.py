"""Random expressions of a given type: general building blocks, none of them from a published heuristic."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .inference import Names, Type, infer

ARITHMETIC: dict[type[ast.operator], float] = {ast.Add: 3, ast.Sub: 3, ast.Mult: 3, ast.Div: 2}
ORDER: tuple[type[ast.cmpop], ...] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_FORMS = {"arithmetic": 10.0, "where": 3.0, "function": 3.0, "power": 1.5, "extreme": 1.5}
UNARY = (
    "{f}abs({x})",
    "{f}exp({x})",
    "{f}exp(-{x})",
    "{f}sqrt({f}abs({x}))",
    "{f}log({f}abs({x}) + 1)",
    "{f}tanh({x})",
)
_REDUCTIONS = ("np.max({x})", "np.min({x})", "np.mean({x})")
_EXPONENTS = (2, 2, 3, 0.5, -1)


class Impossible(Exception):
    """No expression of that type can be made from what is known there."""


@dataclass(frozen=True)
class Grammar:
    """Makes expressions for the variables that are known at some place."""

    names: Names
    numpy: bool
    """Whether candidates may import numpy."""
    rng: random.Random

    def expression(self, type: Type, depth: int) -> ast.expr:
        """A random expression, at most so deep. Raises Impossible."""
        if type.element == "bool":
            return self._condition(type, depth)
        if type.element == "int":
            return self._integer(type, depth)
        if depth <= 0 or self.rng.random() < 0.1:
            return self._leaf(type)
        return self._number(type, depth)

    def _number(self, type: Type, depth: int) -> ast.expr:
        (form,) = self.rng.choices(list(_FORMS), list(_FORMS.values()))
        match form:
            case "where":
                return self._where(type, depth)
            case "function":
                return self.apply(self.rng.choice(UNARY), self.expression(type, depth - 1))
            case "power":
                return self._power(self.expression(type, depth - 1))
            case "extreme":
                return self.extreme(*self._pair(type, depth - 1))
            case _:
                return self.arithmetic(*self._pair(type, depth - 1))

    def _pair(self, type: Type, depth: int) -> tuple[ast.expr, ast.expr]:
        """Two operands: one of the type, and one that may be a number that is broadcast."""
        one = self.expression(type, depth)
        scalar = type.shape and self.rng.random() < 0.5
        other = self.expression(type.scalar if scalar else type, depth - 1 if scalar else depth)
        return (one, other) if self.rng.random() < 0.5 else (other, one)

    def arithmetic(self, one: ast.expr, other: ast.expr) -> ast.expr:
        (op,) = self.rng.choices(list(ARITHMETIC), list(ARITHMETIC.values()))
        if op in (ast.Sub, ast.Div) and ast.dump(one) == ast.dump(other):
            op = ast.Add
        if op is ast.Div and self._scalar(other):
            other = self._not_zero(other)
        return ast.BinOp(one, op(), other)

    def _scalar(self, node: ast.expr) -> bool:
        type = infer(node, self.names)
        return type is not None and not type.shape

    def _not_zero(self, node: ast.expr) -> ast.expr:
        """Python's numbers raise where arrays become infinite."""
        return (
            node
            if isinstance(node, ast.Constant) and node.value
            else ast.BinOp(ast.Constant(1), ast.Add(), call("abs", node))
        )

    def _power(self, base: ast.expr) -> ast.expr:
        exponent = self.rng.choice(_EXPONENTS)
        if exponent in (0.5, -1) and self._scalar(base):
            exponent = 2
        return ast.BinOp(base, ast.Pow(), number(exponent))

    def extreme(self, one: ast.expr, other: ast.expr) -> ast.expr:
        which = self.rng.choice(("min", "max"))
        return call(f"np.{which}imum" if self.numpy else which, one, other)

    def _where(self, type: Type, depth: int) -> ast.expr:
        one, other = self.expression(type, depth - 1), self.expression(self._perhaps_scalar(type), depth - 1)
        pair = (one, other) if self.rng.random() < 0.5 else (other, one)
        return self.choose(self._condition(replace(type, element="bool"), depth - 1), *pair)

    def choose(self, condition: ast.expr, one: ast.expr, other: ast.expr) -> ast.expr:
        if self._scalar(condition) and self._scalar(one) and self._scalar(other):
            return ast.IfExp(condition, one, other)
        return call("np.where", condition, one, other)

    def _perhaps_scalar(self, type: Type) -> Type:
        return type.scalar if self.rng.random() < 0.5 else type

    def _condition(self, type: Type, depth: int) -> ast.expr:
        masks = [node for node, of in self._known() if of == type]
        if masks and self.rng.random() < 0.3:
            return self.rng.choice(masks)
        value = replace(type, element="float")
        if depth > 1 and self.rng.random() < 0.15:
            one, other = self._condition(type, depth - 1), self._condition(type, depth - 1)
            if type.shape:
                return ast.BinOp(one, self.rng.choice((ast.BitAnd, ast.BitOr))(), other)
            return ast.BoolOp(self.rng.choice((ast.And, ast.Or))(), [one, other])
        bound = self.expression(value.scalar, 0) if self.rng.random() < 0.8 else self.expression(value, depth - 1)
        compared = self.expression(value, depth - 1)
        if ast.dump(compared) == ast.dump(bound):
            bound = self.constant()
        return ast.Compare(compared, [self.rng.choice(ORDER)()], [bound])

    def _integer(self, type: Type, depth: int) -> ast.expr:
        known = [node for node, of in self._known() if of == type]
        if type.shape:
            return self._one_of(known)
        if depth <= 0 or self.rng.random() < 0.4:
            return self.rng.choice(known) if known and self.rng.random() < 0.6 else number(self.rng.randint(0, 5))
        op = self.rng.choice((ast.Add, ast.Sub, ast.Mult))()
        return ast.BinOp(self._integer(type, depth - 1), op, self._integer(type, depth - 1))

    def _one_of(self, known: list[ast.expr]) -> ast.expr:
        if not known:
            raise Impossible
        return self.rng.choice(known)

    def _leaf(self, type: Type) -> ast.expr:
        fits = (type, replace(type, element="int"))
        known = [node for node, of in self._known() if of in fits]
        if type.shape:
            return self._one_of(known)
        if known and self.rng.random() < 0.4:
            return self.rng.choice(known)
        if self.rng.random() < 0.15 and (
            arrays := [node for node, of in self._known() if of.shape and of.element != "bool"]
        ):
            return self.apply(self.rng.choice(_REDUCTIONS), self.rng.choice(arrays)) if self.numpy else self.constant()
        return self.constant()

    def constant(self) -> ast.expr:
        kind = self.rng.random()
        if kind < 0.3:
            return number(self.rng.choice((1, 2, 3, 0.5, 0.1, 10)))
        return number(float(f"{10 ** self.rng.uniform(-2, 2):.2g}"))

    def _known(self) -> Iterator[tuple[ast.expr, Type]]:
        """Variables, and what indices that are variables pick from arrays that are."""
        for name, type in self.names.items():
            yield ast.Name(name, ast.Load()), type
        indices = [(name, type) for name, type in self.names.items() if type.element == "int" and len(type.shape) < 2]
        for name, type in self.names.items():
            if type.shape:
                for index in indices:
                    if index[0] != name and index[0] not in type.shape:  # a size is no index
                        yield from _picked(name, type, index, indices)

    def apply(self, template: str, operand: ast.expr) -> ast.expr:
        """The operand in the place of `{x}`."""
        prefix = "np." if self.numpy else "math."
        code = template.format(f=prefix, x="x").replace("math.abs", "abs")
        return _Filled(operand).visit(ast.parse(code, mode="eval").body)


def _picked(
    name: str, type: Type, index: tuple[str, Type], indices: list[tuple[str, Type]]
) -> Iterator[tuple[ast.expr, Type]]:
    first = f"{name}[{index[0]}]"
    yield _expression(first), replace(type, shape=index[1].shape + type.shape[1:])
    if len(type.shape) == 2:
        for other, of in indices:
            if not (of.shape and index[1].shape) and other != index[0]:
                yield _expression(f"{name}[{index[0]}, {other}]"), replace(type, shape=index[1].shape + of.shape)


def _expression(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


class _Filled(ast.NodeTransformer):
    def __init__(self, operand: ast.expr) -> None:
        self._operand = operand

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._operand if node.id == "x" else node


def call(name: str, *args: ast.expr) -> ast.Call:
    module, _, function = name.rpartition(".")
    known = ast.Name(function, ast.Load())
    return ast.Call(
        ast.Attribute(ast.Name(module, ast.Load()), function, ast.Load()) if module else known, list(args), []
    )


def number(value: float) -> ast.expr:
    """A literal with six significant digits; a negative one has its sign before it, as `ast.parse` has it."""
    if isinstance(value, float):
        value = float(f"{value:.6g}")
        if not math.isfinite(value):
            raise Impossible
    plain = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), plain) if value < 0 else plain


def value_of(node: ast.expr) -> float | None:
    """The number that a literal stands for."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if not isinstance(
            value, bool
        ):
            return -value
        case _:
            return None
