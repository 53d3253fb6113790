"""A model with one of its variables forced, in the real sandbox."""

import pytest
from optwright.evaluators.program import judge_forced

pytestmark = pytest.mark.asyncio(loop_scope="session")
BODY = """
m.x = pyo.Var(["a", "b"], bounds=(0, 4))
m.forced = pyo.Constraint(expr=m.x["a"] + m.x["b"] <= 6)
m.y = pyo.Var(initialize=2)
m.y.fix(2)
m.o = pyo.Objective(expr=3 * m.x["a"] + 2 * m.x["b"] + m.y, sense=pyo.maximize)
"""


@pytest.mark.parametrize(
    ("name", "lower", "upper", "status", "objective"),
    [
        ("x[a]", None, 3, "optimal", 17),
        ("x[b]", 3, None, "optimal", 17),
        ("x[b]", 3, 3, "optimal", 17),
        ("x[b]", 5, None, "infeasible", None),
        ("y", 3, None, "infeasible", None),
        ("z", 1, None, "failed", None),
    ],
)
async def test_the_model_is_solved_with_the_variable_between_its_bounds(
    pool, program, name, lower, upper, status, objective
):
    verdict = await judge_forced(pool, program(BODY), {}, name, lower, upper)
    assert (verdict.status, verdict.objective) == (status, objective and pytest.approx(objective))
    if name == "z":
        assert verdict.failure and "no variable 'z'" in verdict.failure.message


NO_MODEL = "def build_model(data):\n    return None\n\ndef report(model):\n    return {}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [(NO_MODEL, "must return a pyomo.environ.ConcreteModel"), ("x = 1\n", "does not define build_model")],
)
async def test_a_program_that_breaks_the_contract_is_told_as_ever(pool, text, message):
    verdict = await judge_forced(pool, text, {}, "x", 1)
    assert verdict.failure and message in verdict.failure.message
