"""evaluate: solutions from the sandbox, scores from here; a status and a reason for whatever a candidate does."""

import guessing
import pytest
import pytest_asyncio
from optwright.evaluators.evaluation import evaluate, preload
from optwright.evaluators.task import load
from optwright.sandbox.pool import Pool

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASK = load(guessing.LINE)
TRAIN = TASK.instances("train")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(preload=preload(TASK)) as pool:
        yield pool


async def test_scores_come_by_instance(pool):
    found = await evaluate(pool, TASK, "def guess(x):\n    return 2 * x - 1 + (x > 3)\n", TRAIN)
    assert (found.status, found.scores) == ("ok", (0.0, 0.25, 0.25)) and found.score == pytest.approx(0.5 / 3)
    assert found.cpu_seconds > 0


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("def gues(x):\n    return x\n", "forbidden", "'guess', but gues"),
        ("import os\ndef guess(x):\n    return x\n", "forbidden", "'os'"),
        ("def guess(x):\n    import subprocess\n    return x\n", "forbidden", "'subprocess'"),
        ("def guess(x:\n", "forbidden", "cannot be parsed"),
        ("def guess(x):\n    return 1 / 0\n", "error", "line 2: ZeroDivisionError"),
        ("def guess(x, y):\n    return x\n", "error", "TypeError"),
        ("def guess(x):\n    while True: pass\n", "timeout", "2 s"),
        ("def guess(x):\n    return len('x' * 10**9)\n", "memory", "256 MiB"),
        ("def guess(x):\n    return {x}\n", "error", "set"),
        ("def guess(x):\n    return None\n", "infeasible", "list of numbers"),
        ("def guess(x):\n    return 1e300\n", "infeasible", "on instance 0"),
        ("def guess(x):\n    return float('nan')\n", "infeasible", "list of numbers"),
        ("import numpy\ndef guess(x):\n    return numpy.ones(3)\n", "infeasible", "list of numbers"),
    ],
)
async def test_each_failure_has_its_status_and_reason_and_no_score(pool, text, status, said):
    found = await evaluate(pool, TASK, text, TRAIN)
    assert (found.status, found.scores, found.score) == (status, (), None) and said in found.reason


async def test_luck_repeats_itself(pool):
    text = "import numpy as np, random\ndef guess(x):\n    return np.random.rand() + random.random()\n"
    task = load(guessing.LINE)
    object.__setattr__(task, "imports", ("numpy", "random"))
    assert (await evaluate(pool, task, text, TRAIN)).scores == (await evaluate(pool, task, text, TRAIN)).scores


async def test_a_solution_is_scored_as_it_stands(pool):
    task = load("tsp_solution")
    train = task.instances("train")
    assert (await evaluate(pool, task, task.seeds[0], train)).status == "ok"
    assert (await evaluate(pool, task, "[0, 1", train)).status == "invalid"
    assert (await evaluate(pool, task, "[0, 0]", train)).status == "infeasible"
    assert (await evaluate(pool, task, "[" + "1," * 10**6 + "1]", train)).status == "invalid"
