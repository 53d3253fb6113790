"""A run on a terminal, and runs beside each other: for a `rich` console of any width, with or without color.

Everything shown may have been written by a model, so nothing is ever taken for markup or for a terminal's escapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ....errors import UsageError
from ....evaluators.task import SPLITS, Split
from ...pages import visible
from ...render import terminal_section
from ...sections import Grid, Items, Section, grid, one_line
from ...wording import duration, plural, shorten
from ..records import Candidate
from .texts import diff
from .view import (
    RunView,
    commands,
    cost,
    figure,
    headline,
    mean_on,
    operators,
    outcomes,
    sense,
    standings,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

_LINES = 120
"""Lines of a program or of a difference that are shown."""
_NONE = figure(None)
_EACH = 10
"""Scores by instance that are told one by one."""
_STYLES = {"+": "green", "-": "red", "@": "dim", " ": ""}


def terminal(view: RunView) -> RenderableType:
    """What `runs show` prints."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(one_line(f"{view.given.task} · run {view.id} · {view.status}"), style="bold"),
        Text(f"{headline(view)} ({sense(view)})", style=f"bold {_tone(view)}"),
    ]
    parts += [Text(""), _summary(view)]
    for section in _sections(view):
        parts += [Text(""), *terminal_section(section)]
    if view.best:
        parts += [Text(""), *_program(view)]
    return Group(*parts)


def _tone(view: RunView) -> str:
    return ("green" if view.champion.verified else "red") if view.champion else "yellow"


def _sections(view: RunView) -> Iterable[Section]:
    if standings(view):
        yield Section(title="Scores by split", blocks=(_standings(view), *_disqualified(view)))
    if view.candidates:
        yield Section(title="Candidates", blocks=(_outcomes(view),))
    if operators(view):
        yield Section(title="Operators", blocks=(_operators(view),))


def _summary(view: RunView) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    totals, given = view.totals, view.given
    resume, export = commands(view)
    rows = [
        ("Strategy", f"{given.strategy}, seed {given.seed}"),
        ("Models", ", ".join(given.models) or "none"),
        ("Budget", given.budget or "none"),
        ("Started", f"{view.created:%Y-%m-%d %H:%M %Z}, took {duration(totals.seconds)}"),
        ("Candidates", f"{len(view.candidates):,}, {len(view.ranked):,} with a score"),
        ("Model calls", f"{totals.calls:,}, {totals.input_tokens:,} tokens in, {totals.output_tokens:,} out"),
        ("Cost", cost(totals)),
        ("Go on", resume),
        ("Take it away", export),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for words, value in rows:
        table.add_row(words, Text(one_line(value)))
    return table


def _standings(view: RunView) -> Grid:
    rows = [
        (
            each.split,
            figure(each.mean),
            ", ".join(f"{name} {figure(score)}" for name, score in each.baselines.items()) or _NONE,
            _scores(each.scores),
        )
        for each in standings(view)
    ]
    return grid("", ("split", "champion" if view.champion else "best", "compared with", "by instance"), rows)


def _scores(scores: Sequence[float]) -> str:
    more = f" … and {len(scores) - _EACH:,} more" if len(scores) > _EACH else ""
    return ", ".join(figure(score) for score in scores[:_EACH]) + more


def _disqualified(view: RunView) -> Iterable[Items]:
    if view.champion and view.champion.disqualified:
        lines = (f"#{at} disqualified: {shorten(why, 200)}" for at, why in view.champion.disqualified.items())
        yield Items(items=tuple(lines), mark="!", tone="warn")


def _outcomes(view: RunView) -> Grid:
    rows = [
        (each.status, f"{each.count:,}", f"{each.count / len(view.candidates):.0%}", _example(each.examples))
        for each in outcomes(view)
    ]
    return grid("", ("status", "count", "share", "such as"), rows, cap=len(rows))


def _example(examples: Sequence[Candidate]) -> str:
    return f"#{examples[0].number}: {shorten(examples[0].reason, 120)}" if examples else ""


def _operators(view: RunView) -> Grid:
    rows = []
    for row in operators(view):
        price = f"{row.tokens_per_improvement:,.0f}" if row.tokens_per_improvement else _NONE
        numbers = (row.tries, row.ok, row.improved, row.records, row.tokens)
        rows.append((shorten(row.name, 30), *(f"{each:,}" for each in numbers), price))
    columns = ("operator", "tries", "ok", "improved", "led", "tokens", "per improvement")
    return grid("", columns, rows, note="improved: better than every parent; led: the best when it came")


def _program(view: RunView) -> Iterable[RenderableType]:
    from rich.rule import Rule
    from rich.syntax import Syntax
    from rich.text import Text

    assert view.best
    lines = visible(view.best.text).splitlines()
    yield Rule(Text(f"Program of #{view.best.number}", style="bold"), align="left", style="dim")
    if view.best.thought:
        yield Text(shorten(visible(view.best.thought), 600), style="italic")
    lexer = "python" if view.given.kind == "code" else "json"
    yield Syntax("\n".join(lines[:_LINES]), lexer, theme="ansi_dark", background_color="default", word_wrap=True)
    if lines[_LINES:]:
        yield Text(f"… and {plural(len(lines) - _LINES, 'more line')}: {commands(view)[1]}", style="dim")


# Beside each other ----------------------------------------------------------------------------------------------------


def compare(views: Sequence[RunView]) -> RenderableType:
    """Runs of one task side by side, and how their best programs differ, each from the one before.

    Raises UsageError where there are fewer than two, or they are not of the same task.
    """
    from rich.console import Group
    from rich.text import Text

    _comparable(views)
    parts: list[RenderableType] = [
        Text(one_line(f"{views[0].given.task}: {plural(len(views), 'run')}, {sense(views[0])}"), style="bold"),
        *terminal_section(Section(title="Side by side", blocks=(_side_by_side(views),))),
    ]
    for one, other in pairwise(views):
        parts += [Text(""), *_difference(one, other)]
    return Group(*parts)


def _comparable(views: Sequence[RunView]) -> None:
    if len(views) < 2:
        raise UsageError(f"{plural(len(views), 'run')} to compare; name at least two of the same task")
    first = views[0]
    for other in views[1:]:
        if other.given.source != first.given.source:
            how = "a changed version of it" if other.given.task == first.given.task else other.given.task
            raise UsageError(
                f"run {first.id} is of {first.given.task}, and run {other.id} of {how}: "
                "their scores cannot be compared; name runs of the same task"
            )


def _side_by_side(views: Sequence[RunView]) -> Grid:
    rows = [(words, *(tell(view) for view in views)) for words, tell in _ROWS]
    return Grid(columns=("", *(view.id for view in views)), rows=tuple(row for row in rows if set(row[1:]) != {_NONE}))


def _on(split: Split) -> Callable[[RunView], str]:
    def tell(view: RunView) -> str:
        return figure(mean_on(view, split))

    return tell


def _verified(view: RunView) -> str:
    return ("yes" if view.champion.verified else "NO") if view.champion else "not held out"


_ROWS: tuple[tuple[str, Callable[[RunView], str]], ...] = (
    ("status", lambda view: view.status),
    ("strategy", lambda view: view.given.strategy),
    ("models", lambda view: ", ".join(view.given.models) or "none"),
    ("seed", lambda view: str(view.given.seed)),
    ("budget", lambda view: view.given.budget or "none"),
    ("best", lambda view: f"#{view.best.number}" if view.best else _NONE),
    *((f"{split} score", _on(split)) for split in SPLITS),
    ("verified", _verified),
    ("candidates", lambda view: f"{len(view.candidates):,}"),
    ("with a score", lambda view: f"{len(view.ranked):,}"),
    ("model calls", lambda view: f"{view.totals.calls:,}"),
    ("tokens", lambda view: f"{view.totals.tokens:,}"),
    ("cost", lambda view: cost(view.totals)),
    ("time", lambda view: duration(view.totals.seconds)),
)


def _difference(one: RunView, other: RunView) -> Iterable[RenderableType]:
    from rich.rule import Rule
    from rich.text import Text

    if one.best is None or other.best is None:
        return
    title = f"From #{one.best.number} of {one.id} to #{other.best.number} of {other.id}"
    yield Rule(Text(title, style="bold"), align="left", style="dim")
    lines = diff(visible(one.best.text), visible(other.best.text))
    if lines is None:
        yield Text("The programs are too long to be compared here.")
    elif not lines:
        yield Text("They have the same text.")
    else:
        for line in lines[:_LINES]:
            yield Text(line.text if line.mark == "@" else f"{line.mark} {line.text}", style=_STYLES[line.mark])
        if lines[_LINES:]:
            yield Text(f"… and {plural(len(lines) - _LINES, 'more line')}", style="dim")
