"""What holds for every task that comes with optwright, whoever wrote it."""

import json
import math
from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from optwright.evaluators import evaluation, task
from optwright.evaluators.evaluation import Evaluation
from optwright.evaluators.task import SPLITS, Infeasible, Instance, ScorerError, Solution, Split, Task
from optwright.sandbox import wire
from optwright.sandbox.pool import Pool

TASKS = [task.load(name) for name in task.names()]
SECONDS = 5.0

every_task = pytest.mark.parametrize("shipped", TASKS, ids=task.names())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(preload=sorted({module for each in TASKS for module in evaluation.preload(each)})) as pool:
        yield pool


@pytest.fixture(scope="module")
def evaluated(pool):
    """`await evaluated(task, split)`: the seed's evaluation, made once."""
    known: dict[tuple[str, Split], Evaluation] = {}

    async def seed(shipped: Task, split: Split) -> Evaluation:
        if (shipped.name, split) not in known:
            found = await evaluation.evaluate(pool, shipped, shipped.seeds[0], shipped.instances(split))
            known[shipped.name, split] = found
        return known[shipped.name, split]

    return seed


@cache
def text(name: str, split: Split) -> tuple[str, ...]:
    instances = task.load(name).instances(split)
    return tuple(json.dumps(instance, default=np.ndarray.tolist, sort_keys=True) for instance in instances)


def crossed(value: Any) -> Any:
    """A copy that went over the sandbox's border."""
    return wire.decode(bytearray(b"".join(bytes(part) for part in wire.encode(value))))


def solved(shipped: Task, instance: Instance) -> Solution:
    """What the driver makes of a seed that is somewhere else: arguments and results are copies."""
    if shipped.kind == "solution":
        return json.loads(shipped.seeds[0])
    program: dict[str, Any] = {}
    exec(shipped.seeds[0], program)
    np.random.seed(0)
    return shipped.drive(lambda *args: crossed(program[shipped.function](*crossed(list(args)))), instance)


def replaced(solution: Solution, number: Callable[[Any], Any]) -> Solution:
    """A solution with something else in place of every number, as JSON."""
    if isinstance(solution, np.ndarray):
        return replaced(solution.tolist(), number)
    if isinstance(solution, list | tuple):
        return [replaced(part, number) for part in solution]
    if isinstance(solution, dict):
        return {key: replaced(part, number) for key, part in solution.items()}
    return number(solution)


def nonsense(shipped: Task, solution: Solution) -> dict[str, Solution]:
    """Nothing of which is a solution, by what it is."""
    found: dict[str, Solution] = {"None": None, "text": "x", "empty list": [], "empty object": {}, "True": True}
    for name, value in [("NaN", math.nan), ("infinity", math.inf), ("text", "1"), ("None", None), ("lists", [[1], 2])]:
        found[f"{name} for numbers"] = replaced(solution, lambda _, value=value: value)
    if isinstance(solution, np.ndarray):
        found["NaN in an array"] = np.full(solution.shape, math.nan)
        found["twice as long"] = np.concatenate([solution, solution])
        found["another dimension"] = solution[None]
    if isinstance(solution, np.ndarray) and solution.dtype.kind in "iu":
        found["truth values"] = solution.astype(bool)
        found["fractions"] = solution + 0.5
        for index in (-1, 10**6, 2**62):
            found[f"index {index}"] = np.where(np.arange(solution.size).reshape(solution.shape) == 0, index, solution)
    return found


@every_task
@pytest.mark.asyncio(loop_scope="module")
async def test_its_seed_is_scored_soon_and_each_time_the_same(shipped: Task, pool: Pool, evaluated) -> None:
    train = shipped.instances("train")
    first = await evaluated(shipped, "train")
    assert first.status == "ok", first.reason
    assert len(first.scores) == len(train) > 0
    assert first.cpu_seconds < SECONDS
    again = await evaluation.evaluate(pool, shipped, shipped.seeds[0], train)
    assert again.scores == first.scores


@every_task
@pytest.mark.asyncio(loop_scope="module")
async def test_a_seed_that_is_asked_call_by_call_finds_what_it_finds_in_the_sandbox(shipped: Task, evaluated) -> None:
    instances = shipped.instances("train")[:2]
    scores = [shipped.score(instance, crossed(solved(shipped, instance))) for instance in instances]
    assert tuple(scores) == (await evaluated(shipped, "train")).scores[:2]


@every_task
def test_its_splits_are_drawn_each_time_the_same_and_share_no_instance(shipped: Task) -> None:
    drawn = {split: text(shipped.name, split) for split in SPLITS}
    text.cache_clear()
    assert {split: text(shipped.name, split) for split in SPLITS} == drawn
    for one, other in combinations(SPLITS, 2):
        assert not set(drawn[one]) & set(drawn[other]), f"{one} and {other}"
    if shipped.kind == "code":
        assert drawn["train"] and drawn["test"]
        assert all(len(set(instances)) == len(instances) for instances in drawn.values())


@every_task
def test_its_scorer_gives_no_score_to_nonsense(shipped: Task) -> None:
    instance = shipped.instances("train")[0]
    solution = solved(shipped, instance)
    assert math.isfinite(shipped.score(instance, solution))
    for what, wrong in nonsense(shipped, solution).items():
        try:
            score = shipped.score(instance, wrong)
        except (Infeasible, ScorerError) as refusal:
            assert str(refusal)
        else:
            pytest.fail(f"{what} has the score {score}")


@every_task
@pytest.mark.asyncio(loop_scope="module")
async def test_its_seed_is_not_beyond_the_best_of_its_baselines(shipped: Task, evaluated) -> None:
    for split, known in shipped.baselines.items():
        assert split in SPLITS and known and all(map(math.isfinite, known.values()))
    if shipped.kind == "code" and "train" in shipped.baselines:
        best = max(map(shipped.merit, shipped.baselines["train"].values()))
        assert shipped.merit((await evaluated(shipped, "train")).score) <= best + 1e-3 * abs(best)


@every_task
def test_it_says_in_words_which_score_is_better(shipped: Task) -> None:
    assert len(shipped.words) > 100
    assert "better" in shipped.words
    if shipped.kind == "code":
        assert shipped.function in shipped.seeds[0]
        assert "Returns" in shipped.seeds[0]
        assert shipped.driver and "def score" not in shipped.driver
