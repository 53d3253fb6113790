"""`optwright evolve check` and `evolve tasks`, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...evaluators.check import Finding, check
from ...evaluators.evaluation import preload
from ...evaluators.task import load, names
from ..pools import sandbox
from ..settings import Settings
from .strategies import STRATEGIES

if TYPE_CHECKING:
    from rich.console import RenderableType


async def examine(settings: Settings, task: str) -> tuple[Finding, ...]:
    """What the checks find. Raises TaskError where there is no task to check."""
    found = load(task)
    async with sandbox(settings, preload(found)) as pool:
        return await check(pool, found)


def table(findings: Sequence[Finding]) -> RenderableType:
    """For a `rich` console."""
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "warning": "yellow", "failed": "red"}
    grid = Table.grid(padding=(0, 2))
    for finding in findings:
        grid.add_row(Text(finding.name), Text(finding.state, style=styles[finding.state]), Text(finding.detail))
    return grid


def listing() -> RenderableType:
    """The shipped tasks by name, with the first sentence of each; and the strategies."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    tasks, strategies = Table.grid(padding=(0, 2)), Table.grid(padding=(0, 2))
    for name in names():
        task = load(name)
        tasks.add_row(Text(name, style="bold"), Text(task.direction), Text(_first_sentence(task.words)))
    for row in STRATEGIES.values():
        strategies.add_row(Text(row.name, style="bold"), Text(row.archive), Text(", ".join(row.operators)))
    return Group(Text("tasks", style="dim"), tasks, Text(""), Text("strategies", style="dim"), strategies)


def _first_sentence(words: str) -> str:
    return " ".join(words.split()).partition(". ")[0].rstrip(".:")
