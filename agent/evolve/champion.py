"""The held-out gate: the best candidates on instances that no proposer saw, and stepped from the trusted side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...evaluators import evaluation
from ...evaluators.evaluation import Evaluation, evaluate
from ...evaluators.task import SPLITS, Infeasible, Instance, ScorerError, Split, Task
from ...sandbox.pool import Pool
from ...sandbox.session import SessionError
from .records import Candidate, Champion

if TYPE_CHECKING:
    from ...sandbox.contract import Sandbox

CONTENDERS = 5
STEPPED = 2
"""Instances on which it is stepped: every decision crosses the border and back, thousands of times."""
_STEPPING = 20.0
"""Times the task's own time limit."""


async def crown(pool: Sandbox, task: Task, contenders: Sequence[Candidate]) -> Champion | None:
    """The contender that is best on the dev split (where there is none: on train) and stands up to the gate.

    `contenders` come best first. A contender falls where it fails on a held-out split, or where it decides otherwise
    when it is asked one decision at a time, as one does that looked at what it was not shown. None where all fall.
    """
    fallen: dict[int, str] = {}
    for candidate in await _by_dev(pool, task, contenders, fallen):
        scores = {"train": candidate.scores}
        if not await _held_out(pool, task, candidate, scores, fallen):
            continue
        if why := await unlike(pool, task, candidate.text):
            fallen[candidate.number] = why
        else:
            return Champion(number=candidate.number, scores=scores, verified=True, disqualified=fallen)
    return None


async def unlike(pool: Sandbox, task: Task, text: str) -> str:
    """Where the candidate does otherwise when it is stepped from here; empty where it does the same.

    The task's driver runs on this side, and only the function's arguments and result cross the border: there are no
    driver's frames to read the future from. It is done on the test split, or on train where the task has none.
    """
    if task.kind == "solution":
        return ""  # nothing ran: the scorer has judged the text itself
    split: Split = "test" if task.instances("test") else "train"
    instances = task.instances(split)[:STEPPED]
    at_once = await evaluate(pool, task, text, instances)
    if at_once.status != "ok":
        return f"on {split}, {at_once.reason}"
    limits = evaluation.limits(task)
    limits = limits.model_copy(update={"seconds": _STEPPING * limits.seconds})
    async with Pool(preload=evaluation.preload(task), size=1) as here, here.session(text, limits) as session:
        for number, (instance, score) in enumerate(zip(instances, at_once.scores, strict=True)):
            try:
                stepped = await _stepped(session, task, instance)
            except (Infeasible, ScorerError, SessionError) as error:
                return f"stepped on {split} instance {number}: {error}"
            if stepped != score:
                return f"stepped on {split} instance {number} it scores {stepped:.6g}, in one go {score:.6g}"
    return ""


async def _stepped(session: Any, task: Task, instance: Instance) -> float:
    loop = asyncio.get_running_loop()
    await session.call("optwright.evaluators.drive:begin", [])

    def remote(*args: object) -> Any:
        step = session.call("optwright.evaluators.drive:step", [task.function, list(args)])
        return asyncio.run_coroutine_threadsafe(step, loop).result()

    try:
        solution = await asyncio.to_thread(task.drive, remote, instance)
    except SessionError:
        raise
    except Exception as error:  # the driver chokes on what the candidate returned
        raise ScorerError(f"the driver raised {type(error).__name__}: {error}") from None
    return task.score(instance, solution)


async def _by_dev(
    pool: Sandbox, task: Task, contenders: Sequence[Candidate], fallen: dict[int, str]
) -> Sequence[Candidate]:
    dev = task.instances("dev")
    if not dev:
        return contenders
    found = await asyncio.gather(*(evaluate(pool, task, candidate.text, dev) for candidate in contenders))
    rated = [(e, c) for e, c in zip(found, contenders, strict=True) if not _fell("dev", e, c, fallen)]
    return [c for _, c in sorted(rated, key=lambda pair: (-task.merit(pair[0].score or 0.0), pair[1].number))]


async def _held_out(
    pool: Sandbox, task: Task, candidate: Candidate, scores: dict[str, tuple[float, ...]], fallen: dict[int, str]
) -> bool:
    for split in SPLITS[1:]:
        instances = task.instances(split)
        if instances:
            found = await evaluate(pool, task, candidate.text, instances)
            if _fell(split, found, candidate, fallen):
                return False
            scores[split] = found.scores
    return True


def _fell(split: str, found: Evaluation, candidate: Candidate, fallen: dict[int, str]) -> bool:
    if found.status != "ok":
        fallen[candidate.number] = f"on {split}, {found.status}: {found.reason}"
    return found.status != "ok"
