"""Why a model has no optimum, and what would give it one."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

NEEDS = """
m.x, m.y = pyo.Var(domain=pyo.NonNegativeReals, bounds=(0, 5)), pyo.Var(domain=pyo.NonNegativeReals)
m.need = pyo.Constraint(expr=m.x + m.y >= 10)
m.cap = pyo.Constraint(expr=m.y <= 3)
m.harmless = pyo.Constraint(expr=m.x + 2 * m.y <= 100)
m.cost = pyo.Objective(expr=m.x + m.y)
"""


def test_infeasible_linear_program(inside):
    verdict = inside(NEEDS)
    diagnosis = verdict.diagnosis
    assert (verdict.status, diagnosis.kind) == ("infeasible", "infeasible")
    assert set(diagnosis.conflict) == {"need", "cap", "bound:x"} and diagnosis.conflict_is_minimal
    # 2 units are missing; a bound of 10 gives way more cheaply, relative to its size, than one of 5 or 3
    (move,) = diagnosis.relaxations
    assert (move.constraint, move.side, move.bound, move.by) == ("need", "lower", 10, approx(2))
    assert verdict.objective is None and verdict.bound is None and verdict.report == {}


def test_relaxation_spreads_over_several_bounds_where_it_must(inside):
    verdict = inside(
        """
        m.x, m.y = pyo.Var(bounds=(0, 4)), pyo.Var(bounds=(0, 4))
        m.a = pyo.Constraint(expr=m.x >= 1000)
        m.b = pyo.Constraint(expr=m.y >= 7)
        m.cost = pyo.Objective(expr=m.x + m.y)
        """
    )
    moves = {(move.constraint, move.side): move.by for move in verdict.diagnosis.relaxations}
    assert moves == {("a", "lower"): approx(996), ("b", "lower"): approx(3)}


def test_a_bound_that_the_program_chose_may_give_way(inside):
    verdict = inside(
        """
        m.x = pyo.Var(bounds=(0, 500))
        m.a = pyo.Constraint(expr=m.x == 502)
        m.b = pyo.Constraint(expr=m.x - 2 >= 500)
        m.c = pyo.Constraint(expr=2 * m.x >= 1004)
        m.cost = pyo.Objective(expr=m.x)
        """
    )
    (move,) = verdict.diagnosis.relaxations
    assert (move.constraint, move.side, move.bound, move.by) == ("bound:x", "upper", 500, approx(2))


def test_infeasible_for_whole_numbers_only(inside):
    verdict = inside(
        """
        m.x, m.y = (pyo.Var(domain=pyo.Integers, bounds=(0, 10)) for _ in range(2))
        m.odd = pyo.Constraint(expr=2 * m.x + 2 * m.y == 7)
        m.harmless = pyo.Constraint(expr=m.x <= 8)
        m.cost = pyo.Objective(expr=m.x)
        """
    )
    assert verdict.status == "infeasible" and verdict.diagnosis.conflict == ("odd",)
    (move,) = verdict.diagnosis.relaxations
    assert move.constraint == "odd" and move.by == approx(1)


def test_infeasible_nonlinear_model(inside):
    verdict = inside(
        """
        m.x, m.y = pyo.Var(bounds=(0, 10)), pyo.Var(bounds=(0, 10))
        m.area = pyo.Constraint(expr=m.x * m.y >= 60)
        m.fence = pyo.Constraint(expr=m.x + m.y <= 10)
        m.harmless = pyo.Constraint(expr=m.x <= 9.5)
        m.cost = pyo.Objective(expr=m.x)
        """
    )
    assert verdict.status == "infeasible" and set(verdict.diagnosis.conflict) == {"area", "fence"}
    assert verdict.diagnosis.conflict_is_minimal
    (move,) = verdict.diagnosis.relaxations
    # the fence must reach 2·sqrt(60), which costs 0.55 of it; the area would cost 35/60
    assert (move.constraint, move.by) == ("fence", approx(2 * 60**0.5 - 10, rel=1e-4))


@pytest.mark.parametrize("goal", ["m.x", "m.x**3"])
def test_constant_constraint_that_cannot_hold(inside, goal):
    verdict = inside(
        f"""
        m.p = pyo.Param(initialize=3, mutable=True)
        m.x = pyo.Var(bounds=(0, 3))
        m.possible = pyo.Constraint(expr=m.p <= 2)
        m.cost = pyo.Objective(expr={goal})
        """
    )
    assert verdict.status == "infeasible" and verdict.diagnosis.conflict == ("possible",)


def test_constraint_that_is_the_constant_false(inside):
    verdict = inside(
        """
        m.x = pyo.Var(bounds=(0, 3))
        m.possible = pyo.Constraint([1, 2], rule=lambda m, i: m.x <= 2 if i == 1 else data["a"] <= 2)
        m.cost = pyo.Objective(expr=m.x)
        """,
        {"a": 3},
    )
    assert verdict.status == "infeasible" and verdict.diagnosis.conflict == ("possible[2]",)
    assert "no variables" in verdict.diagnosis.note and verdict.failure is None


def test_unbounded_linear_program(inside):
    verdict = inside(
        """
        m.x, m.y, m.z = pyo.Var(bounds=(0, None)), pyo.Var(bounds=(0, None)), pyo.Var(bounds=(0, 1))
        m.link = pyo.Constraint(expr=m.x - 2 * m.y <= 4)
        m.gain = pyo.Objective(expr=m.x + m.z, sense=pyo.maximize)
        """
    )
    assert (verdict.status, verdict.diagnosis.kind) == ("unbounded", "unbounded")
    assert verdict.diagnosis.ray == {"x": 1.0, "y": 0.5} and verdict.objective is None


def test_unbounded_downwards(inside):
    verdict = inside("m.x = pyo.Var(bounds=(None, 5))\nm.cost = pyo.Objective(expr=2 * m.x)")
    assert verdict.status == "unbounded" and verdict.diagnosis.ray == {"x": -1.0}


WHOLE_NUMBERS = """
m.x, m.y = pyo.Var(domain=pyo.NonNegativeIntegers), pyo.Var(domain=pyo.NonNegativeIntegers)
m.z = pyo.Var(domain=pyo.Integers, bounds=(0, 3))
m.link = pyo.Constraint(expr=m.x - 2 * m.y <= 4)
m.odd = pyo.Constraint(expr=2 * m.z == data["odd"])
m.gain = pyo.Objective(expr=m.x, sense=pyo.maximize)
"""


def test_unbounded_is_told_from_infeasible_for_whole_numbers(inside):
    unbounded, infeasible = inside(WHOLE_NUMBERS, {"odd": 4}), inside(WHOLE_NUMBERS, {"odd": 3})
    assert unbounded.status == "unbounded" and unbounded.diagnosis.ray == {"x": 1.0, "y": 0.5}
    assert infeasible.status == "infeasible" and infeasible.diagnosis.conflict == ("odd",)


def test_unbounded_nonlinear_model(inside):
    verdict = inside(
        """
        m.x, m.y = pyo.Var(bounds=(0, None)), pyo.Var(bounds=(0, None))
        m.z = pyo.Var(bounds=(0, 1))
        m.gain = pyo.Objective(expr=m.x * m.y + m.z, sense=pyo.maximize)
        """,
        time_limit=20,
    )
    assert verdict.status == "unbounded" and verdict.diagnosis.ray == {"x": 1.0, "y": 1.0}
    assert verdict.timings.solve < 15


def test_coefficients_too_far_apart_are_named(inside):
    verdict = inside(
        """
        m.x, m.y = pyo.Var(bounds=(0, 1)), pyo.Var(bounds=(0, 1))
        m.mixed = pyo.Constraint(expr=1e-5 * m.x + 1e6 * m.y <= 1)
        m.gain = pyo.Objective(expr=m.x, sense=pyo.maximize)
        """
    )
    assert verdict.status == "optimal" and verdict.diagnosis.kind == "numerics"
    assert "1e-05 (x in mixed) to 1e+06 (y in mixed)" in verdict.diagnosis.note


def test_tiny_coefficients_are_not_dropped(inside):
    verdict = inside(
        """
        m.x = pyo.Var(bounds=(0, None))
        m.need = pyo.Constraint(expr=1e-10 * m.x >= 1)
        m.cost = pyo.Objective(expr=1e-10 * m.x)
        """
    )
    assert verdict.status == "optimal" and verdict.objective == approx(1)


RANDOM = """
m.x = pyo.Var(range(3), domain=pyo.Integers if data["whole"] else pyo.Reals, bounds=(0, 6))
m.row = pyo.Constraint(range(len(data["rows"])), rule=lambda m, i: (
    data["rows"][i][1] - data["free"].get(f"row[{i}]lower", 0),
    sum(a * m.x[j] for j, a in enumerate(data["rows"][i][0])) + 0 * m.x[0],
    data["rows"][i][1] + data["rows"][i][2] + data["free"].get(f"row[{i}]upper", 0)))
for j in range(3):
    m.x[j].setub(6 + data["free"].get(f"bound:x[{j}]upper", 0))
m.keep = pyo.Constraint(expr=sum(m.x[j] for j in range(3)) >= -1e6)
m.goal = pyo.Objective(expr=m.x[0])
"""
FREE = 1e5


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(
        st.tuples(st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.integers(-20, 20), st.integers(0, 6)),
        min_size=1,
        max_size=5,
    ),
    whole=st.booleans(),
)
def test_conflicts_are_infeasible_and_minimal_and_relaxations_work(inside, rows, whole):
    data = {"rows": rows, "whole": whole, "free": {}}

    def status(**free):
        return inside(RANDOM, data | {"free": free}).status

    def without(names):
        """Every bound of everything but `names` moved out of the way."""
        everything = [f"row[{i}]" for i in range(len(rows))] + [f"bound:x[{j}]" for j in range(3)]
        return status(**{name + side: FREE for name in everything if name not in names for side in ("lower", "upper")})

    verdict = inside(RANDOM, data)
    if verdict.status == "optimal":
        return
    assert verdict.status == "infeasible"
    conflict = verdict.diagnosis.conflict
    assert verdict.diagnosis.conflict_is_minimal and without(conflict) == "infeasible"
    for kept in combinations(conflict, len(conflict) - 1):
        assert without(kept) == "optimal", kept
    moves = {move.constraint + move.side: move.by * (1 + 1e-9) + 1e-9 for move in verdict.diagnosis.relaxations}
    assert moves and status(**moves) == "optimal"
