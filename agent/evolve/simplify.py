"""Obvious redundancies taken out of expressions, so that programs stay readable: `x * 1`, `x + 0`, `--x`, `2 * 3`."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import TypeVar

from .grammar import number, value_of
from .inference import Names, called, infer

_FOLDED: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_OPPOSITE: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}

_Node = TypeVar("_Node", bound=ast.AST)


def simplify(node: _Node, names: Names) -> _Node:
    """The same, computed with less. What is known of variables sees to it that no type changes."""
    return _Simpler(names).visit(node)


class _Simpler(ast.NodeTransformer):
    def __init__(self, names: Names) -> None:
        self._names = names

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if (folded := _folded(node)) is not None:
            return folded
        if (kept := _neutral(node)) is not None and self._same_type(kept, node):
            return kept
        return _merged(_signed(node))

    def _same_type(self, kept: ast.expr, node: ast.expr) -> bool:
        type = infer(kept, self._names)
        return type is not None and type == infer(node, self._names)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.UnaryOp(op=ast.USub(), operand=inner)):
                return inner
            case ast.UnaryOp(op=ast.Invert(), operand=ast.UnaryOp(op=ast.Invert(), operand=inner)):
                return inner
            case ast.UnaryOp(op=ast.USub(), operand=ast.BinOp(left=left, op=ast.Sub(), right=right)):
                return ast.BinOp(right, ast.Sub(), left)
            case _:
                return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name, method = called(node)
        if method or node.keywords:
            return node
        match name, node.args:
            case "where", [_, one, other] if _same(one, other) and self._same_type(one, node):
                return one
            case (("minimum" | "maximum" | "min" | "max"), [one, other]) if _same(one, other):
                return one
            case "abs", [ast.Call() as inner] if called(inner)[0] in ("abs", "exp", "sqrt"):
                return inner
            case "abs", [ast.UnaryOp(op=ast.USub(), operand=inner)] if value_of(inner) is None:
                node.args = [inner]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return node.body if _same(node.body, node.orelse) else node


def _same(one: ast.expr, other: ast.expr) -> bool:
    return ast.dump(one) == ast.dump(other)


def _folded(node: ast.BinOp) -> ast.expr | None:
    left, right = value_of(node.left), value_of(node.right)
    if left is None or right is None or type(node.op) not in _FOLDED:
        return None
    try:
        value = _FOLDED[type(node.op)](left, right)
    except (ArithmeticError, ValueError):
        return None
    return number(value) if isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e15 else None


def _neutral(node: ast.BinOp) -> ast.expr | None:
    """The operand that alone is the result."""
    left, right = value_of(node.left), value_of(node.right)
    match node.op:
        case ast.Add() if right == 0:
            return node.left
        case ast.Add() if left == 0:
            return node.right
        case ast.Sub() if right == 0:
            return node.left
        case ast.Mult() | ast.Div() | ast.Pow() if right == 1:
            return node.left
        case ast.Mult() if left == 1:
            return node.right
        case _:
            return None


def _signed(node: ast.BinOp) -> ast.BinOp:
    """`a + -b` is `a - b`, and `a - -b` is `a + b`."""
    match node.right:
        case ast.UnaryOp(op=ast.USub(), operand=inner) if type(node.op) in _OPPOSITE:
            return ast.BinOp(node.left, _OPPOSITE[type(node.op)](), inner)
        case _:
            return node


def _merged(node: ast.BinOp) -> ast.expr:
    """`x * 2 * 3` is `x * 6`, `x + 2 - 3` is `x - 1`."""
    outer, inner = value_of(node.right), node.left
    if outer is None or not isinstance(inner, ast.BinOp) or (first := value_of(inner.right)) is None:
        return node
    match inner.op, node.op:
        case ast.Mult(), ast.Mult():
            return ast.BinOp(inner.left, ast.Mult(), number(first * outer))
        case ((ast.Add() | ast.Sub()), (ast.Add() | ast.Sub())):
            total = _sign(inner.op) * first + _sign(node.op) * outer
            return ast.BinOp(inner.left, ast.Add() if total >= 0 else ast.Sub(), number(abs(total)))
        case _:
            return node


def _sign(op: ast.operator) -> int:
    return 1 if isinstance(op, ast.Add) else -1
