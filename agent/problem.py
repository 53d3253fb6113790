"""The problem that a user names on the command line: its text, a file that holds it, or `-` for standard input."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ..errors import ProblemError

_LARGEST_FILE = 4_000_000
"""Bytes that are read at all; the engine then says how long a problem may be."""
_FRONT_MATTER = re.compile(r"\A---\r?\n.*?^---\r?\n", re.DOTALL | re.MULTILINE)
"""A Markdown file's metadata: about the problem (its known answer, say), not part of it."""


def read_problem(argument: str) -> str:
    """The text behind `argument`.

    Raises ProblemError where it names a file that is missing, too large, or not UTF-8 text.
    """
    if argument == "-":
        return _decoded(sys.stdin.buffer.read(_LARGEST_FILE), "standard input")
    path = _existing(argument)
    if path is not None:
        return _FRONT_MATTER.sub("", _decoded(_bytes(path), str(path)))
    if re.fullmatch(r"\S+\.(md|txt|markdown|text|rst)", argument, re.IGNORECASE):
        raise ProblemError(f"no file {argument}: give the path of an existing file, or the problem's text in quotes")
    return argument


def _existing(argument: str) -> Path | None:
    if not argument.strip():
        return None  # Path("") would be the working directory
    try:
        return Path(argument) if Path(argument).exists() else None
    except (OSError, ValueError):  # too long for a path, or with a character that no path has: it is the text itself
        return None


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise ProblemError(f"{path} is a folder: give the path of a text file, or the problem's text in quotes")
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise ProblemError(f"{path} has {size:,} bytes, too long for a problem: put its numbers into --data files")
        return path.read_bytes()
    except OSError as error:
        raise ProblemError(f"cannot read {path}: {error.strerror}; give a file that can be read") from None


def _decoded(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"byte {error.start:,}"
        raise ProblemError(
            f"{source} is not UTF-8 text ({place}): save it as UTF-8, or give tables with --data"
        ) from None
