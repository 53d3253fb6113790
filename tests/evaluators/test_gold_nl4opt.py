"""NL4OPT's declarations as programs, each kind with an example of our own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.datasets.items import Gold
from optwright.evaluators import gold
from optwright.evaluators.program import judge
from optwright.evaluators.verdict import SolveOptions
from pytest import approx

OPTIONS = SolveOptions(time_limit=20)


def declared(goal, *rows, names=("chairs", "tables"), mentions=None):
    whole = {"vars": list(names), "var_mention_to_first_var": mentions or {}}
    return Gold(kind="nl4opt", source=json.dumps({**whole, "obj_declaration": goal, "const_declarations": list(rows)}))


def goal(direction, **terms):
    return {"type": "objective", "direction": direction, "name": "", "terms": terms}


def row(kind, operator, **more):
    names = {"<": "LESS_OR_EQUAL", ">": "GREATER_OR_EQUAL"}
    return {"type": kind, "direction": "", "operator": names[operator], **more}


TOTAL = row("sum", "<", limit="12")
TIME = row("linear", "<", limit="1,500", terms={"chairs": "100", "tables": "250"})
DECLARED = {
    "linear": (declared(goal("maximize", chairs="$7", tables="20"), TIME), 120),
    "sum": (declared(goal("maximized", chairs="7", tables="20"), TIME, row("sum", "<", limit="five")), 100),
    "lowerbound": (
        declared(goal("lowest", chairs="2", tables="5"), row("lowerbound", ">", limit="three", var="tables")),
        15,
    ),
    "upperbound": (
        declared(goal("highest", chairs="2", tables="5"), TOTAL, row("upperbound", "<", limit="5", var="tables")),
        39,
    ),
    # 35 % of 12 is 4.2
    "ratio": (
        declared(goal("most", tables="1"), TOTAL, row("ratio", "<", limit="35 percent", var="tables")),
        4,
    ),
    "xby": (
        declared(goal("increase", tables="1"), TOTAL, row("xby", ">", param="5 times", x_var="chairs", y_var="tables")),
        2,
    ),
    "xy": (declared(goal("maximum", tables="1"), TOTAL, row("xy", ">", x_var="chairs", y_var="tables")), 6),
    "objvar of some": (
        declared(
            {"type": "objvar", "direction": "reduce", "vars": ["tables"]},
            row("sum", ">", limit="10"),
            row("upperbound", "<", limit="3", var="chairs"),
        ),
        7,
    ),
    "objvar of none is of all": (
        declared({"type": "objvar", "direction": "decrease", "vars": []}, row("sum", ">", limit="10")),
        10,
    ),
    "whole numbers": (
        declared(goal("maximizing", chairs="3"), row("linear", "<", limit="7", terms={"chairs": "2"})),
        9,
    ),
    "mentions": (
        declared(
            goal("minimizing", seat="2", desk="3"),
            row("lowerbound", ">", limit="2", var="Seats"),
            row("lowerbound", ">", limit="1", var="desk"),
            mentions={"seat": "chairs", "desk": "tables"},
        ),
        7,
    ),
    "a variable's own name counts more than where its mention is mapped": (
        declared(goal("minimize", Chair="2", tables="3"), row("sum", ">", limit="4"), mentions={"Chair": "tables"}),
        8,
    ),
    "a name that is given twice is one variable": (
        declared(
            goal("maximize", chairs="1"),
            row("sum", "<", limit="10"),
            row("ratio", "<", limit="half", var="Chair"),
            names=("chairs", "tables.", "tables", "Chair"),
            mentions={"Chair": "Chair"},
        ),
        5,
    ),
}


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.asyncio(loop_scope="session")
async def test_declarations_reach_their_optimum(pool, name):
    source, optimum = DECLARED[name]
    verdict = await judge(pool, gold.program(source), {}, OPTIONS)
    assert (verdict.status, verdict.objective, verdict.failure) == ("optimal", approx(optimum), None)
    assert set(verdict.report) == {"chairs", "tables." if name.startswith("a name") else "tables"}


@pytest.mark.asyncio(loop_scope="session")
async def test_declarations_relaxed(pool):
    source = declared(goal("maximize", chairs="3"), row("linear", "<", limit="7", terms={"chairs": "2"}))
    verdict = await judge(pool, gold.relaxed(gold.program(source)), {}, OPTIONS)
    assert verdict.objective == approx(10.5)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (declared(goal("maximize", sofas="1")), "'sofas'"),
        (declared(goal("balance", chairs="1")), "'balance'"),
        (declared(goal("maximize", chairs="some")), "'some'"),
        (declared(goal("maximize", chairs="1"), row("between", "<", limit="3")), "'between'"),
        (declared(goal("maximize", chairs="1"), row("sum", "<")), "not as the competition's are .*'limit'"),
        (Gold(kind="nl4opt", source='{"vars": null}'), "not as the competition's are"),
        (Gold(kind="nl4opt", source="[]"), "not as the competition's are"),
    ],
)
def test_declarations_without_a_reading_name_what_has_none(source, named):
    with pytest.raises(gold.GoldError, match=named):
        gold.program(source)


@pytest.mark.asyncio(loop_scope="session")
async def test_declarations_without_a_reading_fail_as_a_program_that_keeps_no_contract(pool):
    verdict = await gold.judged(pool, declared(goal("maximize", sofas="1")), {}, OPTIONS)
    assert (verdict.status, verdict.failure.kind) == ("failed", "contract") and "'sofas'" in verdict.failure.message


def bound_of(text):
    """What a declaration's limit is read as."""
    space: dict = {}
    exec(gold.program(declared(goal("maximize", chairs="1"), row("sum", "<", limit=text))), space)
    return space["ROWS"][0][2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fifteen percent", 0.15),
        ("twenty-five percent", 0.25),
        ("forty two", 42),
        ("two thirds", 2 / 3),
        ("a third", 1 / 3),
        ("2/5", 0.4),
        ("zero", 0),
        ("three times", 3),
        ("2.5 times", 2.5),
        ("two hundred", 200),
        ("half", 0.5),
        ("20%", 0.2),
        ("1,234,500.5", 1234500.5),
    ],
)
def test_numbers_in_words(text, value):
    assert bound_of(text) == approx(value)


@pytest.mark.parametrize("text", ["two dozen", "one hundred fifty", "3/0", ""])
def test_numbers_that_are_not_understood_are_not_guessed(text):
    with pytest.raises(gold.GoldError):
        bound_of(text)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_numbers_in_digits(value):
    assert bound_of(f"{value:,}") == approx(float(value))
    assert bound_of(f"{value} percent") == bound_of(f"{value}%") == approx(float(value) / 100)
