"""Evaluating a candidate: solutions from the sandbox, scores from here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from ..sandbox.outcome import Limits, Outcome
from . import source
from .task import Infeasible, Instance, ScorerError, Solution, Task

if TYPE_CHECKING:
    from ..sandbox.contract import Sandbox

PRELOAD = ("numpy", "numpy.random", "optwright.evaluators.drive", "optwright.evaluators.task")
"""numpy imports its `random` when it is first used: without this, once in each candidate, for 15 ms."""
Failure = Literal["forbidden", "error", "timeout", "memory", "output", "crashed", "infeasible", "invalid"]
"""`forbidden`: not even run (no such function, an import that is not allowed). `infeasible`: the scorer says so.
`invalid`: the scorer cannot score what came back. The others are the sandbox's."""
FAILURES: tuple[Failure, ...] = get_args(Failure)
_SOLUTION_CHARACTERS = 1_000_000


class Evaluation(BaseModel):
    """What became of one candidate on some instances. A failed one has a reason and no scores."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    status: Literal["ok"] | Failure
    reason: str = ""
    """Why it failed, in words for whoever wrote the candidate."""
    scores: tuple[float, ...] = ()
    """One for each instance, in order."""
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def score(self) -> float | None:
        """The mean over instances; None for a failed candidate."""
        return sum(self.scores) / len(self.scores) if self.scores else None


@dataclass(frozen=True)
class Solved:
    """A candidate's solutions, one for each instance: data from somebody who may lie."""

    solutions: list[Solution]
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def preload(task: Task) -> tuple[str, ...]:
    """What a pool must preload to evaluate candidates of this task."""
    return (*PRELOAD, *task.preload)


def limits(task: Task) -> Limits:
    return Limits(seconds=task.seconds, memory_mb=task.memory_mb)


async def evaluate(pool: Sandbox, task: Task, text: str, instances: Sequence[Instance]) -> Evaluation:
    """Run a candidate on instances in the sandbox, then score each solution on this side.

    A bad candidate is an Evaluation that says so. Raises SandboxError where the sandbox itself is broken.
    """
    solved = await solve(pool, task, text, instances)
    if isinstance(solved, Evaluation):
        return solved
    return await asyncio.to_thread(_scored, task, instances, solved)


async def solve(pool: Sandbox, task: Task, text: str, instances: Sequence[Instance]) -> Solved | Evaluation:
    """A candidate's solutions, not scored yet; or why there are none."""
    if task.kind == "solution":
        return _proposed(text, len(instances))
    if why := source.flaw(text, task.function, task.imports):
        return Evaluation(status="forbidden", reason=why)
    args = [task.driver, task.function, list(instances)]
    outcome = await pool.run(text, "optwright.evaluators.drive:drive", args, limits(task))
    used: dict[str, Any] = {"seconds": outcome.seconds, "cpu_seconds": outcome.cpu_seconds}
    if outcome.status != "ok":
        status, reason = _failed(outcome, task)
        return Evaluation(status=status, reason=reason, **used)
    if not isinstance(outcome.value, list) or len(outcome.value) != len(instances):
        return Evaluation(status="crashed", reason="it tampered with its own evaluation", **used)
    return Solved(outcome.value, **used)


def _proposed(text: str, count: int) -> Solved | Evaluation:
    """A candidate that is a solution itself, the same for every instance."""
    if len(text) > _SOLUTION_CHARACTERS:
        return Evaluation(status="invalid", reason=f"it has {len(text)} characters, more than {_SOLUTION_CHARACTERS}")
    try:
        return Solved([json.loads(text)] * count)
    except (ValueError, RecursionError) as error:
        return Evaluation(status="invalid", reason=f"it is not JSON: {error}")


def _scored(task: Task, instances: Sequence[Instance], solved: Solved) -> Evaluation:
    used: dict[str, Any] = {"seconds": solved.seconds, "cpu_seconds": solved.cpu_seconds}
    scores = []
    for number, (instance, solution) in enumerate(zip(instances, solved.solutions, strict=True)):
        try:
            scores.append(task.score(instance, solution))
        except Infeasible as broken:
            return Evaluation(status="infeasible", reason=f"on instance {number}: {broken}", **used)
        except ScorerError as error:
            return Evaluation(status="invalid", reason=f"on instance {number}: {error}", **used)
    return Evaluation(status="ok", scores=tuple(scores), **used)


def _failed(outcome: Outcome, task: Task) -> tuple[Failure, str]:
    error = outcome.error
    if outcome.status == "error" and error is not None:
        line = f"line {error.line}: " if error.line else ""
        return "error", f"{line}{error.type}: {error.message}\n{error.traceback}".strip()
    said = error.message if error else "it cannot be run"
    if outcome.status == "timeout":
        return "timeout", f"it did not finish in {task.seconds:g} s"
    if outcome.status == "memory":
        return "memory", f"it used more than {task.memory_mb} MiB"
    status = "forbidden" if outcome.status == "refused" else outcome.status
    return status, said  # pyright: ignore[reportReturnType]
