"""Every way in which a program breaks its contract, and the message that a repair can work from."""

import pytest
from optwright.evaluators.program import judge
from optwright.evaluators.verdict import SolveOptions

pytestmark = pytest.mark.asyncio(loop_scope="session")

GOOD = """import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(0, 3), domain=pyo.NonNegativeIntegers)
    m.gain = pyo.Objective(expr=m.x, sense=pyo.maximize)
    return m

def report(m):
    return {"x": pyo.value(m.x)}
"""


@pytest.fixture
def failure_of(pool):
    async def run(program, **options):
        verdict = await judge(pool, program, {"hours": 3, "cost": {"a": 1}}, SolveOptions(**options))
        assert verdict.failure is not None, verdict
        return verdict.status, verdict.failure

    return run


def building(line: str) -> str:
    return GOOD.replace("    return m\n", f"    {line}\n    return m\n", 1)


@pytest.mark.parametrize(
    ("program", "kind", "line", "words"),
    [
        ("def build_model(data:\n    pass", "syntax", 1, "was never closed"),
        ("x = 1\n" + GOOD.replace("import pyomo", "import nothing.pyomo"), "exception", 2, "No module named 'nothing'"),
        ("1 / 0", "exception", 1, "ZeroDivisionError"),
        ("raise SystemExit(3)", "exception", 1, "SystemExit"),
        ("x = 1", "contract", None, "does not define build_model; define `def build_model(data)"),
        (GOOD.replace("build_model", "make_model"), "contract", None, "it defines 'make_model': rename it"),
        (GOOD.replace("def report", "def _report"), "contract", None, "does not define report"),
        (GOOD.replace("return m\n", "pass\n", 1), "contract", None, "returned None; end it with `return model`"),
        (GOOD.replace("return m\n", "return 3\n", 1), "contract", None, "returned int"),
        (GOOD.replace("pyo.ConcreteModel", "pyo.AbstractModel"), "contract", None, "but returned AbstractModel"),
        (building("m.gain.deactivate()"), "contract", None, "no active objective; add one"),
        (building("m.more = pyo.Objective(expr=m.x)"), "contract", None, "2 active objectives (gain, more)"),
        (building("m.y = data['hour']"), "exception", 7, "KeyError: 'hour' (data has the keys 'hours', 'cost')"),
        (building("m.c = pyo.Constraint(expr=m.x < 2)"), "exception", 7, "strict inequality"),
        (building("m.c = pyo.Constraint(expr=0 <= 2)"), "exception", 7, "return pyo.Constraint.Skip"),
        (building("m.y = pyo.Var(domain=pyo.Any)"), "contract", None, "variable y has the domain Any"),
        (building("m.y = pyo.Var(domain=pyo.RangeSet(0, 9, 3))"), "contract", None, "domain [0:9:3]"),
        (building("m.y = pyo.Var(); m.y.fix()"), "contract", None, "variable y is fixed without a value"),
        (
            building("m.c = pyo.Constraint(expr=m.x * float('nan') <= 3)"),
            "contract",
            None,
            "the coefficient of x in constraint c is nan; check the data",
        ),
        (building("m.c = pyo.Constraint(expr=1e18 * m.x <= 3)"), "contract", None, "values beyond 1e15"),
        (building("m.del_component(m.x); m.gain.expr = 0"), "contract", None, "no variables"),
        (
            building("from pyomo import mpec; m.c = mpec.Complementarity(expr=mpec.complements(m.x >= 0, m.x <= 1))"),
            "contract",
            None,
            "c is a Complementarity, which no solver here takes",
        ),
        (building("m.c = pyo.Constraint(expr=pyo.asin(m.x) <= 1)"), "solver", None, "the function asin; use only abs"),
        (building("m.c = pyo.Constraint(expr=pyo.Expr_if(m.x >= 1, m.x, 2) <= 1)"), "solver", None, "Expr_if"),
        (building("m.c = pyo.Constraint(expr=m.x ** m.x <= 9)"), "solver", None, "positive lower bound"),
    ],
)
async def test_failures_of_building(failure_of, program, kind, line, words):
    status, failure = await failure_of(program)
    assert (status, failure.kind, failure.line) == ("failed", kind, line)
    assert words in failure.message and "\n" not in failure.message


@pytest.mark.parametrize(
    ("returned", "line", "words"),
    [
        ("None", None, "must return a dict of the quantities asked for, but returned None"),
        ("[1]", None, "but returned list"),
        ('{"a": m}', None, "report['a'] is a ConcreteModel; return numbers"),
        ('{"a": 1 / 0}', 10, "report raised ZeroDivisionError"),
        ('{"a": m.y}', 10, "report raised AttributeError"),
        ('{"a": ["x" * 1000] * 2000}', None, "characters; return only the quantities"),
    ],
)
async def test_a_failed_report_leaves_the_solution(failure_of, returned, line, words):
    status, failure = await failure_of(GOOD.replace('{"x": pyo.value(m.x)}', returned))
    assert (status, failure.kind, failure.line) == ("optimal", "report", line)
    assert words in failure.message


async def test_reports_are_made_plain(pool):
    returned = (
        '{"var": m.x, "expr": 2 * m.x, "np": np.float64(1.5), "array": np.arange(2), "set": {2, 1}, "on": True, '
        '"none": None, "text": "a", ("k", 1): {("i", 2): m.x}, "nested": [(1, m.x)]}'
    )
    program = "import numpy as np\n" + GOOD.replace('{"x": pyo.value(m.x)}', returned)
    verdict = await judge(pool, program, {})
    assert verdict.failure is None
    assert verdict.report == {
        "var": 3, "expr": 6, "np": 1.5, "array": [0, 1], "set": [1, 2], "on": True, "none": None, "text": "a",
        "('k', 1)": {"i,2": 3}, "nested": [[1, 3]],
    }  # fmt: skip


async def test_a_program_that_dies_or_hoards(failure_of):
    assert (await failure_of(building("import os; os._exit(0)")))[1].kind == "crashed"
    status, failure = await failure_of(building("hoard = [0] * 10**10"), memory_mb=512)
    assert (status, failure.kind) == ("failed", "memory") and "512 MiB" in failure.message


async def test_a_report_that_loops(failure_of):
    program = GOOD.replace('    return {"x"', '    while True:\n        pass\n    return {"x"')
    status, failure = await failure_of(program, build_limit=0.5)
    assert (status, failure.kind) == ("optimal", "report")
    assert "report did not finish in 0.5 s" in failure.message and failure.line in (10, 11)


async def test_what_the_program_prints_is_kept_apart(pool):
    verdict = await judge(pool, building("print('hello', m.x.ub)"), {})
    assert verdict.stdout == "hello 3\n" and verdict.objective == 3


async def test_a_forged_verdict_is_refused(pool):
    forgery = "type('V', (), {'model_dump': lambda self: {'status': 'splendid', 'objective': 1e9}})()"
    verdict = await judge(pool, f"import optwright.evaluators.driver as d\nd.judge_module = lambda *a: {forgery}", {})
    assert (verdict.status, verdict.failure.kind) == ("failed", "crashed")
    assert verdict.objective is None and "tampered" in verdict.failure.message
