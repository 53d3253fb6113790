"""From a model's reply to a candidate: its thought, and the one program or solution that it holds."""

from __future__ import annotations

import ast
import json
import re

from ..edits import EditError, apply_edits, fenced

_THOUGHT = re.compile(
    r"^\W{0,3}thought\W{0,3}[:\s]\s*(.+?)(?=\n\s*\n|\n\s*```|\n<{5}|\Z)", re.IGNORECASE | re.DOTALL | re.MULTILINE
)
_LONGEST_THOUGHT = 1_000


class NoCode(ValueError):
    """The reply holds no candidate; the message says why, for the user and for the next prompt."""


def thought(reply: str) -> str:
    """The words after `Thought:`, or else those before the first code."""
    found = _THOUGHT.search(reply)
    words = found[1] if found else re.split(r"```|<{5}", reply, maxsplit=1)[0]
    return " ".join(words.split())[:_LONGEST_THOUGHT]


def program(reply: str, function: str) -> str:
    """The one fenced program that defines `function`. Raises NoCode."""
    blocks = fenced(reply)
    if not blocks:
        raise NoCode("the reply is prose: there is no code block in it")
    defining = [block for block in blocks if re.search(rf"^def {function}\b", block, re.MULTILINE)]
    if len(set(defining)) > 1 and len({_bare(block) for block in defining}) > 1:
        raise NoCode(
            f"the reply has {len(defining)} different code blocks that define {function!r}; it should have one"
        )
    if not defining:
        others = re.findall(r"^def (\w+)", "\n".join(blocks), re.MULTILINE)
        raise NoCode(f"no code block defines {function!r}, but {', '.join(others) or 'nothing'}")
    return defining[0].strip() + "\n"


def edited(parent: str, reply: str, function: str) -> str:
    """The parent after the reply's search/replace blocks. Raises NoCode."""
    try:
        return apply_edits(parent, reply, function)
    except EditError as error:
        raise NoCode(str(error)) from None


def solution(reply: str) -> str:
    """The JSON value of the reply's last block, or of its last line, as text. Raises NoCode."""
    blocks = fenced(reply, "json|python|text") or reply.strip().splitlines()[-1:]
    try:
        return json.dumps(json.loads(blocks[-1]))
    except (ValueError, RecursionError, IndexError) as error:
        raise NoCode(f"the reply ends with no JSON value: {error}") from None


def _bare(block: str) -> str:
    try:
        return ast.dump(ast.parse(block))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return block
