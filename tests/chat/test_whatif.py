"""Finished runs are asked: what if, and why. Real sandbox, real solvers; the model's replies were queued once."""

import math
import os
import time

import asking
import pytest
import pytest_asyncio
import workshop
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent import explain as explaining
from optwright.agent.changes import Edit, edited, names
from optwright.agent.engine import Engine
from optwright.agent.explain import diagnosed
from optwright.agent.finished import load, solution_of
from optwright.agent.formulate.formulation import Missing
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings
from optwright.agent.whatif import told, what_if
from optwright.errors import DataError, UsageError
from optwright.evaluators.verdict import SolveOptions

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPTIONS = SolveOptions()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    replies = [
        workshop.formulation(readings=[workshop.WHOLE]), workshop.fenced(workshop.PROGRAM),
        asking.formulation(), workshop.fenced(asking.PROGRAM),
        workshop.formulation(missing=[Missing(name="hours", why="nobody says how many", essential=True)]),
    ]  # fmt: skip
    async with Engine(Settings(home=home, effort="quick"), llm=FakeLLM(replies)) as engine:
        first = await engine.solve(workshop.TEXT)
        second = await engine.solve(asking.TEXT, [asking.goods_file(home)])
        assert (first.objective, second.objective) == (4110, 162)
        third = await engine.solve("How many tables?")
        engine.runs = {"workshop": first.run, "market": second.run}
        engine.lacking = third.run
        yield engine
        assert not engine.llm.queue and len(engine.llm.requests) == 5, "a question called the model"


@pytest.fixture
def asked(engine):
    """`await asked("workshop", {name: value})` → the comparison."""

    async def ask(run, changes):
        finished = await load(engine.store, engine.runs[run])
        edits = [Edit(name=name, value=value) for name, value in changes.items()]
        return await what_if(engine.pool, finished, edits, OPTIONS)

    return ask


@pytest.fixture
def why(engine):
    async def ask(run, about):
        finished = await load(engine.store, engine.runs[run])
        return await explaining.explain(engine.pool, finished, about, OPTIONS)

    return ask


async def test_a_price_and_a_limit_are_changed_together(asked):
    found = await asked("workshop", {"table_price": 90, "hours": 300})
    assert [(c.name, c.before, c.after) for c in found.edits] == [("table_price", 70, 90), ("hours", 241, 300)]
    # 30 tables take 120 hours, 60 chairs the other 180
    assert (found.before.objective, found.after.objective, found.difference) == (4110, 5700, 1590)
    assert {c.name: (c.before, c.after) for c in found.answers} == {
        "earnings": (4110, 5700), "tables": (28, 30), "chairs": (43, 60)
    }  # fmt: skip
    assert (found.binds, found.frees, found.trouble) == (("demand",), (), None)
    assert "4,110 euros. After: optimal, 5,700 euros, 1,590 euros more" in told(found, "euros")


async def test_a_reading_is_flipped_by_its_words(asked):
    found = await asked("workshop", {"readings.units": "fractional"})
    assert found.after.objective == pytest.approx(2100 + 50 * 121 / 3)
    assert (await asked("workshop", {"units": "fractional"})).after == found.after
    with pytest.raises(UsageError, match=r"readings.units='half': it is 'whole' or 'fractional'"):
        await asked("workshop", {"readings.units": "half"})


async def test_an_infeasible_what_if_comes_with_its_conflict_and_a_way_out_that_works(asked):
    found = await asked("market", {"least.goods": 36})
    assert (found.after.status, found.after.objective, found.difference) == ("infeasible", None, None)
    assert found.answers == ()
    assert found.trouble
    # At most 20 jam, 10 honey and 5 of the third can be sold, 35 jars, and in 45 hours.
    assert {member.name.split("[")[0] for member in found.trouble.conflict} <= {"hours", "demand", "least"}
    assert any("sell at most its demand" in m.words for m in found.trouble.conflict if m.name.startswith("demand"))
    assert found.trouble.relaxation
    text = told(found)
    assert "cannot all hold" in text and "cheapest way out" in text


async def test_a_conflict_is_mended_by_the_relaxation_that_was_named(asked):
    found = await asked("workshop", {"hours": -5})
    assert found.trouble
    (way,) = found.trouble.relaxation
    assert (way.change.constraint, way.change.side) == ("hours", "upper")
    assert (await asked("workshop", {"hours": -5 + way.change.by})).after.status == "optimal"


@pytest.mark.parametrize(
    ("name", "value", "objective"),
    [
        ("goods.price", 3, 94.5),  # 25 hours for 20 jam and 5 of the third, the other 13 for honey
        ("unit_price", [4, 18, 1], 252),  # the formulation's own name for the column
        ("goods['honey'].price", 18, 252),
        ("goods[1].price", 18, 252),
        ("goods[1]['price']", 18, 252),
        ("hours", 45, 175),
        ("least['goods']", 30, 154),
        ("least", {"goods": 30, "kinds": 1}, 154),
    ],
)
async def test_data_are_called_by_their_paths(asked, name, value, objective):
    found = await asked("market", {name: value})
    assert found.after.objective == pytest.approx(objective)
    assert found.note == ""


async def test_a_datum_that_the_program_never_reads_is_told(asked):
    found = await asked("market", {"unused": 8})
    assert found.difference == 0 and found.answers == ()
    assert "never uses" in found.note and found.note in told(found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"huors": 3}, r"no 'huors'; did you mean hours.* there are .*goods.price"),
        ({"goods.pricee": 3}, r"no 'goods.pricee'; did you mean goods.price"),
        ({"goods[9].price": 3}, r"no 'goods\[9\].price'"),
        ({"goods['tea'].price": 3}, r"no .goods\['tea'\].price"),
        ({"goods.price.jam": 3}, r"no 'goods.price.jam'"),
        ({"readings": {}}, "no 'readings'"),
        ({"readings.none": "x"}, "no 'readings.none'"),
        ({"hours": "many"}, r"hours='many': it is a number \(38\); give a number"),
        ({"hours": True}, "give a number"),
        ({"hours": None}, "give a number"),
        ({"hours": math.inf}, "give a finite number"),
        ({"goods.price": [1, 2]}, "give 3 members"),
        ({"goods.price": "dear"}, "give a number"),
        ({"goods": [{"name": "jam"}]}, "exactly the columns"),
        ({"least": {"goods": 3}}, r"exactly the keys .*least\['goods'\]"),
        ({}, "nothing to change"),
    ],
)
async def test_what_cannot_be_changed_is_said_in_one_line(asked, changes, message):
    with pytest.raises(UsageError, match=message) as raised:
        await asked("market", changes)
    assert "\n" not in str(raised.value)


async def test_a_table_may_lose_and_gain_rows(asked):
    rows = [{"name": "jam", "price": 4, "hours": 1, "demand": 50}, {"name": "tea", "price": 8, "hours": 2, "demand": 1}]
    found = await asked("market", {"goods": rows})
    assert found.after.objective == pytest.approx(152)
    assert found.after.answers["sold"].keys() == {"jam", "tea"}


async def test_the_runs_own_data_stay_as_they_are(engine):
    finished = await load(engine.store, engine.runs["market"])
    before = repr(finished.data)
    data, _ = edited(finished, [Edit(name="goods.price", value=1), Edit(name="least.goods", value=2)])
    assert repr(finished.data) == before != repr(data)
    assert (data["goods"][0]["price"], data["least"]["goods"], data["least"]["kinds"]) == (1, 2, 1)


async def test_every_name_that_is_listed_can_be_changed(engine):
    for run in engine.runs.values():
        finished = await load(engine.store, run)
        for name in names(finished):
            value = "fractional" if name == "readings.units" else 3
            _, (change,) = edited(finished, [Edit(name=name, value=value)])
            assert change.name == name


@given(st.text(max_size=30))
async def test_any_name_is_a_change_or_one_line(engine, name):
    finished = await load(engine.store, engine.runs["market"])
    try:
        edited(finished, [Edit(name=name, value=3)])
    except UsageError as error:
        assert "\n" not in str(error)


async def test_hostile_text_in_a_table_stays_a_name(asked, why):
    found = await asked("market", {f"goods['{asking.HOSTILE}'].price": 50})
    assert found.after.objective == pytest.approx(5 * 50 + 10 * 9 + 13 * 4)
    text = (await why("market", f"sold[{asking.HOSTILE}]")).text
    assert all("\n" not in line for line in text)


async def test_why_a_constraint_binds_and_what_it_is_worth(why):
    found = await why("market", "hours")
    assert (found.kind, found.words) == ("constraint", "“38 in all”")
    (row,) = found.rows
    assert (row.slack, row.dual) == (pytest.approx(0), pytest.approx(4))
    assert any("one more hour of `hours` is worth $4" in line for line in found.text)


async def test_a_family_of_constraints_says_how_many_bind_those_first(why):
    found = await why("market", "demand")
    assert found.text[0] == "1 of 3 rows of `demand` bind."
    assert found.rows[0].name == "demand[honey]"
    assert sorted(row.slack for row in found.rows) == pytest.approx([0, 2, 5])


async def test_why_not_more_of_x_is_found_by_forcing_it(why):
    found = await why("workshop", "table")
    assert (found.kind, found.value) == ("variable", 28)
    up, down = found.forced
    assert (up.way, up.to, up.status, up.objective, up.costs) == ("up", 29, "optimal", 4100, 10)
    assert (down.way, down.to, down.objective, down.costs) == ("down", 27, 4100, 10)
    assert any("at least 29" in line and "10 euros worse" in line for line in found.text)


async def test_where_more_is_impossible_the_rows_in_the_way_are_named(why):
    found = await why("market", "sold[honey]")
    (up, down) = found.forced
    assert (up.status, up.conflict, up.costs) == ("infeasible", ("demand[honey]",), None)
    # A tenth of 10 is 1 honey less: 9 lost, and its 2 hours make 2 jam at 4 each.
    assert (down.to, down.costs) == (9, pytest.approx(1))


@pytest.mark.parametrize(
    ("about", "message"),
    [("sold", r"sold has 3 members: name one of them, such as sold\[honey\] = 10"), ("sould", "did you mean sold")],
)
async def test_a_name_that_is_none_is_told_with_those_that_are(why, about, message):
    with pytest.raises(UsageError, match=message):
        await why("market", about)


async def test_the_whole_says_what_binds(why):
    text = (await why("market", "whole")).text
    assert text[0].startswith("The objective is 162 $") and any("`hours` is worth $4" in line for line in text)


async def test_a_finished_run_is_diagnosed_without_solving(engine):
    found = diagnosed(solution_of(engine.store, engine.runs["market"]))
    assert found.status == "optimal" and any("is worth $4" in line for line in found.limits)


async def test_data_that_changed_since_the_run_are_not_compared(engine):
    file = engine.settings.home / "goods.csv"
    held = file.stat().st_mtime
    try:
        os.utime(file, (time.time() + 5, time.time() + 5))
        with pytest.raises(DataError, match=r"goods\.csv was written to after run"):
            await load(engine.store, engine.runs["market"])
    finally:
        os.utime(file, (held, held))
    with pytest.raises(UsageError, match="no run 'nothere'"):
        await load(engine.store, "nothere")


async def test_a_run_without_a_model_cannot_be_asked_but_says_what_it_lacks(engine):
    with pytest.raises(UsageError, match=r"has no model to ask \(incomplete: .*nobody says how many"):
        await load(engine.store, engine.lacking)
    (line,) = diagnosed(solution_of(engine.store, engine.lacking)).text
    assert "nobody says how many" in line
