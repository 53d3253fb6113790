"""Whether a label's quantities are another optimal vertex of a submitted model."""

import time

import pytest
from optwright.datasets.items import Quantity
from optwright.datasets.labels import read_label
from optwright.evaluators.answers import Answered, judgement
from optwright.evaluators.program import judge, judging_seconds
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
        ({"boxes": 4, "barrels": 6, "profit": 30}, None),  # no such quantity is reported
    ],
)
async def test_other_vertices(pool, values, found):
    verdict = await judge(pool, MIX, {})
    assert verdict.objective == 30
    assert await reaches(pool, MIX, {}, verdict.objective, wanted(**values)) is found


async def test_a_report_that_is_not_affine_is_not_asked(pool):
    squared = MIX.replace("round(pyo.value(m.boxes))", "pyo.value(m.boxes) ** 2")
    assert await reaches(pool, squared, {}, 30.0, wanted(boxes=16, crates=6, profit=30)) is None


async def test_a_rounded_label_is_reached_within_its_rounding(pool):
    thirds = MIX.replace("NonNegativeIntegers", "NonNegativeReals").replace("+ 3 * m.crates", "+ 3 * m.crates + 0.001")
    thirds = thirds.replace("round(pyo.value(m.boxes))", "pyo.value(m.boxes) / 3")
    assert await reaches(pool, thirds, {}, 30.001, wanted(boxes="1.11", crates="6.67", profit="30.001")) is True
    assert await reaches(pool, thirds, {}, 30.001, wanted(boxes="1.12", crates="6.67", profit="30.001")) is False


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
    """The one that never ends is stopped when its time is up, long before the sandbox would."""
    options, begun = SolveOptions(build_limit=1, time_limit=2), time.monotonic()
    assert await reaches(pool, program, {}, 30.0, wanted(boxes=4, crates=6, profit=30), options) is None
    assert time.monotonic() - begun < judging_seconds(options) / 2


async def judged(pool, program: str, label: dict[str, str]) -> str:
    """As a benchmark run judges a program."""
    verdict = await judge(pool, program, {})
    known = read_label("original", label)
    found = await reaches(pool, program, {}, verdict.objective, known.quantities)
    answered = Answered(status="optimal", objective=verdict.objective, quantities=verdict.report, reaches=found)
    return judgement(known, answered)


WRONG = """
import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.y = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.most = pyo.Constraint(expr=m.x + m.y <= 3)
    m.least = pyo.Constraint(expr=m.y >= 1)
    m.goal = pyo.Objective(expr=GOAL, sense=pyo.minimize)
    return m

def report(m):
    return {"x": pyo.value(m.x), "y": pyo.value(m.y), "profit": 5 * pyo.value(m.y)}
"""


@pytest.mark.parametrize(
    "goal",
    ["0 * m.x", "7 + 0 * m.x", "0.1 * m.x + 0.2 * m.x - 0.3 * m.x", "1e-9 * m.y", "m.x"],
    ids=["constant", "another constant", "rounding noise", "as good as constant", "not what was asked for"],
)
async def test_where_anything_is_optimal_nothing_is_right(pool, goal):
    label = {"x": "0", "y": "3", "profit": "15"}
    assert await judged(pool, WRONG.replace("GOAL", goal), label) == (
        "wrong value" if goal.startswith("7") else "quantities undecided"
    )


async def test_an_objective_that_is_not_asked_for_decides_nothing(pool):
    assert await reaches(pool, MIX, {}, 30.0, wanted(boxes=4, crates=6)) is None
    assert await reaches(pool, MIX, {}, 30.0, wanted(boxes=4, crates=5)) is None


async def test_a_quantity_that_follows_the_objective_stands_for_it(pool):
    cents = MIX.replace('"profit": pyo.value(m.profit)', '"cents": 100 * pyo.value(m.profit) + 5')
    assert await reaches(pool, cents, {}, 30.0, wanted(boxes=4, crates=6, cents=3005)) is True
    assert await reaches(pool, cents, {}, 30.0, wanted(cents=3005, boxes=4, crates=6)) is True
    assert await reaches(pool, cents, {}, 30.0, wanted(boxes=4, crates=6, cents=3105)) is False


@pytest.mark.parametrize(
    "counted", ["sum(v > 0.5 for v in (m.boxes(), m.crates()))", "min(m.boxes(), 1)", "abs(m.boxes() - 2)"]
)
async def test_a_report_that_counts_is_not_taken_for_affine(pool, counted):
    program = MIX.replace('"boxes": round(pyo.value(m.boxes))', f'"used": {counted}')
    assert await reaches(pool, program, {}, 30.0, wanted(used=2, crates=0, profit=30)) is None


async def test_what_the_report_says_at_the_point_that_was_found_has_the_last_word(pool):
    """Affine wherever it was looked at, and another function at the optimum."""
    kinked = MIX.replace("return {", "return {'total': 10 if (b := pyo.value(m.boxes)) < 6 else 11, ").replace(
        "<= 10", "<= 60"
    )
    assert await reaches(pool, kinked, {}, 180.0, wanted(total=10, boxes=60, profit=180)) is None
    assert await reaches(pool, kinked, {}, 180.0, wanted(total=10, boxes=4, profit=180)) is True


async def test_a_report_may_hold_variables_themselves(pool):
    bare = MIX.replace("pyo.value(m.crates)", "m.crates").replace("pyo.value(m.profit)", "m.profit")
    assert await reaches(pool, bare, {}, 30.0, wanted(boxes=4, crates=6, profit=30)) is True


async def test_the_model_is_as_it_was_when_the_report_is_asked_again(pool):
    nosy = MIX.replace("return {", "[goal] = m.component_objects(pyo.Objective, active=True)\n    return {")
    assert await reaches(pool, nosy, {}, 30.0, wanted(boxes=4, crates=6, profit=30)) is True


PRYING = """
def report(m):
    import gc, sys
    frame, seen = sys._getframe(), []
    while frame:
        seen += frame.f_locals.values()
        frame = frame.f_back
    numbers = [list(map(float, np.ravel(each))) for each in (*seen, *gc.get_objects()) if isinstance(each, np.ndarray)
               and each.dtype == float]
    known = any(abs(value - 4.5) < 1e-3 for row in numbers for value in row)
    return {"boxes": 4.5 if known else pyo.value(m.boxes), "crates": 5.5 if known else pyo.value(m.crates),
            "profit": pyo.value(m.profit)}
"""


async def test_no_process_that_runs_the_program_holds_the_label(pool):
    prying = "import numpy as np\n" + MIX[: MIX.index("def report")] + PRYING
    assert await reaches(pool, prying, {}, 30.0, wanted(boxes=4.5, crates=5.5, profit=30)) is not True
    assert await reaches(pool, prying, {}, 30.0, wanted(boxes=4, crates=6, profit=30)) is True
