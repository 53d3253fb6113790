"""Rebuilding Pyomo expressions in another algebra: SCIP's, or plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyomo.core.expr.numvalue import native_types
from pyomo.core.expr.visitor import StreamBasedExpressionVisitor


class _Rewriter(StreamBasedExpressionVisitor):
    def __init__(self, leaf: Callable[[Any], Any], combine: Callable[[Any, list[Any]], Any]):
        super().__init__()
        self.leaf = leaf
        self.combine = combine

    def initializeWalker(self, expr: Any):
        return self.beforeChild(None, expr, 0)

    def beforeChild(self, node: Any, child: Any, child_idx: int):
        if child.__class__ in native_types:
            return False, child
        if not child.is_expression_type():
            return False, self.leaf(child) if child.is_variable_type() else child()
        return True, None

    def exitNode(self, node: Any, data: list[Any]):
        return self.combine(node, data)


def rewrite(expression: Any, leaf: Callable[[Any], Any], combine: Callable[[Any, list[Any]], Any]) -> Any:
    """Rebuild `expression` bottom up: `leaf(variable)` for its variables, `combine(node, parts)` for each operation.

    Constants and parameters are passed as numbers.
    """
    return _Rewriter(leaf, combine).walk_expression(expression)
