"""The tab *Program*: the Python source, and what the last change did to it."""

from __future__ import annotations

from ...pages import visible
from .elements import el
from .shown import Shown

_LONGEST = 200_000


def build(found: Shown) -> None:
    if not found.program:
        el("p", "There is no program yet.", "quiet")
        return
    if found.diff:
        el("h3", "What the last change did")
        difference(found.diff)
        el("h3", "The program")
    elif found.version and found.version.parent:
        el("p", "The last change was one of data: the program is the same.", "quiet")
    with el("div", cls="scroll code", tabindex="0", role="group", aria_label="Source of the program"):
        el("pre", visible(found.program[:_LONGEST]))


def difference(diff: str) -> None:
    """A unified diff, a line each; signs say what colours do."""
    with (
        el("div", cls="scroll code", tabindex="0", role="group", aria_label="Difference of the programs"),
        el("div", cls="diff"),
    ):
        for line in visible(diff).splitlines():
            if not line.startswith(("+++", "---")):
                el("div", line or " ", {"+": "added", "-": "taken", "@": "quiet"}.get(line[:1], ""))
