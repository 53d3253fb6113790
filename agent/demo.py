"""`optwright demo`: the bundled problems through the real platform, with a recorded model in place of a live one."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from ..datasets.bundled import BundledProblem, problems
from .engine import Engine
from .llm.wiring import BUNDLED
from .settings import Settings
from .solution import Solution
from .wording import number, plural

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .console import Progress

NOTICE = (
    "The language model's completions were recorded earlier. Everything else just happened here: "
    "the programs ran in the sandbox, the solvers solved, every check was made."
)
_CLOSE = 1e-4
"""Relative difference at which an objective still counts as the expected one."""


class Play(BaseModel):
    """One bundled problem, and what came of it."""

    model_config = ConfigDict(frozen=True)

    problem: BundledProblem
    solution: Solution
    seconds: float

    @property
    def as_expected(self) -> bool:
        wanted, got = self.problem.expected_objective, self.solution.objective
        if self.solution.status != self.problem.expected_status:
            return False
        return wanted is None or (got is not None and math.isclose(got, wanted, rel_tol=_CLOSE, abs_tol=_CLOSE))

    @property
    def remarks(self) -> str:
        """Repairs that changed the program, and the kinds of flags."""
        changes = sum(repair.status != "kept" for repair in self.solution.repairs)
        repairs = [plural(changes, "repair")] if changes else []
        return ", ".join([*repairs, *dict.fromkeys(flag.kind for flag in self.solution.flags)])


async def play(progress: Progress) -> list[Play]:
    """Solves every problem that is marked for the demo, in a state folder of its own that is gone afterwards.

    Raises RecordingMissingError where a recording does not match its prompt any more, SandboxError.
    """
    chosen = [problem for problem in problems() if problem.demo]
    with tempfile.TemporaryDirectory(prefix="optwright-demo-") as home:
        recorded = {"model": "replay", "cassette": BUNDLED, "cassette_mode": "replay"}
        settings = Settings.load(**recorded, effort="standard", temperature=0.0, home=Path(home))
        settings = settings.model_copy(update={"store": None})  # the user's own is no place for a demo either
        async with Engine(settings) as engine:
            plays = []
            for at, problem in enumerate(chosen, 1):
                progress.doing(f"{at}/{len(chosen)}  {problem.title}")
                plays.append(await _play(engine, problem))
                progress.done(f"{at}/{len(chosen)}", problem.title, plays[-1].seconds)
            return plays


async def _play(engine: Engine, problem: BundledProblem) -> Play:
    begun = time.monotonic()
    solution = await engine.solve(problem.text, problem.data)
    return Play(problem=problem, solution=solution, seconds=time.monotonic() - begun)


def report(plays: Sequence[Play]) -> RenderableType:
    """The table, and in a line each what was recorded and what was real, for a `rich` console."""
    from rich.console import Group
    from rich.text import Text

    unexpected = [play for play in plays if not play.as_expected]
    right = len(plays) - len(unexpected)
    verdict = f"{right} of {plural(len(plays), 'problem')} came out as expected"
    total = f"{sum(play.seconds for play in plays):.1f} s"
    lines = [Text(_difference(play), style="red") for play in unexpected]
    return Group(_table(plays), Text(""), *lines, Text(f"{verdict}, in {total}."), Text(NOTICE, style="bold"))


def _table(plays: Sequence[Play]) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for column in ("problem", "kind", "status", "objective", "repairs, flags", "seconds"):
        table.add_column(column, justify="right" if column in ("objective", "seconds") else "left", overflow="fold")
    for play in plays:
        objective = "" if play.solution.objective is None else number(play.solution.objective)
        status = Text(play.solution.status, style="green" if play.as_expected else "red")
        cells = (play.problem.title, play.problem.kind, status, objective, play.remarks, f"{play.seconds:.2f}")
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return table


def _difference(play: Play) -> str:
    problem, solution = play.problem, play.solution
    wanted = f"{problem.expected_status} {problem.expected_objective if problem.expected_objective is not None else ''}"
    got = f"{solution.status} {solution.objective if solution.objective is not None else solution.error}"
    return f"{problem.name}: expected {wanted.strip()}, got {got.strip()}"
