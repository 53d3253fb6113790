"""A candidate's program as text: whether it may run at all, and when two of them are the same."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache


@lru_cache(maxsize=256)  # a candidate's is asked for by each stage of its evaluation, and at its commit
def key(source: str) -> str:
    """The same for two programs that differ in comments, docstrings and layout alone; for other text, its own hash."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _hash(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:] or [ast.Pass()]
    return _hash(ast.dump(tree))


def flaw(source: str, function: str, imports: Sequence[str]) -> str:
    """Why a program is not worth running, in words for whoever wrote it; empty where it is.

    This is courtesy, not a wall: the sandbox holds whatever this lets through.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"the program cannot be parsed: {error}"
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if function not in defined:
        return f"it defines no function {function!r}, but {', '.join(defined) or 'none at all'}"
    for module in _imported(tree):
        if module.split(".")[0] not in imports and module not in imports:
            return f"it imports {module!r}; allowed are {', '.join(imports)}"
    return ""


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
