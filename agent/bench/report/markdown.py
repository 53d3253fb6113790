"""A run, or two beside each other, as GitHub-flavored Markdown: figures only, no text of any set."""

from __future__ import annotations

from collections.abc import Iterable

from ...render import inline_markdown
from ...render import markdown as section_markdown
from ...sections import Section
from ..view import Comparison, RunView, headline
from .sections import compared, difference, named, sections, title


def markdown(view: RunView) -> str:
    return _whole(f"{title(view.given)}, run {view.id}", headline(view), sections(view))


def comparison(found: Comparison) -> str:
    return _whole(f"{named(found.first)} · {named(found.second)}", difference(found), compared(found))


def _whole(title: str, headline: str, parts: Iterable[Section]) -> str:
    head = f"# {inline_markdown(title)}\n\n**{inline_markdown(headline)}**\n"
    return "\n".join([head, *(section_markdown(each) for each in parts)])
