"""What can be read off a program without running it: the axes of a MAP-Elites archive."""

from __future__ import annotations

import ast

NAMES = ("size", "branches", "constants", "calls", "loops")


def features(text: str) -> dict[str, int]:
    """Counts over the syntax tree, by name of `NAMES`; all 0 for a text that is no Python, but `size`: its words."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {**dict.fromkeys(NAMES, 0), "size": len(text.split())}
    return {
        "size": len(nodes),
        "branches": sum(isinstance(node, ast.If | ast.IfExp) or _named(node, "where") for node in nodes),
        "constants": sum(isinstance(node, ast.Constant) and isinstance(node.value, int | float) for node in nodes),
        "calls": sum(isinstance(node, ast.Call) for node in nodes),
        "loops": sum(isinstance(node, ast.For | ast.While | ast.comprehension) for node in nodes),
    }


def _named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
