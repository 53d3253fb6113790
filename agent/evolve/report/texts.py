"""Programs and other words that a model wrote, made fit to be looked at."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Mark = Literal["+", "-", " ", "@"]
Pieces = tuple[tuple[str, bool], ...]
"""Of one line: (text, whether it is what changed within the line)."""
_LINES = 3000
"""Longer programs are not compared: difflib's time grows with the square."""
_PIECES = re.compile(r"[\w.]+|\s+|.")
_LONG = 400
"""Characters in the longest line within which changed words are looked for."""


@dataclass(frozen=True)
class DiffLine:
    """A line of a unified diff."""

    mark: Mark
    """`+` added, `-` taken away, a space for neither, `@` where a hunk begins."""
    pieces: Pieces

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


def diff(old: str, new: str) -> tuple[DiffLine, ...] | None:
    """From old to new, with three lines around each change; empty where they are equal, None where too long."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > _LINES:
        return None
    raw = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
    return tuple(_refined([(line[:1], line if line.startswith("@") else line[1:]) for line in raw]))


def _refined(lines: list[tuple[str, str]]) -> Iterator[DiffLine]:
    """Where lines give way to as many others, what changed within each is told."""
    for block in re.finditer(r"(-+)(\++)|.", "".join(mark for mark, _ in lines)):
        texts = [text for _, text in lines[block.start() : block.end()]]
        count = len(block[1] or "")
        if count and count == len(block[2]):
            pairs = [_pair(old, new) for old, new in zip(texts[:count], texts[count:], strict=True)]
            yield from (DiffLine("-", old) for old, _ in pairs)
            yield from (DiffLine("+", new) for _, new in pairs)
        else:
            yield from (DiffLine(mark, ((text, False),)) for mark, text in zip(block[0], texts, strict=True))  # pyright: ignore[reportArgumentType]


def _pair(old: str, new: str) -> tuple[Pieces, Pieces]:
    if max(len(old), len(new)) > _LONG:
        return ((old, False),), ((new, False),)
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    gone = tuple(("".join(before[i:j]), tag != "equal") for tag, i, j, _, _ in steps if i < j)
    come = tuple(("".join(after[i:j]), tag != "equal") for tag, _, _, i, j in steps if i < j)
    return gone, come
