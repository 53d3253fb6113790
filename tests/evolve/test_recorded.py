"""A search with a real language model's completions, recorded: replayed bit for bit at any concurrency and timing."""

import asyncio
import hashlib
import random

import pytest
from guessing import searching
from optwright.agent.llm.cassette import Cassette, Replay
from optwright.agent.llm.types import Answering
from optwright.agent.llm.wiring import BUNDLED
from optwright.evaluators.evaluation import preload
from optwright.evaluators.task import load
from optwright.sandbox.pool import Pool

CANDIDATES = 46
EVENTS = "668017fe0f15f1f00d6ee05fc3d54b50e38eb5c1bf37b2bb829c048f0ba3a0c1"
"""Hash of all 46 candidates as they were committed when the completions were recorded."""


class Late(Answering):
    """Answers from the recording, so many at a time, each after a while."""

    def __init__(self, concurrency: int, delay: float) -> None:
        self.model = "replay"
        self._replay = Replay(Cassette(BUNDLED / "evolve_bin_packing.jsonl"))
        self._gate, self._delay = asyncio.Semaphore(concurrency), delay

    async def answer(self, request, on_call):
        async with self._gate:
            await asyncio.sleep(random.random() * self._delay)  # not seeded: no run may depend on it
            return await self._replay.answer(request, on_call)


@pytest.mark.parametrize(("concurrency", "delay"), [(1, 0.0), (4, 0.1), (16, 0.1)])
async def test_a_recorded_search_is_replayed_bit_for_bit(concurrency, delay):
    task = load("online_bin_packing")
    async with Pool(preload=preload(task)) as pool:
        search = searching(pool, "eoh", Late(concurrency, delay), task=task)
        await search.run(CANDIDATES)
    events = "\n".join(candidate.model_dump_json() for candidate in search.candidates)
    assert search.candidates[-1].number == CANDIDATES - 1
    assert min(candidate.score for candidate in search.candidates if candidate.ok) < 1.7  # Best Fit: 4.38
    assert hashlib.sha256(events.encode()).hexdigest() == EVENTS
