"""Time limits, large models, and what stands in a verdict of each."""

import json
import time

import pytest
from optwright.evaluators.program import judge
from optwright.evaluators.verdict import SolveOptions
from pytest import approx

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKET_SPLIT = """
import random
rng = random.Random(data["seed"])
n, rows = 40, 5
m.x = pyo.Var(range(n), domain=pyo.Binary)
m.over, m.under = (pyo.Var(range(rows), domain=pyo.NonNegativeReals) for _ in range(2))
a = [[rng.randint(0, 99) for _ in range(n)] for _ in range(rows)]
m.split = pyo.Constraint(range(rows), rule=lambda m, i:
    sum(a[i][j] * m.x[j] for j in range(n)) + m.under[i] - m.over[i] == sum(a[i]) // 2)
m.off = pyo.Objective(expr=sum(m.over[i] + m.under[i] for i in range(rows)))
"""

TRANSPORT = """
n, k = data["n"], data["k"]
m.x = pyo.Var(range(n), range(k), domain=pyo.NonNegativeReals, bounds=(0, 10))
m.supply = pyo.Constraint(range(n), rule=lambda m, i: sum(m.x[i, j] for j in range(k)) <= 10 + i % 3)
m.demand = pyo.Constraint(range(k), rule=lambda m, j: sum(m.x[i, j] for i in range(n)) >= data["demand"] * (1 + j % 2))
m.cost = pyo.Objective(expr=sum(((i * 7 + j * 13) % 17 + 1) * m.x[i, j] for i in range(n) for j in range(k)))
"""


async def test_time_limit_reports_the_incumbent_and_its_gap(verdict_of):
    # Cornuejols and Dawande's market split: out of reach for branch and bound at this size
    started = time.perf_counter()
    verdict = await verdict_of(MARKET_SPLIT, {"seed": 1}, time_limit=1)
    assert time.perf_counter() - started < 4
    assert verdict.status == "feasible" and verdict.solved and "ime limit" in verdict.termination
    assert verdict.objective > verdict.bound >= 0
    assert verdict.gap == approx((verdict.objective - verdict.bound) / verdict.objective)
    assert verdict.feasibility.ok


async def test_a_qp_on_which_highs_cycles_goes_to_scip_soon(verdict_of):
    # four funds as parts of 2 million, and as amounts: rows of very different sizes
    verdict = await verdict_of(
        """
        funds, most, risk = range(4), 2_000_000, [4, 9, 14, 21]
        gain, pairs = [3.1, 5.4, 7.2, 9.0], {(0, 1): .2, (0, 2): .1, (0, 3): -.1, (1, 2): .5, (1, 3): .35, (2, 3): .6}
        m.amount = pyo.Var(funds, bounds=(0, most))
        m.part = pyo.Var(funds, bounds=(0, 1))
        m.same = pyo.Constraint(funds, rule=lambda m, f: m.amount[f] == most * m.part[f])
        m.variance = pyo.Objective(expr=sum(risk[f] ** 2 * m.part[f] ** 2 for f in funds)
            + 2 * sum(c * risk[f] * risk[g] * m.part[f] * m.part[g] for (f, g), c in pairs.items()))
        m.all = pyo.Constraint(expr=sum(m.amount[f] for f in funds) == most)
        m.limit = pyo.Constraint(funds, rule=lambda m, f: m.amount[f] <= 0.45 * most)
        m.floor = pyo.Constraint(expr=sum(gain[f] * m.amount[f] for f in funds) >= 6 * most)
        """,
        time_limit=60,
    )
    assert (verdict.status, verdict.solver) == ("optimal", "scip")
    assert verdict.objective == approx(73.745747, rel=1e-6)
    assert verdict.timings.solve < 20  # of 60: half would be gone if it cycled on


async def test_time_limit_of_scip(verdict_of):
    verdict = await verdict_of(
        """
        import random
        rng, n = random.Random(1), 60
        m.x = pyo.Var(range(n), bounds=(-3, 3))
        m.f = pyo.Objective(expr=sum(rng.uniform(-1, 1) * m.x[i] * m.x[j] * m.x[i * j % n]
            for i in range(n) for j in range(i)))
        """,
        time_limit=1,
    )
    assert (verdict.status, verdict.solver) == ("feasible", "scip")
    assert verdict.gap > 0.01 and verdict.bound < verdict.objective and verdict.feasibility.ok


async def test_a_limit_before_any_point(verdict_of):
    # thirty dense cubic equations in thirty unknowns: no point within the time
    verdict = await verdict_of(
        """
        import random
        rng, n = random.Random(3), 30
        m.x = pyo.Var(range(n), bounds=(-9, 9))
        m.link = pyo.Constraint(range(n), rule=lambda m, i:
            sum(rng.uniform(-1, 1) * m.x[j] * m.x[k] * m.x[(j + k) % n] for j in range(n) for k in range(j))
            == rng.uniform(50, 99))
        m.f = pyo.Objective(expr=m.x[0])
        """,
        time_limit=0.3,
    )
    assert verdict.status == "limit" and not verdict.solved
    assert verdict.objective is None and verdict.variables == () and verdict.failure is None


async def test_a_large_model_has_a_small_verdict(verdict_of):
    started = time.perf_counter()
    verdict = await verdict_of(TRANSPORT, {"n": 200, "k": 100, "demand": 5})
    assert verdict.status == "optimal" and time.perf_counter() - started < 15
    assert len(verdict.variables) == 2000 and len(verdict.constraints) == 300 and verdict.omitted == 18_000
    assert verdict.lp is None and verdict.statistics.nonzeros == 40_000
    assert len(verdict.model_dump_json()) < 500_000
    # whatever is not zero is among the listed
    shipped = sum(v.value for v in verdict.variables)
    assert shipped == approx(sum(c.body for c in verdict.constraints if c.name.startswith("demand")))


async def test_a_large_infeasible_model_is_diagnosed_in_bounded_time_and_space(verdict_of):
    started = time.perf_counter()
    verdict = await verdict_of(TRANSPORT, {"n": 60, "k": 50, "demand": 500})
    assert verdict.status == "infeasible" and time.perf_counter() - started < 25
    assert 0 < len(verdict.diagnosis.conflict) <= 200
    # supply is 660, demand 50 · 750: the demands have to give way by what is missing
    assert sum(r.by for r in verdict.diagnosis.relaxations) == approx(50 * 750 - 660, rel=1e-6)
    assert len(verdict.model_dump_json()) < 400_000


async def test_build_time_limit_names_the_line(verdict_of):
    verdict = await verdict_of("while True:\n    data['a'] = 1", build_limit=0.5)
    assert verdict.status == "failed" and verdict.failure.kind == "timeout"
    assert "build_model did not finish in 0.5 s" in verdict.failure.message and verdict.failure.line in (5, 6)


async def test_build_time_limit_is_not_swallowed(verdict_of):
    verdict = await verdict_of(
        "while True:\n    try:\n        pass\n    except Exception:\n        pass", build_limit=0.5
    )
    assert verdict.failure.kind == "timeout"


async def test_a_table_of_200_000_rows(pool):
    program = """
import pyomo.environ as pyo
def build_model(data):
    need = {}
    for row in data["orders"]:
        need[row["product"]] = need.get(row["product"], 0) + row["units"]
    m = pyo.ConcreteModel()
    m.make = pyo.Var(list(need), domain=pyo.NonNegativeReals)
    m.meet = pyo.Constraint(list(need), rule=lambda m, p: m.make[p] >= need[p])
    m.cost = pyo.Objective(expr=sum(m.make.values()))
    return m
def report(m):
    return {"units": pyo.value(m.cost)}
"""
    rows = [{"order": i, "product": f"p{i % 50}", "units": i % 7} for i in range(200_000)]
    started = time.perf_counter()
    verdict = await judge(pool, program, {"orders": rows}, SolveOptions())
    assert time.perf_counter() - started < 20
    assert verdict.report["units"] == approx(sum(row["units"] for row in rows))


async def test_a_verdict_survives_json(verdict_of):
    verdict = await verdict_of(TRANSPORT, {"n": 3, "k": 2, "demand": 5})
    assert type(verdict).model_validate(json.loads(verdict.model_dump_json())) == verdict
