"""Progress of solvers: what a user who waits for a hard model sees, from a real run in the sandbox."""

import asyncio
import math
import time

import numpy as np
import pytest
from optwright.evaluators.perturb import judge_and_perturb
from optwright.evaluators.program import judge
from optwright.evaluators.verdict import Progress, SolveOptions
from optwright.evaluators.watch import EVERY, Watch
from optwright.sandbox.progress import MOST

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMIT = SolveOptions(time_limit=1.5)
KNAPSACK = """
m.x = pyo.Var(range(len(data["value"])), domain=pyo.Binary)
value = 100 + sum(v * m.x[j] for j, v in enumerate(data["value"])) + {product} * m.x[0] * m.x[1]
m.value = pyo.Objective(expr=value, sense=pyo.{sense})
m.rows = pyo.ConstraintList()
for row in data["weight"]:
    m.rows.add(sum(w * m.x[j] for j, w in enumerate(row)) {relation} sum(row) / 2)
"""


def hard(columns=60, rows=10, spread=500):
    """A knapsack with several rows, which no solver here closes within seconds."""
    random = np.random.default_rng(0)
    weight = random.integers(1, 1000, (rows, columns))
    value = weight.sum(axis=0) / rows + random.integers(0, spread, columns)
    return {"value": value.tolist(), "weight": weight.tolist()}


@pytest.fixture
def knapsack(program):
    def write(sense="maximize", product=0):
        relation = "<=" if sense == "maximize" else ">="
        return program(KNAPSACK.format(sense=sense, relation=relation, product=product))

    return write


@pytest.mark.parametrize("sense", ["maximize", "minimize"])
@pytest.mark.parametrize(("solver", "product"), [("highs", 0), ("scip", 1)])
async def test_incumbent_and_bound_close_in_and_end_as_the_verdict_says(pool, knapsack, sense, solver, product):
    seen: list[Progress] = []
    verdict = await judge(pool, knapsack(sense, product), hard(), LIMIT, seen.append)

    assert (verdict.status, verdict.solver, verdict.sense) == ("feasible", solver, sense)
    assert {progress.solver for progress in seen} == {solver}
    assert 3 <= len(seen) <= LIMIT.time_limit / EVERY + 2
    seconds = [progress.seconds for progress in seen]
    assert seconds == sorted(seconds) and seconds[0] >= EVERY and seconds[-1] < 2 * LIMIT.time_limit
    worst_first = 1 if sense == "maximize" else -1
    objectives = np.array([progress.objective for progress in seen if progress.objective is not None])
    bounds = np.array([progress.bound for progress in seen if progress.bound is not None])
    assert (worst_first * np.diff(objectives) >= -1e-6).all() and (worst_first * np.diff(bounds) <= 1e-6).all()
    assert (worst_first * (bounds[-len(objectives) :] - objectives) >= -1e-6).all()
    last = seen[-1]
    assert (last.objective, last.bound, last.gap) == (
        pytest.approx(verdict.objective),
        pytest.approx(verdict.bound),
        pytest.approx(verdict.gap, rel=1e-6),
    )


async def test_a_solve_that_is_over_at_once_shows_nothing(pool, knapsack):
    seen = []
    verdict = await judge(pool, knapsack(), hard(8, 2), LIMIT, seen.append)
    assert verdict.status == "optimal" and seen == []


async def test_watching_changes_nothing(pool, knapsack):
    data = hard(35, 8)
    for program in (knapsack(), knapsack(product=1)):
        seen = []
        watched = await judge(pool, program, data, SolveOptions(), seen.append)
        unwatched = await judge(pool, program, data)
        assert watched.status == "optimal" and seen
        assert watched.model_copy(update={"timings": unwatched.timings}) == unwatched


async def test_of_an_lp_the_time_is_shown(pool, knapsack):
    seen = []
    relaxed = knapsack().replace("Binary", "UnitInterval")
    verdict = await judge(pool, relaxed, hard(600, 450, spread=5), SolveOptions(), seen.append)
    assert verdict.status == "optimal" and verdict.timings.solve > 2 * EVERY
    assert len(seen) >= 2 and all(progress.objective is None for progress in seen[:-1])
    assert seen[-1].objective == pytest.approx(verdict.objective)


async def test_the_cross_check_shows_the_programs_own_solve_only(pool, knapsack):
    seen = []
    program = knapsack()
    probed = await judge_and_perturb(pool, program, hard(), {}, LIMIT, seen.append)
    assert probed.verdict.status == "feasible" and probed.perturbation is not None
    assert seen and seen[-1].objective == pytest.approx(probed.verdict.objective)
    assert seen[-1].seconds <= probed.verdict.timings.solve


FORGES = """
import pyomo.environ as pyo
from optwright.sandbox.progress import tell

def build_model(data):
    for value in data["told"]:
        tell(value)
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(0, 1))
    m.o = pyo.Objective(expr=m.x, sense=pyo.maximize)
    return m

def report(m):
    return {}
"""
GARBAGE = [
    None,
    "x",
    [1, 2],
    {},
    {"solver": "highs"},
    {"solver": "\x1b[2J", "seconds": 1.0},
    {"solver": "highs", "seconds": math.nan},
    {"solver": "highs", "seconds": -1.0},
    {"solver": "highs", "seconds": 1.0, "objective": math.inf},
    {"solver": "highs", "seconds": 1.0, "objective": "a lot"},
    {"solver": "highs", "seconds": 1.0, "more": 1},
    {"status": "optimal", "objective": 7.0},
]


async def test_garbage_is_ignored_and_a_forged_figure_is_only_that(pool):
    seen = []
    forged = {"solver": "scip", "seconds": 1.0, "objective": 99.0}
    verdict = await judge(pool, FORGES, {"told": [*GARBAGE, forged]}, on_progress=seen.append)
    assert (verdict.status, verdict.objective) == ("optimal", 1.0)
    assert seen == [Progress(solver="scip", seconds=1.0, objective=99.0)]


async def test_cancelling_stops_a_solver_at_once(pool, knapsack):
    started = asyncio.Event()
    running = [
        asyncio.create_task(judge(pool, knapsack(product=product), hard(), SolveOptions(), lambda _: started.set()))
        for product in (0, 1)
    ]
    await asyncio.wait_for(started.wait(), 20)
    begun = time.monotonic()
    for task in running:
        task.cancel()
    results = await asyncio.gather(*running, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    # Both of the pool's places are free again.
    again = (judge(pool, knapsack(), hard(5, 1)) for _ in running)
    assert all(verdict.status == "optimal" for verdict in await asyncio.gather(*again))
    assert time.monotonic() - begun < 5


async def test_a_day_of_figures_is_within_what_the_sandbox_carries():
    now, told = [0.0], []
    watch = Watch(told.append, lambda: now[0])
    while now[0] < 86_400:
        now[0] += 0.25
        if watch.due:
            watch.show("highs", math.inf, -math.inf)
    assert len(told) < MOST
    assert Progress.model_validate(told[0]) == Progress(solver="highs", seconds=0.25)
