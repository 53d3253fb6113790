"""Known optima of every model class, through the solver that the class goes to."""

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

WYNDOR = """
m.x = pyo.Var(["doors", "windows"], domain=pyo.NonNegativeReals)
m.plant = pyo.Constraint(list(data["hours"]), rule=lambda m, k: sum(
    data["use"][k][i] * m.x[i] for i in m.x) <= data["hours"][k])
m.profit = pyo.Objective(expr=sum(data["profit"][i] * m.x[i] for i in m.x), sense=pyo.maximize)
"""
WYNDOR_DATA = {
    "profit": {"doors": 3, "windows": 5},
    "hours": {"one": 4, "two": 12, "three": 18},
    "use": {
        "one": {"doors": 1, "windows": 0},
        "two": {"doors": 0, "windows": 2},
        "three": {"doors": 3, "windows": 2},
    },
}


@pytest.mark.asyncio(loop_scope="session")
async def test_linear_program_with_textbook_duals(verdict_of):
    # Hillier and Lieberman's Wyndor Glass: optimum 36, shadow prices 0, 3/2, 1
    verdict = await verdict_of(WYNDOR, WYNDOR_DATA, report='{"doors": m.x["doors"], "all": m.x}')
    assert (verdict.status, verdict.solver, verdict.sense) == ("optimal", "highs", "maximize")
    assert verdict.objective == approx(36) and verdict.bound == approx(36) and verdict.gap == approx(0)
    assert {c.name: c.dual for c in verdict.constraints} == approx(
        {"plant[one]": 0, "plant[two]": 1.5, "plant[three]": 1}
    )
    assert {c.name: c.slack for c in verdict.constraints} == approx(
        {"plant[one]": 2, "plant[two]": 0, "plant[three]": 0}
    )
    assert verdict.report == {"doors": 2.0, "all": {"doors": 2.0, "windows": 6.0}}
    assert verdict.feasibility.ok and verdict.diagnosis is None and verdict.failure is None
    statistics = verdict.statistics
    assert (statistics.model_class, statistics.continuous, statistics.inequalities, statistics.nonzeros) == (
        "LP",
        2,
        3,
        4,
    )
    assert statistics.coefficient_range == (1, 5)
    assert "x(doors)" in verdict.lp and verdict.timings.total >= verdict.timings.solve > 0


@pytest.mark.asyncio(loop_scope="session")
async def test_mixed_integer_program(verdict_of):
    # knapsack 10, 13, 7, 8 of weights 3, 4, 2, 3 within 7: items 2 and 1 make 23
    verdict = await verdict_of(
        """
        value, weight = [10, 13, 7, 8], [3, 4, 2, 3]
        m.take = pyo.Var(range(4), domain=pyo.Binary)
        m.carry = pyo.Constraint(expr=sum(weight[i] * m.take[i] for i in range(4)) <= 7)
        m.value = pyo.Objective(expr=sum(value[i] * m.take[i] for i in range(4)), sense=pyo.maximize)
        """,
        report='{"taken": [i for i in m.take if m.take[i].value > 0.5]}',
    )
    assert verdict.objective == approx(23) and verdict.report == {"taken": [0, 1]}
    assert (verdict.statistics.model_class, verdict.statistics.binary) == ("MIP", 4)
    assert {v.domain for v in verdict.variables} == {"binary"}
    assert all(c.dual is None for c in verdict.constraints)


@pytest.mark.asyncio(loop_scope="session")
async def test_rounded_switches_leave_the_continuous_part_feasible(verdict_of):
    # a switch of 1e-7 would let 1 unit through a big-M of 1e7 for nothing
    verdict = await verdict_of(
        """
        m.x = pyo.Var(domain=pyo.NonNegativeReals)
        m.on = pyo.Var(domain=pyo.Binary)
        m.only_if = pyo.Constraint(expr=m.x <= 1e7 * m.on)
        m.need = pyo.Constraint(expr=m.x >= 0.5)
        m.cost = pyo.Objective(expr=10 * m.on + m.x)
        """
    )
    assert verdict.objective == approx(10.5)
    assert [v.value for v in verdict.variables] == [0.5, 1.0]


@pytest.mark.asyncio(loop_scope="session")
async def test_convex_quadratic_program_goes_to_highs_with_its_duals(verdict_of):
    # min (x-1)² + (y-2.5)² on x+y <= 2: (0.25, 1.75), value 1.125, multiplier -1.5
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(domain=pyo.NonNegativeReals), pyo.Var(domain=pyo.NonNegativeReals)
        m.budget = pyo.Constraint(expr=m.x + m.y <= 2)
        m.far = pyo.Objective(expr=(m.x - 1)**2 + (m.y - 2.5)**2)
        """
    )
    assert (verdict.solver, verdict.statistics.model_class) == ("highs", "QP")
    assert verdict.objective == approx(1.125) and verdict.bound == approx(1.125)
    assert [v.value for v in verdict.variables] == approx([0.25, 1.75])
    assert verdict.constraints[0].dual == approx(-1.5)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_flat_quadratic_optimum_is_not_moved_by_regularization(verdict_of):
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(domain=pyo.NonNegativeReals), pyo.Var(domain=pyo.NonNegativeReals)
        m.budget = pyo.Constraint(expr=m.x + m.y <= 1e7)
        m.gain = pyo.Objective(expr=m.x + m.y - 5e-7 * m.x**2, sense=pyo.maximize)
        """
    )
    assert verdict.objective == approx(1e7, rel=1e-9)


@pytest.mark.asyncio(loop_scope="session")
async def test_quadratic_program_without_rows_is_unbounded_not_infinite(verdict_of):
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(), pyo.Var(domain=pyo.NonNegativeReals)
        m.cost = pyo.Objective(expr=m.x**2 - m.y)
        """
    )
    assert verdict.status == "unbounded" and verdict.diagnosis.ray == {"y": 1.0}


@pytest.mark.asyncio(loop_scope="session")
async def test_nonconvex_quadratic_program_goes_to_scip_and_is_global(verdict_of):
    # min xy - x² on the box -2 <= x <= 3, 0 <= y <= 4: at the corner (-2, 4) it is -12, at (3, 0) only -9
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(bounds=(-2, 3), initialize=3), pyo.Var(bounds=(0, 4), initialize=0)
        m.link = pyo.Constraint(expr=m.x + m.y <= 5)
        m.cost = pyo.Objective(expr=m.x * m.y - m.x**2)
        """
    )
    assert (verdict.solver, verdict.statistics.model_class) == ("scip", "QP")
    assert verdict.objective == approx(-12, rel=1e-6) and verdict.bound == approx(-12, rel=1e-6)


@pytest.mark.asyncio(loop_scope="session")
async def test_integer_quadratic_program(verdict_of):
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(domain=pyo.Integers, bounds=(-5, 5)), pyo.Var(bounds=(0, 4))
        m.cost = pyo.Objective(expr=(m.x - 1.4)**2 + (m.y - 1.2)**2)
        """,
        report='{"x": m.x, "y": m.y}',
    )
    assert (verdict.solver, verdict.statistics.model_class) == ("scip", "MIQP")
    assert verdict.objective == approx(0.16, abs=1e-5) and verdict.report["x"] == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_the_cheapest_can(verdict_of):
    # volume 355 cm³: r = (V/2π)^(1/3), surface 3(2πV²)^(1/3)
    verdict = await verdict_of(
        """
        from math import pi
        m.r, m.h = pyo.Var(bounds=(0.1, 100)), pyo.Var(bounds=(0.1, 100))
        m.volume = pyo.Constraint(expr=pi * m.r**2 * m.h == 355)
        m.area = pyo.Objective(expr=2 * pi * m.r * (m.r + m.h))
        """,
        report='{"r": m.r}',
    )
    assert (verdict.solver, verdict.statistics.model_class) == ("scip", "NLP")
    assert verdict.objective == approx(3 * (2 * math.pi * 355**2) ** (1 / 3), rel=1e-6)
    assert verdict.report["r"] == approx((355 / (2 * math.pi)) ** (1 / 3), rel=1e-3)


@pytest.mark.asyncio(loop_scope="session")
async def test_nonlinear_functions_with_many_local_optima(verdict_of):
    # sin x + sin(10x/3) on [2.7, 7.5]: global minimum -1.899599 at 5.145735 (Gramacy and Lee's test set)
    verdict = await verdict_of(
        """
        m.x = pyo.Var(bounds=(2.7, 7.5))
        m.f = pyo.Objective(expr=pyo.sin(m.x) + pyo.sin(10 * m.x / 3))
        """
    )
    assert verdict.objective == approx(-1.899599, abs=1e-5)
    assert verdict.variables[0].value == approx(5.145735, abs=1e-3)


@pytest.mark.asyncio(loop_scope="session")
async def test_mixed_integer_nonlinear_program(verdict_of):
    # by enumeration of n: n=0 needs x = sqrt(5.5), which is best
    verdict = await verdict_of(
        """
        m.x, m.n = pyo.Var(bounds=(0, 4)), pyo.Var(bounds=(0, 5), domain=pyo.Integers)
        m.need = pyo.Constraint(expr=m.x**2 + m.n >= 5.5)
        m.cost = pyo.Objective(expr=m.x + 0.9 * m.n + pyo.exp(m.x * m.n / 10) - 1)
        """
    )
    best = min(
        x + 0.9 * n + math.exp(x * n / 10) - 1 for n in range(6) for x in [math.sqrt(max(0.0, 5.5 - n))] if x <= 4
    )
    assert verdict.statistics.model_class == "MINLP"
    assert verdict.objective == approx(best, rel=1e-5)


@pytest.mark.asyncio(loop_scope="session")
async def test_powers_roots_absolute_values_and_logarithms(verdict_of):
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(bounds=(0.5, 9)), pyo.Var(bounds=(0, 3))
        m.a = pyo.Constraint(expr=m.x**m.y <= 8)
        m.b = pyo.Constraint(expr=pyo.sqrt(m.x) + abs(m.y - 5) <= 5)
        m.c = pyo.Constraint(expr=2**m.y >= 4)
        m.gain = pyo.Objective(expr=pyo.log(m.x) + pyo.log10(m.x) / m.y, sense=pyo.maximize)
        """
    )
    # y = 2 is the least allowed and x = sqrt(8) the most
    x = math.sqrt(8)
    assert verdict.objective == approx(math.log(x) + math.log10(x) / 2, rel=1e-5)


@pytest.mark.asyncio(loop_scope="session")
async def test_disjunction(verdict_of):
    verdict = await verdict_of(
        """
        from pyomo.gdp import Disjunction
        m.x, m.y = pyo.Var(bounds=(0, 10)), pyo.Var(bounds=(0, 10))
        m.either = Disjunction(expr=[[m.x <= 2], [m.x >= 5, m.y <= 1]])
        m.gain = pyo.Objective(expr=m.x + m.y / 2, sense=pyo.maximize)
        """
    )
    assert verdict.objective == approx(10.5)


@pytest.mark.asyncio(loop_scope="session")
async def test_special_ordered_sets_and_piecewise_functions(verdict_of):
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(bounds=(0, 3)), pyo.Var()
        m.curve = pyo.Piecewise(m.y, m.x, pw_pts=[0, 1, 2, 3], f_rule=[0, 3, 2, 4], pw_constr_type="EQ")
        m.gain = pyo.Objective(expr=m.y - m.x, sense=pyo.maximize)
        """
    )
    assert verdict.solver == "scip" and verdict.objective == approx(2)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("pair", ["m.x + m.y <= 5", "m.x**3 + m.y <= 5"])
async def test_odd_but_harmless_components(verdict_of, pair):
    """Constant rows, rows that cancel out, unused, fixed and inactive parts: through either solver."""
    verdict = await verdict_of(
        f"""
        m.p = pyo.Param(initialize=3, mutable=True)
        m.x, m.y, m.unused = pyo.Var(bounds=(0, 3)), pyo.Var(bounds=(0, 3)), pyo.Var([1, 2], domain=pyo.Integers)
        m.fixed = pyo.Var(bounds=(0, 9))
        m.fixed.fix(4)
        m.pair = pyo.Constraint(expr={pair})
        m.constant = pyo.Constraint(expr=m.p <= 5)
        m.cancels = pyo.Constraint(expr=m.x - m.x <= 5)
        m.feasible = pyo.Constraint(expr=pyo.Constraint.Feasible)
        m.with_fixed = pyo.Constraint(expr=m.x + m.fixed <= 5)
        m.old = pyo.Constraint(expr=m.x <= 0)
        m.old.deactivate()
        m.gone = pyo.Block()
        m.gone.z = pyo.Var(bounds=(0, 1))
        m.gone.c = pyo.Constraint(expr=m.gone.z >= 5)
        m.gone.deactivate()
        m.gain = pyo.Objective(expr=m.x + m.y, sense=pyo.maximize)
        """,
        report='{"unused": m.unused[1], "fixed": m.fixed}',
    )
    assert verdict.objective == approx(4, rel=1e-6) and verdict.report["fixed"] == 4
    assert {v.name for v in verdict.variables} == {"x", "y", "unused[1]", "unused[2]", "fixed"}
    assert {c.name for c in verdict.constraints} == {"pair", "constant", "cancels", "feasible", "with_fixed"}


@pytest.mark.asyncio(loop_scope="session")
async def test_constants_move_to_the_bounds(verdict_of):
    verdict = await verdict_of(
        """
        m.x, m.y = pyo.Var(bounds=(0, 9)), pyo.Var(bounds=(0, 9))
        m.ahead = pyo.Constraint(expr=m.x + 1 >= m.y + 3)
        m.cost = pyo.Objective(expr=m.x + 7)
        """
    )
    row = verdict.constraints[0]
    assert verdict.objective == approx(9)
    # x + 1 >= y + 3 reads  y - x <= -2
    assert (row.lower, row.upper, row.body, row.slack) == (None, approx(-2), approx(-2), approx(0))


BOX = """
m.x = pyo.Var(range(3), domain=pyo.Integers, bounds=(-2, 2))
m.row = pyo.Constraint(range(len(data["rows"])), rule=lambda m, i:
    sum(a * m.x[j] for j, a in enumerate(data["rows"][i][0])) + 0 * m.x[0] <= data["rows"][i][1])
m.goal = pyo.Objective(
    expr=sum(c * m.x[j] for j, c in enumerate(data["cost"])) + data["bend"] * (m.x[0] * m.x[1] - m.x[2]**2),
    sense=getattr(pyo, data["sense"]))
"""
small = st.lists(st.integers(-4, 4), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(small, st.integers(-6, 6)), max_size=4),
    cost=small,
    bend=st.integers(-1, 1),
    sense=st.sampled_from(["minimize", "maximize"]),
)
def test_small_integer_programs_against_enumeration(inside, rows, cost, bend, sense):
    def value(x):
        return sum(c * v for c, v in zip(cost, x, strict=True)) + bend * (x[0] * x[1] - x[2] ** 2)

    points = [
        x
        for x in product(range(-2, 3), repeat=3)
        if all(sum(a * v for a, v in zip(row, x, strict=True)) <= right for row, right in rows)
    ]
    verdict = inside(BOX, {"rows": rows, "cost": cost, "bend": bend, "sense": sense})
    assert verdict.status == ("optimal" if points else "infeasible")
    if points:
        best = min if sense == "minimize" else max
        assert verdict.objective == approx(best(map(value, points)), abs=1e-6)
        assert tuple(v.value for v in verdict.variables) in points
