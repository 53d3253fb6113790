"""Candidates of the tasks that come with optwright, evaluated in a real sandbox."""

from __future__ import annotations

import asyncio

from optwright.evaluators.evaluation import Evaluation, evaluate, preload
from optwright.evaluators.task import Split, Task
from optwright.sandbox.pool import Pool


def evaluations(task: Task, candidates: dict[str, str], split: Split) -> dict[str, Evaluation]:
    """What became of each candidate on a split, by name."""

    async def run() -> list[Evaluation]:
        instances = task.instances(split)
        async with Pool(preload=preload(task)) as pool:
            return await asyncio.gather(*(evaluate(pool, task, text, instances) for text in candidates.values()))

    return dict(zip(candidates, asyncio.run(run()), strict=True))
