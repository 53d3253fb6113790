"""A model that answers by itself, always the same to the same request, after a while; and runs of the task `line`."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from optwright.agent.evolve.judging import Judging
from optwright.agent.evolve.proposers import ByOperator, Model, Seeds
from optwright.agent.evolve.search import Search
from optwright.agent.evolve.strategies import STRATEGIES, Strategy
from optwright.agent.llm.types import Answering, Completion, OnCall, Request
from optwright.evaluators.evaluation import evaluate
from optwright.evaluators.task import Task, load
from optwright.sandbox.pool import Pool

LINE = str(Path(__file__).parent / "tasks" / "line.py")


class Guesser(Answering):
    """Programs with numbers that depend on the request alone; now and then one that is of no use."""

    def __init__(self, delay: float = 0.0, concurrency: int = 16) -> None:
        self.model = "guesser"
        self.asked: list[Request] = []
        self._delay, self._gate = delay, asyncio.Semaphore(concurrency)

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        self.asked.append(request)
        async with self._gate:
            await asyncio.sleep(random.random() * self._delay)  # not seeded: no run may depend on it
        text = reply(random.Random(request.key()))
        return Completion(text=text, model=self.model, input_tokens=len(text), output_tokens=100)


def reply(rng: random.Random) -> str:
    slope, start = rng.uniform(0, 3), rng.uniform(-3, 3)
    good = f"def guess(x):\n    return {slope:.2f} * x + {start:.2f}\n"
    bad = [
        "I would rather not.",
        "Thought: other name\n```python\ndef gues(x):\n    return x\n```",
        "Thought: import\n```python\nimport os\ndef guess(x):\n    return x\n```",
        "Thought: raises\n```python\ndef guess(x):\n    return 1 / 0\n```",
        "Thought: text\n```python\ndef guess(x):\n    return 'x'\n```",
    ]
    return rng.choice(bad) if rng.random() < 0.2 else f"Thought: slope {slope:.2f}\n```python\n{good}```"


def searching(
    pool: Pool,
    strategy: Strategy | str = "eoh",
    llm: Answering | None = None,
    seed: int = 0,
    task: Task | None = None,
    **more,
) -> Search:
    """A search of the task `line`, without a store."""
    task = task or load(LINE)
    row = STRATEGIES[strategy] if isinstance(strategy, str) else strategy
    row = row.model_copy(update={"tune_every": 0})
    judging = Judging(task, lambda text, instances: evaluate(pool, task, text, instances))
    model = Model(task, [llm or Guesser()], temperature=1.0)
    return Search(task, row, ByOperator({"seed": Seeds(task), "model": model}), judging, seed=seed, **more)
