"""Whether a label's quantities are another optimal vertex of a submitted model."""

import pytest
from optwright.datasets.items import Quantity
from optwright.evaluators.program import judge
from optwright.evaluators.reaches import reaches
from optwright.evaluators.verdict import SolveOptions

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIX = """
import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.boxes = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.crates = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.space = pyo.Constraint(expr=m.boxes + m.crates <= 10)
    m.profit = pyo.Objective(expr=3 * m.boxes + 3 * m.crates, sense=pyo.maximize)
    return m

def report(m):
    return {"boxes": round(pyo.value(m.boxes)), "crates": pyo.value(m.crates), "profit": pyo.value(m.profit)}
"""


def wanted(**values: float | str) -> tuple[Quantity, ...]:
    return tuple(Quantity(name=name, value=float(value), text=str(value)) for name, value in values.items())


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"boxes": 4, "crates": 6, "profit": 30}, True),
        ({"boxes": 10, "crates": 0, "profit": 30}, True),
        ({"boxes": 4, "crates": 5, "profit": 30}, False),
        ({"boxes": 4.5, "crates": 5.5, "profit": 30}, False),  # whole boxes only
        ({"boxes": 4, "crates": 6, "profit": 31}, False),
        ({"boxes": 4, "barrels": 6}, None),  # no such quantity is reported
    ],
)
async def test_other_vertices(pool, values, found):
    verdict = await judge(pool, MIX, {})
    assert verdict.objective == 30
    assert await reaches(pool, MIX, {}, verdict.objective, wanted(**values)) is found


async def test_a_report_that_is_not_affine_is_not_asked(pool):
    squared = MIX.replace("round(pyo.value(m.boxes))", "pyo.value(m.boxes) ** 2")
    assert await reaches(pool, squared, {}, 30.0, wanted(boxes=16, crates=6)) is None


async def test_a_rounded_label_is_reached_within_its_rounding(pool):
    thirds = MIX.replace("NonNegativeIntegers", "NonNegativeReals").replace("+ 3 * m.crates", "+ 3 * m.crates + 0.001")
    thirds = thirds.replace("round(pyo.value(m.boxes))", "pyo.value(m.boxes) / 3")
    assert await reaches(pool, thirds, {}, 30.001, wanted(boxes="1.11", crates="6.67")) is True
    assert await reaches(pool, thirds, {}, 30.001, wanted(boxes="1.12", crates="6.67")) is False


@pytest.mark.parametrize(
    "program",
    [
        MIX.replace("return {", "raise ValueError('no'); return {"),
        MIX.replace('"boxes": round(pyo.value(m.boxes))', '"boxes": "many"'),
        MIX.replace("    return m\n\ndef report", "    return None\n\ndef report"),
        "def build_model(:",
        MIX.replace("def report(m):", "def report(m):\n    while True: pass\n"),
    ],
    ids=["raises", "words", "no model", "no program", "for ever"],
)
async def test_a_bad_program_says_nothing(pool, program):
    options = SolveOptions(build_limit=1, time_limit=2)
    assert await reaches(pool, program, {}, 30.0, wanted(boxes=4, crates=6), options) is None
