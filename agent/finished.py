"""A finished run with everything at hand to ask it more: its solution, its data, and how it was solved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..datasets.tables import Table, Value, read_data
from ..errors import DataError, UsageError
from ..evaluators.verdict import Verdict
from .engine import Given
from .formulate.formulation import Formulation
from .formulate.nodes import Data, bind
from .solution import Solution
from .store import Store


@dataclass(frozen=True)
class Finished:
    """A run that came to a model and a verdict on it."""

    solution: Solution
    formulation: Formulation
    verdict: Verdict
    files: tuple[Table | Value, ...]
    data: Data
    """What the program was run with; not to be changed."""


def solution_of(store: Store, run: str) -> Solution:
    """What a run came to. Raises UsageError where there is no such run, or it is no finished run of `solve`."""
    found = store.run(run)
    if found.kind != "solve":
        raise UsageError(f"run {run} is a run of {found.kind}, which has no solution: name a run of solve")
    if found.result is None:
        raise UsageError(f"run {run} is not finished: go on with it (optwright solve --resume {run}) and ask again")
    return Solution.model_validate_json(found.result)


async def load(store: Store, run: str) -> Finished:
    """The run with its data files read again.

    Raises UsageError where there is no such run or it has no model to ask, and DataError where a data file is gone or
    was written to since: the run's answer would be compared with that of other data.
    """
    solution = solution_of(store, run)
    verdict, formulation = solution.verdict, solution.formulation
    if formulation is None or verdict is None or verdict.status == "failed":
        raise UsageError(f"run {run} has no model to ask ({solution.status}: {solution.error}); solve it anew")
    record = store.run(run)
    paths = Given.model_validate_json(record.settings).data
    _unchanged(run, paths, record.created)
    files = await asyncio.to_thread(read_data, paths)
    return Finished(solution, formulation, verdict, files, bind(formulation, files))


def _unchanged(run: str, paths: Sequence[Path], since: datetime) -> None:
    for path in paths:
        if path.exists() and path.stat().st_mtime > since.timestamp():
            raise DataError(f"{path.name} was written to after run {run} had read it: solve the problem again")
