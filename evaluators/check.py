"""Looks an evolution task over before anything is spent: seeds, splits, determinism, what its scorer lets pass."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from ..errors import TaskError
from .evaluation import Solved, evaluate, solve
from .task import SPLITS, Infeasible, Instance, ScorerError, Task

if TYPE_CHECKING:
    from ..sandbox.contract import Sandbox

NONSENSE: tuple[Any, ...] = (
    None,
    "nonsense",
    True,
    -1,
    float("nan"),
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    [float("nan")] * 3,
)
"""No task's solution; a scorer has to refuse each of them."""


class Finding(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    state: Literal["ok", "warning", "failed"]
    detail: str


async def check(pool: Sandbox, task: Task) -> tuple[Finding, ...]:
    """Everything that can be found out without a proposer. Never raises for what is wrong with the task."""
    try:
        findings = _splits(task)
    except TaskError as error:
        return (Finding(name="instances", state="failed", detail=str(error)),)
    if not task.instances("train"):
        return tuple(findings)
    seeds = await _seeds(pool, task)
    if seeds.state != "ok":
        return (*findings, seeds, _nonsense(task))
    return (*findings, seeds, await _repeats(pool, task), await _scorer_repeats(pool, task), _nonsense(task))


async def ready(pool: Sandbox, task: Task) -> None:
    """The checks that no search can do without. Raises TaskError."""
    for finding in _splits(task):
        _insist(task, finding)
    _insist(task, await _seeds(pool, task))


def _insist(task: Task, finding: Finding) -> None:
    if finding.state == "failed":
        raise TaskError(f"{task.name}: {finding.detail}; see `optwright evolve check`")


def _splits(task: Task) -> list[Finding]:
    digests = {split: [digest(instance) for instance in task.instances(split)] for split in SPLITS}
    if not digests["train"]:
        return [Finding(name="splits", state="failed", detail="instances('train') is empty")]
    if any(digests[split] != [digest(i) for i in task.instances(split)] for split in SPLITS):
        what = "instances() gives others when it is called again; draw them from seeded generators"
        return [Finding(name="splits", state="failed", detail=what)]
    for one, other in [(a, b) for i, a in enumerate(SPLITS) for b in SPLITS[i + 1 :]]:
        if shared := set(digests[one]) & set(digests[other]):
            what = f"{one} and {other} share {len(shared)} of their instances, so {other} is not held out"
            return [Finding(name="splits", state="failed", detail=what)]
    sizes = ", ".join(f"{split} {len(found)}" for split, found in digests.items() if found)
    if task.kind == "solution" and not digests["test"]:
        return [Finding(name="splits", state="ok", detail=f"{sizes}; the solution itself is the result")]
    if not digests["test"]:
        return [Finding(name="splits", state="warning", detail=f"{sizes}; without a test split no score is held out")]
    return [Finding(name="splits", state="ok", detail=f"{sizes}, all different")]


async def _seeds(pool: Sandbox, task: Task) -> Finding:
    scores, seconds = [], 0.0
    for seed in task.seeds:
        found = await evaluate(pool, task, seed, task.instances("train"))
        if found.status != "ok":
            reason = found.reason.splitlines()[0] if found.reason else ""
            return Finding(name="seed", state="failed", detail=f"the seed fails on train, {found.status}: {reason}")
        scores.append(found.score or 0.0)
        seconds += found.seconds
    shown = ", ".join(f"{score:.6g}" for score in scores[:5])
    return Finding(name="seed", state="ok", detail=f"scores {shown} on train ({task.direction}), in {seconds:.2f} s")


async def _repeats(pool: Sandbox, task: Task) -> Finding:
    once, again = [await evaluate(pool, task, task.seeds[0], task.instances("train")) for _ in range(2)]
    if once.scores == again.scores:
        return Finding(name="determinism", state="ok", detail="the seed scores the same when it is run again")
    pairs = [f"{a:.6g} and {b:.6g}" for a, b in zip(once.scores, again.scores, strict=True) if a != b]
    detail = f"the seed scores {pairs[0]} on the same instance; seed the driver's randomness"
    return Finding(name="determinism", state="failed", detail=detail)


async def _scorer_repeats(pool: Sandbox, task: Task) -> Finding:
    """The scorer alone, on one and the same solution."""
    instance = task.instances("train")[0]
    solved = await solve(pool, task, task.seeds[0], [instance])
    assert isinstance(solved, Solved)  # the seed has run before
    (solution,) = solved.solutions
    scores = {task.score(instance, solution) for _ in range(5)}
    if len(scores) == 1:
        return Finding(name="scorer", state="ok", detail="gives one solution one score")
    shown = " and ".join(f"{score:.6g}" for score in sorted(scores)[:2])
    return Finding(
        name="scorer", state="failed", detail=f"gives one solution the scores {shown}; it must not be random"
    )


def _nonsense(task: Task) -> Finding:
    instance = task.instances("train")[0]
    for solution in NONSENSE:
        try:
            score = task.score(instance, solution)
        except (Infeasible, ScorerError):
            continue
        detail = f"gives {solution!r} the score {score:.6g}; raise Infeasible for what is no solution"
        return Finding(name="nonsense", state="failed", detail=detail)
    return Finding(
        name="nonsense", state="ok", detail=f"the scorer refuses all {len(NONSENSE)} things that are no solution"
    )


def digest(instance: Instance) -> str:
    """The same for equal instances."""
    text = json.dumps(
        instance, sort_keys=True, default=lambda array: [array.dtype.str, array.shape, array.tobytes().hex()]
    )
    return hashlib.sha256(text.encode()).hexdigest()
