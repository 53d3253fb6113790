"""Code out of replies, and search/replace edits into programs."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FENCE = re.compile(r"^[ \t]*```[ \t]*(\w*)[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_EDIT = re.compile(r"^<{5,9} ?SEARCH[ \t]*\n(.*?)^={5,9}[ \t]*\n(.*?)^>{5,9} ?REPLACE", re.DOTALL | re.MULTILINE)


class EditError(ValueError):
    """The edits of a reply cannot be applied; the message says which and why, for the next prompt."""


def fenced(reply: str, language: str = "python|py") -> list[str]:
    """The fenced blocks of that language (a regular expression) or of none, without their fences."""
    return [block for name, block in _FENCE.findall(_clean(reply)) if re.fullmatch(f"(?:{language})?", name, re.I)]


def _clean(reply: str) -> str:
    return _THINKING.sub("", reply).replace("\r\n", "\n")


def extract_code(reply: str) -> str | None:
    """The program in a reply: its longest fenced block, or the bare reply where it is code itself; else None."""
    blocks = [block for block in fenced(reply) if "def " in block]
    if blocks:
        return max(blocks, key=len).strip() + "\n"
    # A fence that was opened and, cut off, never closed, is no reason to lose the code.
    bare = re.sub(r"\A\s*```[ \t]*\w*[ \t]*\n", "", _clean(reply))
    return bare.strip() + "\n" if re.match(r"\s*(import|from|def|#|\"\"\")", bare) and "def " in bare else None


def apply_edits(program: str, reply: str, function: str = "build_model") -> str:
    """`program` after the SEARCH/REPLACE blocks of `reply`, in order.

    A SEARCH that does not stand there to the letter is matched again without regard to indentation
    and trailing space. A reply that holds the whole program (with `function` in it) instead of edits is taken as one.

    Raises EditError where there is no edit, or one matches nowhere or more than once.
    """
    edits = _EDIT.findall(_clean(reply))
    if not edits:
        if (whole := extract_code(reply)) and f"def {function}" in whole:
            return whole
        raise EditError("the reply held no edit: no SEARCH/REPLACE block was found in it")
    return apply_each(program, edits)


def apply_each(program: str, edits: Iterable[tuple[str, str]]) -> str:
    """`program` after (search, replace) pairs, in order, as `apply_edits` takes them. Raises EditError."""
    for search, replace in edits:
        program = _apply(program, search, replace)
    return program


def _apply(program: str, search: str, replace: str) -> str:
    if not search.strip():
        raise EditError("an edit has an empty SEARCH part")
    # Only whole lines: a match in the middle of a line would cut a program in two.
    if len(found := [m.start() for m in re.finditer("^" + re.escape(search), program, re.MULTILINE)]) == 1:
        return program[: found[0]] + replace + program[found[0] + len(search) :]
    return _apply_loosely(program, search, replace)


def _apply_loosely(program: str, search: str, replace: str) -> str:
    lines, wanted = program.splitlines(), _bare(search)
    bare = [line.strip() for line in lines]
    starts = [i for i in range(len(lines) - len(wanted) + 1) if bare[i : i + len(wanted)] == wanted]
    if len(starts) != 1:
        times = "nowhere" if not starts else f"{len(starts)} times"
        raise EditError(f"the SEARCH part that begins `{wanted[0]}` stands in the program {times}, not once")
    start = starts[0]
    shift = _indent(lines[start]) - _indent(next(line for line in search.splitlines() if line.strip()))
    return "\n".join([*lines[:start], *_shift(replace, shift), *lines[start + len(wanted) :]]) + "\n"


def _bare(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shift(text: str, by: int) -> list[str]:
    return [" " * max(0, _indent(line) + by) + line.lstrip(" ") if line.strip() else "" for line in text.splitlines()]
