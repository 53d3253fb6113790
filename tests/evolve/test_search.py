"""The search loop: the same run whatever finishes first, gone on with from any commit, every failure named."""

import asyncio
import random

import pytest
from guessing import Guesser, searching
from optwright.agent.evolve.strategies import STRATEGIES, Strategy
from optwright.agent.llm.types import Answering, Completion
from optwright.errors import BudgetError, EndpointError

pytestmark = pytest.mark.asyncio(loop_scope="package")

WITH_MODEL = [name for name, row in STRATEGIES.items() if not row.offline]


async def run(pool, count=40, **more):
    search = searching(pool, **more)
    await search.run(count)
    return search.candidates


@pytest.mark.parametrize("strategy", WITH_MODEL)
async def test_a_run_is_the_same_at_any_concurrency_and_timing(pool, strategy):
    alone = await run(pool, strategy=strategy, llm=Guesser(concurrency=1))
    assert [candidate.number for candidate in alone] == list(range(40))
    assert alone == await run(pool, strategy=strategy, llm=Guesser(delay=0.05, concurrency=4))
    assert alone == await run(pool, strategy=strategy, llm=Guesser(delay=0.05, concurrency=16))


async def test_another_seed_is_another_run(pool):
    assert await run(pool, seed=1) != await run(pool, seed=2)


@pytest.mark.parametrize("strategy", WITH_MODEL)
async def test_a_run_that_is_gone_on_with_ends_as_one_that_never_stopped(pool, strategy):
    first = searching(pool, strategy)
    await first.run(40)
    for cut in random.Random(strategy).sample(range(41), 2):
        search = searching(pool, strategy, Guesser(delay=0.01))
        search.replay(first.candidates[:cut], 40)
        await search.run(40)
        assert search.candidates == first.candidates
        assert search.archive.best(5) == first.archive.best(5)


async def test_the_scores_get_better(pool):
    candidates = await run(pool, 120)
    scores = [candidate.score for candidate in candidates if candidate.ok]
    assert min(scores) < scores[0] / 5


async def test_each_failure_has_a_status_a_reason_and_no_score(pool):
    candidates = await run(pool, 120)
    failed = {candidate.status: candidate for candidate in candidates if candidate.status != "ok"}
    assert {"no_code", "forbidden", "error", "infeasible", "unpromising"} <= failed.keys()
    assert all(candidate.score is None and candidate.reason for candidate in candidates if candidate.status in failed)
    assert "prose" in failed["no_code"].reason or "'guess'" in failed["no_code"].reason
    assert "'os'" in failed["forbidden"].reason and "ZeroDivisionError" in failed["error"].reason
    assert "list of numbers" in failed["infeasible"].reason


class Repeating(Answering):
    """Always one and the same program."""

    model = "repeating"

    async def answer(self, request, on_call):
        return Completion(
            text="Thought: same\n```python\ndef guess(x):\n    return x  # as before\n```", model=self.model
        )


async def test_a_program_is_evaluated_once_and_its_copies_are_duplicates(pool):
    search = searching(pool, llm=Repeating())
    await search.run(20)
    assert [candidate.status for candidate in search.candidates] == ["ok", "ok", *["duplicate"] * 18]
    assert search.candidates[5].reason == "the same program as candidate 1"
    assert search._judging.evaluated <= 4  # two programs, two stages each


async def test_other_programs_with_the_same_scores_are_duplicates_too(pool):
    class Same(Answering):
        model = "same"

        async def answer(self, request, on_call):
            extra = random.Random(request.key()).randrange(10**6)
            code = f"def guess(x):\n    unused = {extra}\n    return x\n"
            return Completion(text=f"Thought: same\n```python\n{code}```", model=self.model)

    search = searching(pool, llm=Same())
    await search.run(10)
    assert [candidate.status for candidate in search.candidates[2:]] == ["duplicate"] * 8
    assert search.candidates[4].reason == "the same scores as candidate 1"


@pytest.mark.parametrize("error", [BudgetError("spent"), EndpointError("down")])
async def test_what_ends_a_search_loses_no_commit(pool, error):
    class Ending(Guesser):
        async def answer(self, request, on_call):
            if len(self.asked) >= 15:
                raise error
            return await super().answer(request, on_call)

    search = searching(pool, llm=Ending())
    with pytest.raises(type(error)):
        await search.run(40)
    whole = await run(pool)
    assert 1 < len(search.candidates) < 20 and search.candidates == whole[: len(search.candidates)]


async def test_a_cancelled_search_stops_at_once_and_leaves_nothing_under_way(pool):
    search = searching(pool, llm=Guesser(delay=0.2))
    running = asyncio.ensure_future(search.run(1000))
    await asyncio.sleep(0.5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]
    assert not [task for task in others if "Search" in repr(task) or "evaluate" in repr(task)]


async def test_a_failed_candidate_is_repaired_with_its_error(pool):
    llm = Guesser()
    row = Strategy(name="repairing", first={"init": 12}, operators={"repair": 1, "m1": 0.2})
    search = searching(pool, row, llm)
    await search.run(40)
    repaired = [candidate for candidate in search.candidates if candidate.operator == "repair"]
    failed = {candidate.number for candidate in search.candidates if candidate.score is None}
    assert repaired and {candidate.parents[0] for candidate in repaired} <= failed
    prompts = [request.messages[-1]["content"] for request in llm.asked if request.name == "evolve_repair"]
    assert any("ZeroDivisionError" in prompt or "'os'" in prompt or "list of numbers" in prompt for prompt in prompts)


async def test_a_parent_is_never_younger_than_the_window_allows(pool):
    row = STRATEGIES["eoh"].model_copy(update={"window": 4, "first": {}})
    for candidate in await run(pool, 60, strategy=row):
        assert all(parent <= max(0, candidate.number - 4) for parent in candidate.parents)
