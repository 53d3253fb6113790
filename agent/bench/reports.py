"""Benchmark runs from the store to whoever wants to see them: reported, compared, scored again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...datasets.catalog import manifests
from ...datasets.items import Item
from ...datasets.library import Library
from ...errors import UsageError
from ...evaluators.answers import RULES, previous, relaxation, zero
from ..settings import Settings
from ..store import Store
from .records import Record
from .runner import attempts, given_to, relaxations, taken
from .sampling import labelled
from .scoring import ScoredItem, Trivial, tried
from .stats import Share, share
from .view import Comparison, Published, RunView, compare, percent, view

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .report.page import Calls

Form = Literal["json", "markdown"]


def shown(settings: Settings, run: str, release: str | None) -> RenderableType:
    from .report.terminal import terminal

    return terminal(scored(settings, run, release))


def text(settings: Settings, runs: Sequence[str], release: str | None, form: Form) -> str:
    """One run, or several: these are a list in JSON."""
    from .report.markdown import markdown

    found = (scored(settings, run, release) for run in runs)
    if form == "markdown":
        return "\n".join(map(markdown, found))
    whole = [each.model_dump_json(indent=2) for each in found]
    return whole[0] if len(whole) == 1 else f"[{', '.join(whole)}]"


def page(settings: Settings, run: str, release: str | None) -> Path:
    """Writes `RUN.html` into the working folder; where it lies."""
    from .report.page import page

    with closing(Store.of(settings)) as store:
        found, items = _with_items(settings, store, run, release)
        return _written(
            Path(f"{run}.html"),
            page(found, items, attempts(store, run), _calls(store, run)),
        )


def compared(settings: Settings, first: str, second: str, release: str | None) -> RenderableType:
    from .report.terminal import comparison

    return comparison(_comparison(settings, first, second, release))


def comparison_text(settings: Settings, first: str, second: str, release: str | None, form: Form) -> str:
    from .report.markdown import comparison

    found = _comparison(settings, first, second, release)
    return found.model_dump_json(indent=2) if form == "json" else comparison(found)


def comparison_page(settings: Settings, first: str, second: str, release: str | None) -> Path:
    """Writes `RUN_A-RUN_B.html` into the working folder; where it lies."""
    from .report.page import comparison

    _two(first, second)
    with closing(Store.of(settings)) as store:
        (one, items), (other, more) = (_with_items(settings, store, run, release) for run in (first, second))
        calls = _calls(store, first), _calls(store, second)
        made = attempts(store, first), attempts(store, second)
        text = comparison(compare(one, other), (*items, *more), *made, calls)
    return _written(Path(f"{first}-{second}.html"), text)


def _published(library: Library, name: str, items: Sequence[Item]) -> Published:
    """Since when a set is public, and which other sets that are here hold near-duplicates of the run's items of it."""
    mine = [item.cluster for item in items if item.set == name]
    others = {other: {item.cluster for item in library.items(other)} for other in library.names() if other != name}
    near = {other: sum(cluster in held for cluster in mine) for other, held in others.items()}
    when = manifests()[name].published if name in manifests() else ""
    return Published(when=when, overlaps={other: count for other, count in near.items() if count})


def _calls(store: Store, run: str) -> Calls:
    return lambda attempt: store.calls(run, attempt.part)


class Changed(Record):
    """An item that a rule judges otherwise than our own."""

    set: str
    item: str
    right: bool
    """Under the rule."""


class Rescored(Record):
    """A run under one rule."""

    rule: str
    source: str
    share: Share
    default: Share
    """The same answers under our own rule."""
    changed: tuple[Changed, ...]
    """Items that our own rule judges otherwise."""


def rescored(settings: Settings, run: str, rules: Sequence[str], release: str | None) -> tuple[Rescored, ...]:
    """A run's first attempts under each of `rules`, or all. Raises UsageError where there is no such rule."""
    for name in rules:
        if name not in RULES:
            raise UsageError(f"no rule is named {name!r}; there are {', '.join(RULES)}")
    items = tried(scored(settings, run, release).items)
    return tuple(_rescored(items, name) for name in rules or RULES)


def _rescored(items: Sequence[ScoredItem], rule: str) -> Rescored:
    return Rescored(
        rule=rule,
        source=RULES[rule].source,
        share=share(sum(item.right(rule) for item in items), len(items)),
        default=share(sum(item.right() for item in items), len(items)),
        changed=tuple(
            Changed(set=item.set, item=item.item, right=item.right(rule))
            for item in items
            if item.right(rule) != item.right()
        ),
    )


def rescored_table(found: Sequence[Rescored]) -> RenderableType:
    from rich.console import Group

    from ..render import terminal_section
    from ..sections import Section, grid

    rows = [(each.rule, percent(each.share), _moved(each), each.source) for each in found]
    parts = [Section(title="Rules", blocks=(grid("", ("rule", "accuracy", "against optwright", "source"), rows),))]
    for each in (only for only in found if len(found) == 1 and only.changed):
        changed = [(f"{c.set}/{c.item}", "right" if c.right else "wrong") for c in each.changed]
        parts.append(
            Section(title=f"Judged otherwise by {each.rule}", blocks=(grid("", ("item", "there"), changed, cap=200),))
        )
    return Group(*(line for part in parts for line in terminal_section(part)))


def _moved(rescored: Rescored) -> str:
    better = sum(change.right for change in rescored.changed)
    return f"{better} won, {len(rescored.changed) - better} lost" if rescored.changed else "the same"


def _comparison(settings: Settings, first: str, second: str, release: str | None) -> Comparison:
    _two(first, second)
    return compare(scored(settings, first, release), scored(settings, second, release))


def _two(first: str, second: str) -> None:
    if first == second:
        raise UsageError(f"{first} cannot be compared with itself; for a second run see `optwright runs list`")


def scored(settings: Settings, run: str, release: str | None = None) -> RunView:
    """A run, scored by the labels of `release`, or the first label of each item.

    Raises UsageError where there is no such run, or a set is not what it was when the run began.
    """
    with closing(Store.of(settings)) as store:
        return _with_items(settings, store, run, release)[0]


def _with_items(settings: Settings, store: Store, run: str, release: str | None) -> tuple[RunView, tuple[Item, ...]]:
    record, given = store.run(run), given_to(store, run)
    library = Library(settings.home)
    items = labelled(taken(library, given, run), release)
    here = {(item.set, item.id) for item in items}
    made = (attempt for attempt in attempts(store, run) if (attempt.set, attempt.item) in here)
    optima = relaxations(store, run)
    trivial: Trivial = {
        "prints 0": zero,
        "LP relaxation": lambda item: relaxation(optima.get((item.set, item.id))),
        "another release": previous,
    }
    known = {each.name: _published(library, each.name, items) for each in given.sets}
    scored = view(given, run, record.created, record.status, items, made, trivial=trivial, published=known)
    return scored, items


def _written(file: Path, text: str) -> Path:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; run it in a folder that can be written") from None
    return file.resolve()
