"""Evaluates candidates on the train split: the cheap instances first, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ...evaluators import source
from ...evaluators.evaluation import Evaluation
from ...evaluators.task import Instance, Task

Evaluate = Callable[[str, tuple[Instance, ...]], Awaitable[Evaluation]]


class Judging:
    """One task's train instances, and what every program did on them. Equal programs share one evaluation."""

    def __init__(self, task: Task, evaluate: Evaluate, staged: bool = True) -> None:
        self._task, self._evaluate = task, evaluate
        train = task.instances("train")
        cheap = task.cheap if staged and 0 < task.cheap < len(train) else len(train)
        self._stages = (train[:cheap], train[cheap:])
        self._known: dict[tuple[str, int], asyncio.Future[Evaluation]] = {}
        self.evaluated = 0
        """Runs in the sandbox so far."""

    @property
    def staged(self) -> bool:
        return bool(self._stages[1])

    async def __call__(self, text: str, bar: float | None = None) -> Evaluation:
        """Scores on all train instances; on the cheap ones alone where their mean does not reach `bar`."""
        cheap = await self._stage(text, 0)
        if cheap.status != "ok" or not self.staged or not self._promising(cheap, bar):
            return cheap
        rest = await self._stage(text, 1)
        used = {"seconds": cheap.seconds + rest.seconds, "cpu_seconds": cheap.cpu_seconds + rest.cpu_seconds}
        return rest.model_copy(update={"scores": cheap.scores + rest.scores if rest.scores else (), **used})

    def cheap_score(self, scores: tuple[float, ...]) -> float:
        """The mean over the cheap instances."""
        count = len(self._stages[0])
        return sum(scores[:count]) / count

    def complete(self, evaluation: Evaluation) -> bool:
        """Whether it is on all instances."""
        return len(evaluation.scores) == len(self._stages[0]) + len(self._stages[1])

    def _promising(self, cheap: Evaluation, bar: float | None) -> bool:
        return bar is None or not self._task.better(bar, self.cheap_score(cheap.scores))

    async def _stage(self, text: str, stage: int) -> Evaluation:
        """Whoever asks first runs it; who asks meanwhile waits for the same."""
        key = source.key(text), stage
        if key not in self._known:
            self._known[key] = asyncio.ensure_future(self._evaluate(text, self._stages[stage]))
            self.evaluated += 1
        return await asyncio.shield(self._known[key])

    async def stop(self) -> None:
        """Cancel what is under way."""
        under_way = [future for future in self._known.values() if not future.done()]
        for future in under_way:
            future.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
