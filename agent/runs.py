"""Runs of every kind, from the store to whoever wants to see them: listed, shown, exported, compared."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from .evolve import run as evolution
from .settings import Settings
from .solution import Solution
from .store import Run, Store

if TYPE_CHECKING:
    from rich.console import RenderableType

BENCH = "bench"
"""The kind of benchmark runs; what shows them is imported where it is needed."""


def listing(settings: Settings, kind: str | None = None) -> RenderableType:
    """All runs, or those of one kind, the newest first."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    with _store(settings) as store:
        runs = store.runs(kind)
    if not runs:
        return Text(f"no runs{f' of {kind}' if kind else ''} yet in {settings.home}")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for column in ("run", "kind", "begun", "status", "title"):
        table.add_column(column, overflow="fold" if column == "title" else "ellipsis", no_wrap=column != "title")
    for run in runs:
        begun = run.created.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(*map(Text, (run.id, run.kind, begun, run.status, run.title)))
    return table


def shown(settings: Settings, run: str) -> RenderableType:
    """One run for a terminal."""
    with _store(settings) as store:
        record = store.run(run)
        if record.kind == evolution.KIND:
            from .evolve.report.terminal import terminal

            return terminal(evolution.view(store, run))
    if record.kind == BENCH:
        from .bench import reports

        return reports.shown(settings, run, None)
    from .render import terminal as rendered

    return rendered(_solution(record))


def as_json(settings: Settings, run: str) -> str:
    with _store(settings) as store:
        record = store.run(run)
        if record.kind == evolution.KIND:
            return evolution.view(store, run).model_dump_json(indent=2)
    if record.kind == BENCH:
        from .bench import reports

        return reports.text(settings, [run], None, "json")
    return _solution(record).model_dump_json(indent=2)


def page(settings: Settings, run: str) -> Path:
    """Writes `RUN.html` into the working folder; where it lies."""
    from .evolve.report.page import page

    with _store(settings) as store:
        if store.run(run).kind == BENCH:
            from .bench import reports

            return reports.page(settings, run, None)
        text = page(evolution.view(store, run))
    return _written(Path(f"{run}.html"), text)


def export(settings: Settings, run: str, file: Path) -> Path:
    """Writes the champion's text, where there is none yet the best one's; where it lies."""
    with _store(settings) as store:
        view = evolution.view(store, run)
    if view.best is None:
        raise UsageError(f"run {run} has no candidate with a score; see `optwright runs show {run}`")
    return _written(file, view.best.text)


def compared(settings: Settings, runs: Sequence[str]) -> RenderableType:
    """Runs of one task side by side."""
    from .evolve.report.terminal import compare

    with _store(settings) as store:
        return compare([evolution.view(store, run) for run in runs])


@contextlib.contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(Store.of(settings)) as store:
        yield store


def _solution(record: Run) -> Solution:
    if record.result is None:
        raise UsageError(f"run {record.id} is not finished; go on with: optwright solve --resume {record.id}")
    return Solution.model_validate_json(record.result)


def _written(file: Path, text: str) -> Path:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; name another file") from None
    return file.resolve()
