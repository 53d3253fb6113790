"""Moving the data finds what a program forgot or turned round, without any known answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.evaluators.datum import data_of, moved
from optwright.evaluators.perturb import perturb
from optwright.evaluators.program import judge
from pytest import approx

BAKERY = """import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.bread, m.cake = pyo.Var(domain=pyo.NonNegativeReals), pyo.Var(domain=pyo.NonNegativeReals)
    m.flour = pyo.Constraint(expr=2 * m.bread + m.cake <= data["flour"])
    m.oven = pyo.Constraint(expr=sum(row["hours"] * getattr(m, row["what"]) for row in data["oven"]) <= data["hours"])
    m.least = pyo.Constraint(expr=m.bread >= data["bread"])
    m.gain = pyo.Objective(expr=data["prices"][0] * m.bread + data["prices"][1] * m.cake, sense=pyo.maximize)
    return m

def report(m):
    return {"bread": m.bread, "cake": m.cake}
"""
DATA = {
    "flour": 100.0,
    "hours": 60,
    "bread": 0,
    "prices": [3.0, 5.0],
    "oven": [{"what": "bread", "hours": 1.0}, {"what": "cake", "hours": 2.0}],
    "readings": {"units": "fractional"},
    "name": "Bäckerei",
    "open": True,
}
EXPECTED = {"flour": "helps", "hours": "helps", "bread": "hurts", "prices": "helps", "oven.hours": "hurts"}


@pytest.fixture
def probed(pool):
    async def run(program, data=DATA, expected=EXPECTED, **options):
        verdict = await judge(pool, program, data)
        return verdict, await perturb(pool, program, data, verdict, expected, **options)

    return run


@pytest.mark.asyncio(loop_scope="session")
async def test_a_sound_model_has_no_finding(probed):
    verdict, found = await probed(BAKERY)
    assert (found.unused, found.contradictions, found.skipped) == ((), (), 0)
    by_path = {s.path: s for s in found.sensitivities}
    assert list(by_path) == ["flour", "hours", "bread", "prices[0]", "prices[1]", "oven.hours"]
    # at the optimum bread = 140/3, cake = 20/3: an hour is worth 7/3, a unit of flour 1/3
    assert verdict.objective == approx(3 * 140 / 3 + 5 * 20 / 3)
    hours = by_path["hours"]
    assert (hours.value, hours.step) == (60, approx(0.1))
    assert hours.up == approx(verdict.objective + 6 * 7 / 3) and hours.down == approx(verdict.objective - 6 * 7 / 3)
    assert by_path["flour"].up == approx(verdict.objective + 10 / 3)
    assert by_path["bread"].step == 1 and by_path["oven.hours"].value is None
    assert all(s.used and s.against is None and s.up_status == "optimal" for s in found.sensitivities)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_forgotten_constraint_shows_as_unused_data(probed):
    lines = [line for line in BAKERY.splitlines() if "m.oven" not in line]
    _, found = await probed("\n".join(lines))
    assert set(found.unused) == {"hours", "oven.hours"}
    assert not {s.path: s for s in found.sensitivities}["hours"].used


@pytest.mark.asyncio(loop_scope="session")
async def test_a_constraint_the_wrong_way_round_contradicts_the_words(probed):
    program = BAKERY.replace('<= data["hours"]', '>= data["hours"]').replace("pyo.maximize", "pyo.minimize")
    verdict, found = await probed(program, expected=EXPECTED | {"flour": "unclear", "prices": "hurts"})
    assert verdict.status == "optimal"
    assert {s.path: s.against for s in found.sensitivities}["hours"] == "helps"
    assert any(text.startswith("more hours should help, yet raising it worsens") for text in found.contradictions)


@pytest.mark.asyncio(loop_scope="session")
async def test_becoming_infeasible_contradicts_help(probed):
    program = BAKERY.replace("m.bread >= data", "m.bread + m.cake >= 5 * data").replace(
        "[0] * m.bread", "[0] * m.bread"
    )
    data = DATA | {"bread": 10}
    verdict, found = await probed(program, data, {"bread": "helps"})
    assert verdict.status == "optimal"
    assert found.contradictions == ("more bread should help, yet raising it makes the model infeasible",)


@pytest.mark.asyncio(loop_scope="session")
async def test_data_that_only_the_report_reads_are_used(probed):
    program = BAKERY.replace("m = pyo", 'global hours; hours = data["spare"]\n    m = pyo').replace(
        '"cake": m.cake', '"cake": m.cake, "spare": hours'
    )
    _, found = await probed(program, DATA | {"spare": 5, "idle": 5})
    assert found.unused == ("idle",)


@pytest.mark.asyncio(loop_scope="session")
async def test_data_that_break_the_build_are_no_finding(probed):
    program = BAKERY.replace(
        "m = pyo", 'm_names = ["a", "b", "c"][data["count"] - 1]\n    assert data["count"] == 3\n    m = pyo'
    )
    _, found = await probed(program, DATA | {"count": 3}, {"count": "helps"})
    (count,) = [s for s in found.sensitivities if s.path == "count"]
    assert (count.down_status, count.up_status, count.used) == ("failed", "failed", True)
    assert found.contradictions == () and found.unused == ()


@pytest.mark.asyncio(loop_scope="session")
async def test_caps_count_what_was_skipped(probed):
    data = DATA | {"many": {f"k{i}": {"a": 1} for i in range(8)}}
    data |= {f"extra{i}": 1 for i in range(60)}
    _, found = await probed(BAKERY, data)
    assert len(found.sensitivities) == 40 and found.skipped == 6 + 8 + 60 - 40
    # what the words speak of comes first
    assert {"flour", "hours", "bread"} <= {s.path for s in found.sensitivities}
    _, found = await probed(BAKERY, data, seconds=0.0)
    assert found.sensitivities == () and found.skipped == 74


@pytest.mark.asyncio(loop_scope="session")
async def test_a_program_that_spoils_its_data_does_not_mislead(probed):
    program = BAKERY.replace(
        "m = pyo", 'm_flour = data.pop("name"); data["oven"].append(dict(data["oven"].pop()))\n    m = pyo'
    )
    _, found = await probed(program)
    assert found.contradictions == () and found.unused == () and found.skipped == 0


def test_data_are_cut_as_promised():
    data = {
        "n": 3,
        "readings": {"a": 1},
        "text": "7",
        "flag": False,
        "short": [1, 2.5],
        "named": {"a": 1, "b": {"c": 2}},
        "long": list(range(9)),
        "wide": {str(i): [i, "x"] for i in range(9)},
        "table": [{"id": "a", "units": 3, "ok": True}, {"id": "b", "units": None, "price": 2}],
    }
    paths = ["n", "short[0]", "short[1]", "named['a']", "named['b']['c']", "long", "wide", "table.units", "table.price"]
    assert [datum.path for datum in data_of(data)] == paths


numbers = st.one_of(st.integers(-99, 99), st.floats(-99, 99), st.text(max_size=2), st.booleans(), st.none())
trees = st.recursive(
    numbers,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=2), inner, max_size=4)),
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.dictionaries(st.text(min_size=1, max_size=3), trees, max_size=4))
def test_a_move_touches_its_datum_and_nothing_else(data):
    for datum in data_of(data):
        assert moved(data, datum, lambda value: value) == data
        assert repr(moved(data, datum, lambda value: value + 1000)) != repr(data)
        if datum.value is None:
            continue
        there = changed = moved(data, datum, lambda value: value + 1000)
        for key in datum.keys[:-1]:
            there = there[key]
        assert there[datum.keys[-1]] == datum.value + 1000
        there[datum.keys[-1]] = datum.value
        assert changed == data
