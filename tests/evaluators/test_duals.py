"""Duals and reduced costs are the objective's change per unit of the bound: compared with finite differences."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pytest import approx

STEP = 1e-4

LINEAR = """
m.x = pyo.Var(range(3), bounds=lambda m, j: (data["low"][j], data["high"][j]))
m.up = pyo.Constraint(expr=2 * m.x[0] + m.x[1] + m.x[2] <= data["up"])
m.down = pyo.Constraint(expr=m.x[0] + 3 * m.x[1] >= data["down"])
m.equal = pyo.Constraint(expr=m.x[0] - m.x[2] == data["equal"])
m.ranged = pyo.Constraint(expr=(data["from"], m.x[1] + m.x[2], data["to"]))
m.goal = pyo.Objective(expr=sum(data["cost"][j] * m.x[j] for j in range(3)), sense=getattr(pyo, data["sense"]))
"""
DATA = {
    "low": [0.0, 0.25, -2.0],
    "high": [8.0, 7.0, 6.0],
    "up": 20.0,
    "down": 5.5,
    "equal": 1.25,
    "from": 1.5,
    "to": 9.25,
}


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
@pytest.mark.parametrize("cost", [[3.0, 5.5, -1.0], [-2.0, 1.0, 4.0], [1.0, -3.0, 2.0], [-1.0, -2.0, -3.5]])
def test_duals_of_linear_programs(inside, sense, cost):
    data = DATA | {"sense": sense, "cost": cost}
    verdict = inside(LINEAR, data)
    duals = {c.name: c.dual for c in verdict.constraints}

    def change(key, index=None):
        """Central difference; a bound that does not bind, or binds on one side only, is told by its two halves."""
        values = []
        for step in (STEP, -STEP):
            moved = data[key] + step if index is None else [v + step * (j == index) for j, v in enumerate(data[key])]
            values.append(inside(LINEAR, data | {key: moved}).objective)
        return (values[0] - values[1]) / (2 * STEP)

    assert duals["up"] == approx(change("up"), abs=1e-6)
    assert duals["down"] == approx(change("down"), abs=1e-6)
    assert duals["equal"] == approx(change("equal"), abs=1e-6)
    assert duals["ranged"] == approx(change("from") + change("to"), abs=1e-6)
    for j, variable in enumerate(verdict.variables):
        assert variable.reduced_cost == approx(change("low", j) + change("high", j), abs=1e-6)
    assert any(abs(dual) > 0.1 for dual in duals.values())


QUADRATIC = """
m.x = pyo.Var(range(2), bounds=(0, data["high"]))
m.budget = pyo.Constraint(expr=m.x[0] + 2 * m.x[1] <= data["budget"])
far = (m.x[0] - 3)**2 + 2 * (m.x[1] - 2)**2 + m.x[0] * m.x[1]
m.goal = pyo.Objective(expr=data["sign"] * far, sense=pyo.minimize if data["sign"] > 0 else pyo.maximize)
"""


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("high", [2.0, 9.0])
def test_duals_of_convex_quadratic_programs(inside, sign, high):
    data = {"sign": sign, "high": high, "budget": 3.0}
    verdict = inside(QUADRATIC, data)
    assert verdict.solver == "highs"

    def change(key):
        above, below = (inside(QUADRATIC, data | {key: data[key] + step}).objective for step in (STEP, -STEP))
        return (above - below) / (2 * STEP)

    assert verdict.constraints[0].dual == approx(change("budget"), abs=1e-4)
    assert sum(v.reduced_cost for v in verdict.variables) == approx(change("high"), abs=1e-4)
    assert sign * verdict.constraints[0].dual < -0.1


whole = st.integers(-4, 4)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(st.lists(whole, min_size=3, max_size=3), st.integers(1, 30)), min_size=1, max_size=4),
    cost=st.lists(whole, min_size=3, max_size=3),
    maximize=st.booleans(),
)
def test_strong_duality_of_random_linear_programs(inside, rows, cost, maximize):
    """The duals price out the optimum: objective = Σ dual·bound + Σ reduced cost·bound, over what binds."""
    body = """
    m.x = pyo.Var(range(3), bounds=(0, 10))
    m.row = pyo.Constraint(range(len(data["rows"])), rule=lambda m, i:
        sum(a * m.x[j] for j, a in enumerate(data["rows"][i][0])) + 0 * m.x[0] <= data["rows"][i][1])
    m.goal = pyo.Objective(expr=sum(c * m.x[j] for j, c in enumerate(data["cost"])) + 0 * m.x[0],
        sense=pyo.maximize if data["maximize"] else pyo.minimize)
    """
    assume(any(cost))
    verdict = inside(body, {"rows": rows, "cost": cost, "maximize": maximize})
    assert verdict.status == "optimal" and verdict.feasibility.ok
    priced = sum(c.dual * c.upper for c in verdict.constraints)
    priced += sum(v.reduced_cost * v.value for v in verdict.variables)
    assert priced == approx(verdict.objective, abs=1e-6)
    worse = -1 if maximize else 1  # a looser upper bound never worsens the optimum
    assert all(worse * c.dual <= 1e-9 for c in verdict.constraints)


def test_a_report_may_read_prices_from_imported_suffixes(inside):
    verdict = inside(
        """
        m.x, m.y = pyo.Var(bounds=(0, 9)), pyo.Var(bounds=(0, 9))
        m.hours = pyo.Constraint(expr=m.x + 2 * m.y <= 10)
        m.dual, m.rc = pyo.Suffix(direction=pyo.Suffix.IMPORT), pyo.Suffix(direction=pyo.Suffix.IMPORT_EXPORT)
        m.mine = pyo.Suffix(direction=pyo.Suffix.LOCAL)
        m.gain = pyo.Objective(expr=3 * m.x + 5 * m.y, sense=pyo.maximize)
        """,
        report='{"hour": m.dual[m.hours], "more x": m.rc[m.x], "mine": len(m.mine)}',
    )
    assert verdict.failure is None
    assert verdict.report == {"hour": approx(2.5), "more x": approx(0.5), "mine": 0}
