"""What sets there are, and what came of adding one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from ...datasets.catalog import Release
from ...datasets.library import Added, Library, SetState
from ..render import terminal_section
from ..sections import Grid, Items, Section, grid, items
from ..settings import Settings
from ..wording import plural

if TYPE_CHECKING:
    from rich.console import RenderableType

_NAMED = 12
"""Ids that a line names."""


def listing(settings: Settings) -> RenderableType:
    """Sets that are here stand first."""
    from rich.console import Group
    from rich.text import Text

    states = sorted(Library(settings.home).states(), key=lambda state: not state.items)
    parts = [_here(states), _releases(states), _known(states)]
    return Group(*[line for part in parts for line in (*terminal_section(part), Text(""))][:-1])


def as_json(settings: Settings) -> str:
    adapter = TypeAdapter(tuple[SetState, ...])
    return adapter.dump_json(Library(settings.home).states(), indent=2).decode()


def _here(states: Sequence[SetState]) -> Section:
    rows = [(s.manifest.name, f"{s.items:,}", s.manifest.published, s.manifest.title) for s in states]
    return Section(title="Sets", blocks=(_all(("set", "items here", "published", "what it is"), rows),))


def _releases(states: Sequence[SetState]) -> Section:
    rows = [
        (
            state.manifest.name if at == 0 else "",
            each.release.name,
            f"{each.here:,} of {each.release.count:,}" if each.release.count else f"{each.here:,}",
            each.release.licence,
            _where(each.release),
        )
        for state in states
        for at, each in enumerate(state.releases)
    ]
    note = "Add one: optwright bench add SET PATH; where a * stands, PATH may be --download --release RELEASE."
    columns = ("set", "release", "items here", "licence", "from")
    return Section(title="Releases: whose labels", blocks=(_all(columns, rows, note),))


def _where(release: Release) -> str:
    """Short, so that a line holds it; a star where it can be fetched."""
    short = release.where.removeprefix("https://github.com/").replace("https://huggingface.co/datasets/", "HF ")
    return f"{short} *" if release.url else short


def _known(states: Sequence[SetState]) -> Section:
    notes = [f"{state.manifest.name}: {note}" for state in states for note in state.manifest.notes]
    return Section(title="Before you believe a number", blocks=(Items(items=tuple(notes), mark="!", tone="warn"),))


def _all(columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> Grid:
    every = list(rows)
    return grid("", columns, every, cap=len(every), note=note)


def added(settings: Settings, name: str, path: Path | None, release: str | None) -> RenderableType:
    """Adds a release, from a file or from where it is published, and tells what came of it."""
    from rich.console import Group

    library = Library(settings.home)
    found = library.download(name, release) if path is None else library.add(name, path, release)
    section = Section(title=f"{found.set}: release {found.release}", blocks=(items(_told(found)),))
    return Group(*terminal_section(section))


def _told(found: Added) -> Iterable[str]:
    yield f"{plural(found.items, 'item')}; sha256 {found.sha256[:16]}"
    if found.blank:
        yield f"{plural(found.blank, 'row')} without text and answer left out"
    if found.unreadable:
        yield f"{plural(found.unreadable, 'item')} without an answer that can be read: run, but not scored"
    if found.known:
        differ = f"; {len(found.disagreeing):,} have labels that disagree: {_some(found.disagreeing)}"
        yield f"{plural(found.known, 'text')} known from another release" + (differ if found.disagreeing else "")
    for other, count in sorted(found.near.items()):
        yield f"{plural(count, 'item')} with a near-duplicate in {other}"


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
