"""A run, or two beside each other, on a terminal: for a `rich` console of any width, with or without color."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...render import terminal_section
from ...sections import Section, one_line
from ..view import Comparison, RunView, headline
from .sections import compared, difference, named, sections, title

if TYPE_CHECKING:
    from rich.console import RenderableType


def terminal(view: RunView) -> RenderableType:
    """What `bench report` prints."""
    return _whole(f"{title(view.given)} · run {view.id} · {view.status}", headline(view), sections(view))


def comparison(found: Comparison) -> RenderableType:
    """What `bench compare` prints."""
    return _whole(f"{named(found.first)} · {named(found.second)}", difference(found), compared(found))


def _whole(title: str, headline: str, parts: Iterable[Section]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    lines: list[RenderableType] = [Text(one_line(title), style="dim"), Text(one_line(headline), style="bold")]
    for section in parts:
        lines += [Text(""), *terminal_section(section)]
    return Group(*lines)
