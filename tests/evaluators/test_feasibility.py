"""The point is checked apart from the solver: a solver that lies is found out."""

from dataclasses import replace

import numpy as np
import pytest
from optwright.evaluators import driver
from optwright.evaluators.solve import solve
from pytest import approx

MODEL = """
m.x, m.n = pyo.Var(bounds=(0, 40)), pyo.Var(domain=pyo.Integers, bounds=(0, 9))
m.cap = pyo.Constraint(expr=m.x + 10 * m.n <= 100)
m.curve = pyo.Constraint(expr=m.x**2 <= 900)
m.gain = pyo.Objective(expr=m.x + m.n, sense=pyo.maximize)
"""


@pytest.fixture
def lying(monkeypatch, inside):
    """`lying(x, n)`: the verdict when the solver returns this point, with the objective that it has or `claimed`."""

    def run(x, n, claimed=None):
        def lie(c, options, clock, watch):
            honest = solve(c, options, clock)
            order = [variable.name for variable in c.variables]
            point = np.array([{"x": x, "n": n}[name] for name in order], dtype=float)
            return replace(honest, x=point, objective=x + n if claimed is None else claimed)

        monkeypatch.setattr(driver, "solve", lie)
        return inside(MODEL)

    return run


def test_an_honest_point_passes(lying):
    verdict = lying(30, 7)
    assert verdict.feasibility.ok and verdict.feasibility.worst_violation == 0 and verdict.diagnosis is None


@pytest.mark.parametrize(
    ("point", "kind", "where", "violation"),
    [
        ((20, 9), "constraint", "cap", 0.1),  # 110 > 100
        ((39, 1), "constraint", "curve", 621 / 900),  # 1521 > 900
        ((-3, 2), "bound", "x", 3),
        ((0, 2.5), "integrality", "n", 0.5),
        ((-0.5, 2.25), "bound", "x", 0.5),
    ],
)
def test_the_worst_violation_is_named(lying, point, kind, where, violation):
    found = lying(*point).feasibility
    assert (found.ok, found.kind, found.where) == (False, kind, where)
    assert found.worst_violation == approx(violation)


def test_a_wrong_objective_is_found_out(lying):
    verdict = lying(30, 7, claimed=38)
    assert verdict.objective == 37
    assert (verdict.feasibility.kind, verdict.feasibility.ok) == ("objective", False)
    assert verdict.diagnosis.kind == "numerics" and "objective" in verdict.diagnosis.note


def test_violations_within_tolerance_pass_but_are_told(lying):
    found = lying(30, 7 + 4e-7).feasibility
    assert found.ok and found.where == "n" and found.worst_violation == approx(4e-7)


def test_an_expression_without_a_value_is_a_violation(inside, monkeypatch):
    def lie(c, options, clock, watch):
        return replace(solve(c, options, clock), x=np.array([-1.0]), objective=-1.0)

    monkeypatch.setattr(driver, "solve", lie)
    verdict = inside(
        """
        m.x = pyo.Var(bounds=(-9, 9))
        m.root = pyo.Constraint(expr=pyo.log(m.x) >= -2)
        m.cost = pyo.Objective(expr=m.x)
        """
    )
    assert not verdict.feasibility.ok and verdict.feasibility.where == "root"
    assert verdict.constraints[0].body is None
