"""The model in the forms that other tools read: read back by another reader, they give the same optimum."""

import highspy
import pytest
from optwright.evaluators.program import export_model, judge
from pytest import approx

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIXED = """
m.I = pyo.Set(initialize=["a b", "a_b", "c"])
m.x = pyo.Var(m.I, bounds=(-3, 12))
m.n = pyo.Var(domain=pyo.NonNegativeIntegers)
m.cap = pyo.Constraint(expr=sum(m.x.values()) + 2.5 * m.n <= 20.25)
m.band = pyo.Constraint(expr=(-1, m.x["a b"] - m.x["c"], 4))
m.tie = pyo.Constraint(expr=m.x["a b"] + 1 == m.x["a_b"] + 3)
m.gain = pyo.Objective(expr=2 * m.x["a b"] + 3 * m.x["a_b"] - m.x["c"] + 4 * m.n + 7, sense=pyo.maximize)
"""
QUADRATIC = """
m.x, m.y = pyo.Var(bounds=(0, 9)), pyo.Var(bounds=(0, 9))
m.c = pyo.Constraint(expr=m.x + m.y >= 3)
m.cost = pyo.Objective(expr=(m.x - 1)**2 + 2 * m.y**2 + m.x * m.y)
"""


def optimum(text, path):
    path.write_text(text)
    reader = highspy.Highs()
    reader.setOptionValue("output_flag", False)
    assert reader.readModel(str(path)) == highspy.HighsStatus.kOk
    reader.run()
    return reader.getInfo().objective_function_value


@pytest.mark.parametrize("body", [MIXED, QUADRATIC])
async def test_lp_and_mps_hold_the_same_model(pool, program, tmp_path, body):
    verdict = await judge(pool, program(body), {})
    exported = await export_model(pool, program(body), {})
    assert optimum(exported.lp, tmp_path / "model.lp") == approx(verdict.objective, rel=1e-6)
    assert optimum(exported.mps, tmp_path / "model.mps") == approx(verdict.objective, rel=1e-6)
    assert r"\begin{align}" in exported.latex and exported.lp == verdict.lp


async def test_nonlinear_models_have_latex_only(pool, program):
    exported = await export_model(pool, program("m.x = pyo.Var()\nm.f = pyo.Objective(expr=pyo.exp(m.x))"), {})
    assert exported.lp is None and exported.mps is None and "exp" in exported.latex


async def test_large_models_have_no_latex_and_broken_ones_nothing(pool, program):
    large = """
    m.x = pyo.Var(range(3000), bounds=(0, 1))
    m.sum = pyo.Constraint(expr=sum(m.x.values()) <= 5)
    m.gain = pyo.Objective(expr=sum(m.x.values()), sense=pyo.maximize)
    """
    exported = await export_model(pool, program(large), {})
    assert exported.latex is None and "x[2999]" in exported.mps and "x(2999)" in exported.lp
    broken = await export_model(pool, program("m.x = 1 / 0"), {})
    assert (broken.lp, broken.mps, broken.latex) == (None, None, None)
