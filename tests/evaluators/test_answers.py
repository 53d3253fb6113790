"""Scoring rules: ours and the published ones, on the answers that tell them apart."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.datasets.items import Item, Label
from optwright.datasets.labels import read_label
from optwright.datasets.loaders import entries, rows
from optwright.evaluators.answers import (
    DEFAULT,
    RULES,
    Answered,
    judgement,
    optimind,
    optmath,
    orlm,
    previous,
    read_answer,
    relaxation,
    scorable,
    scores,
    zero,
)
from published import SHARED, needed

VALUES = st.floats(-1e9, 1e9)


def label(raw: object) -> Label:
    return read_label("original", raw)


def solved(objective: float | None, reaches: bool | None = None, **quantities: object) -> Answered:
    return Answered(status="optimal", objective=objective, quantities=quantities, reaches=reaches, reached="original")


def rules_that_accept(raw: object, answered: Answered) -> set[str]:
    return {name for name, right in scores(label(raw), answered).items() if right}


ALL = set(RULES)
FIVE = {"orlm_rel5pct", "optmath"}


@pytest.mark.parametrize(
    ("raw", "value", "accepting"),
    [
        ("1160", 1160.0, ALL),
        ("1160", 1160.0005, ALL - {"coe_exact", "optibench_all_keys"}),
        ("1160", 1160.05, {*FIVE, "alphaopt_abs01", "mamo"}),
        ("1160", 1160.9, {*FIVE, "mamo"}),
        ("1160", 1200.0, FIVE),
        ("1160", 1300.0, set()),
        ("33.33", 33.333333, {DEFAULT, *FIVE, "alphaopt_abs01", "mamo"}),
        ("33.5", 33.54, {*FIVE, "alphaopt_abs01", "mamo"}),
        ("0", 0.04, {*FIVE, "alphaopt_abs01", "mamo"}),
        ("0.004", 0.0, {*FIVE, "alphaopt_abs01"}),
        ("2000000", 2000001.0, ALL - {"coe_exact", "alphaopt_abs01", "optibench_all_keys"}),
        ("-250", 250.0, set()),
    ],
)
def test_one_number(raw, value, accepting):
    assert rules_that_accept(raw, solved(value)) == accepting


@pytest.mark.parametrize("status", ["infeasible", "unbounded"])
def test_no_solution_is_an_answer(status):
    found = Answered(status=status)
    assert rules_that_accept("No Best Solution", found) == {DEFAULT, "orlm_rel5pct", "orlm_1e6", "sirl_1e6"}
    # ORLM's code takes -99999 for a number, which nobody answers
    assert rules_that_accept("-99999", found) == {DEFAULT, "sirl_1e6"}
    assert rules_that_accept("12", found) == set()
    assert judgement(label("12"), found) == "says there is no solution"


def test_a_point_for_what_has_no_solution_and_no_answer_at_all():
    assert judgement(label("-99999"), solved(3.0)) == "solves the unsolvable"
    assert rules_that_accept("-99999", solved(-99999.0)) >= {"orlm_rel5pct", "orlm_1e6"}
    assert judgement(label("-99999"), Answered(status="none")) == "no answer"


def test_without_a_proved_optimum_programs_print_that_there_is_none():
    """A limit that leaves a point behind is no answer to rules whose programs look at the solver's status first."""
    stopped = Answered(status="feasible", objective=12.0)
    assert rules_that_accept("12", stopped) == ALL - {"orlm_rel5pct", "orlm_1e6", "optmath", "optimind"}
    assert rules_that_accept("No Best Solution", stopped) == {"orlm_rel5pct", "orlm_1e6"}


def test_optmaths_pipeline_reads_every_label_as_a_number():
    for status in ("infeasible", "unbounded", "limit", "feasible", "optimal"):
        assert not optmath(label("No Best Solution"), Answered(status=status, objective=-99999.0))
    assert optmath(label("-99999"), solved(-99999.0)) and optmath(label("100"), solved(104.9))
    assert not optmath(label("100"), solved(106.0)) and not optmath(label("100"), Answered(status="none"))


@pytest.mark.parametrize(
    ("raw", "answered", "right"),
    [
        ("[18.0]", solved(18.0), True),
        ([18.0, 20.0], solved(20.0), True),
        ("[18.0, 20.0]", solved(18.0), True),
        ("[18.0, 20.0]", solved(19.0), False),
        ("[18.0, 20.0]", Answered(status="none"), False),
        ("", Answered(status="none"), True),
        ("", Answered(status="infeasible"), True),
        ("", solved(0.0), False),
        ("No Best Solution", Answered(status="infeasible"), False),
        ("-99999", solved(-99999.0), True),
        ("1000000", solved(1000001.0), True),
        ("1", solved(1 + 2e-6), False),  # 1e-6 of |b| + 1, and less than that, not as much
        ("1", solved(1 + 1.9e-6), True),
        ("0", solved(1e-6), False),
        ({"boxes": "4", "profit": "30"}, solved(30.0), True),
    ],
)
def test_optimind_takes_any_number_of_a_list_and_no_value_where_there_is_no_label(raw, answered, right):
    assert optimind(label(raw), answered) is right


def test_one_rule_takes_a_timeout_for_the_right_answer():
    late = Answered(status="none", failure="timeout")
    assert rules_that_accept("No Best Solution", late) == {"sirl_1e6"}
    assert rules_that_accept("12", late) == set()
    assert rules_that_accept("No Best Solution", Answered(status="none", failure="exception")) == set()


NAMED = {"boxes": "4", "crates": "6", "profit": "30.0"}


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (solved(30.0, boxes=4.0, crates=6, profit=30.0), "right"),
        (solved(-30.0, boxes=4.0, crates=6, profit=30.0), "right"),
        (solved(30.0, True, boxes=10, crates=0, profit=30.0), "right, at another vertex"),
        (solved(30.0, False, boxes=10, crates=0, profit=30.0), "wrong quantities"),
        (solved(30.0, None, boxes=10, crates=0, profit=30.0), "quantities undecided"),
        (solved(33.0, True, boxes=10, crates=1, profit=33.0), "wrong value"),
        (solved(30.0, True, boxes=10, profit=30.0), "quantities missing"),
        (solved(30.0, True, boxes="ten", crates=0, profit=30.0), "quantities missing"),
        # a quantity that equals the objective by chance does not make a wrong profit right
        (solved(4.0, True, boxes=4, crates=0, profit=4.0), "right, at another vertex"),
        (solved(4.0, False, boxes=4, crates=0, profit=4.0), "wrong quantities"),
        (solved(None, boxes=10, crates=0, profit=30.0), "wrong value"),
    ],
)
def test_several_named_numbers(answered, said):
    assert judgement(label(NAMED), answered) == said


def test_a_vertex_that_was_looked_for_in_one_release_says_nothing_of_another():
    other = solved(30.0, True, boxes=10, crates=0, profit=30.0)
    assert judgement(read_label("corrected", NAMED), other) == "quantities undecided"


def test_all_keys_fail_what_is_right_at_another_vertex():
    other = solved(30.0, True, boxes=10.0, crates=0.0, profit=30.0)
    assert scores(label(NAMED), other)[DEFAULT] and not scores(label(NAMED), other)["optibench_all_keys"]


def test_where_the_objective_is_not_among_the_names_nothing_but_the_quantities_counts():
    lacking = label({"boxes": "4", "crates": "6"})
    assert judgement(lacking, solved(30.0, boxes=4, crates=6)) == "right"
    assert judgement(lacking, solved(30.0, True, boxes=10, crates=0)) == "wrong value"


def test_a_single_named_number_is_the_objective_where_no_name_was_reported():
    assert judgement(label({"profit": "30"}), solved(30.0)) == "right"
    assert judgement(label({"profit": "30"}), solved(31.0)) == "wrong value"


def test_rules_of_one_number_take_the_last_of_several():
    assert scores(label(NAMED), solved(30.0))["sirl_1e6"]
    assert not scores(label({"profit": "30", "boxes": "4"}), solved(30.0))["sirl_1e6"]


@given(VALUES, VALUES)
def test_no_answer_is_never_right(value, other):
    for raw in (value, {"a": value, "b": other}):
        if scorable(label(raw)):
            assert not any(scores(label(raw), Answered(status="none")).values())


@given(VALUES, st.floats(-10, 10), st.sampled_from(["{!r}", "[{!r}]", " {!r} "]))
def test_ours_is_never_looser_than_the_loose_ones_and_does_not_mind_how_a_number_is_written(value, off, form):
    found, plain = solved(value + off), label(value)
    assert judgement(label(form.format(value)), found) == judgement(plain, found)
    right = scores(plain, found)
    assert not right["optimind"] or right["sirl_1e6"]
    assert right["optmath"] == right["orlm_rel5pct"]
    assert not right["sirl_1e6"] or right["orlm_rel5pct"] or abs(value) < 30  # rounding hurts only small numbers
    assert not right["coe_exact"] or all(right.values())


@given(st.integers(-(10**4), 10**4), st.floats(0.02, 0.49))
def test_whole_labels_get_no_slack(value, off):
    assert judgement(label(str(value)), solved(value + off)) == "wrong value"


@pytest.mark.parametrize("text", ["33.33%", "$33.33", "[33.33]", " +33.33 % "])
def test_a_label_was_rounded_whatever_stands_around_it(text):
    assert judgement(label(text), solved(33.3333)) == "right"
    assert judgement(label(text), solved(33.34)) == "wrong value"


def test_hundreds_of_decimals_break_no_rule():
    assert rules_that_accept("0." + "1" * 400, solved(1 / 9)) == ALL
    assert rules_that_accept("0." + "1" * 400, solved(3.0)) == set()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_wrong_and_breaks_nothing(value):
    assert rules_that_accept("12", solved(value)) == set()


@pytest.mark.parametrize(
    ("raw", "status", "objective"),
    [
        (12, "optimal", 12.0),
        ("1,234.5", "optimal", 1234.5),
        ("[18.0]", "optimal", 18.0),
        (["18"], "optimal", 18.0),
        ("No Best Solution", "infeasible", None),
        ("-99999", "infeasible", None),
        ("Unbounded", "unbounded", None),
        ("None", "none", None),
        (None, "none", None),
        ("", "none", None),
        ({"objective": "7", "x": 2}, "optimal", 7.0),
        ('{"x": 2}', "optimal", None),
        ("{'x': '2', 'objective': '1,234'}", "optimal", 1234.0),
        (["{'objective': -99999}"], "infeasible", None),
        ({"x": "two"}, "none", None),
        ({"objective": "infeasible"}, "infeasible", None),
        ({"objective": "No Best Solution", "x": 2}, "infeasible", None),
        ('{"obj": -99999}', "infeasible", None),
        ({"Objective": "unbounded"}, "unbounded", None),
        ({"objective": None, "x": 2}, "optimal", None),
        ('{"objective": 7', "none", None),
    ],
)
def test_answers_from_elsewhere(raw, status, objective):
    found = read_answer(raw)
    assert (found.status, found.objective) == (status, objective)


ENORMOUS = {
    "objects": '{"a":' * 100_000,
    "lists": "[" * 100_000,
    "digits": '{"a": ' + "7" * 5_000 + "}",
    "number": 10**5000,
    "named number": {"x": -(10**5000)},
}


@pytest.mark.parametrize("raw", ENORMOUS.values(), ids=ENORMOUS)
def test_enormous_answers_say_nothing(raw):
    assert read_answer(raw) == Answered(status="none")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON)
def test_any_answer_is_read_and_scored_under_every_rule(raw, wanted):
    found = read_answer(raw)
    if scorable(label(wanted)):
        assert scores(label(wanted), found).keys() == RULES.keys()


def item(*labels: Label) -> Item:
    return Item(id="1", set="s", text="", labels=labels, cluster="c")


def test_who_understands_nothing():
    named = item(label(NAMED))
    assert zero(named).quantities == {"boxes": 0.0, "crates": 0.0, "profit": 0.0}
    assert judgement(label("0"), zero(item(label("0")))) == "right"
    assert relaxation(None) is None and relaxation(3.5) == Answered(status="optimal", objective=3.5)
    assert previous(named) is None
    two = item(label("3"), read_label("corrected", "4"))
    assert previous(two) == Answered(status="optimal", objective=4.0)
    assert previous(item(label("3"), read_label("corrected", "-99999"))) == Answered(status="infeasible")


@needed
@pytest.mark.parametrize(
    ("file", "loose", "strict"), [("nl4opt", 85.7, 77.6), ("mamo_complex", 37.4, 33.2), ("industryor", 38.0, 35.0)]
)
def test_orlms_published_outputs_under_five_percent_and_without(file, loose, strict):
    found = rows(SHARED / f"orlm_outputs/{file}.jsonl")
    right = [scores(label(row["en_answer"]), read_answer(row["execution_best_solution"])) for row in found]
    share = {name: round(100 * sum(each[name] for each in right) / len(right), 1) for name in RULES}
    assert (share["orlm_rel5pct"], share["orlm_1e6"]) == (loose, strict)


@needed
def test_a_program_that_prints_nothing_but_zero_passes_some():
    found = entries(SHARED / "optmath/OptMATH_Bench.json")
    assert sum(orlm(label(entry.answer), solved(0.0)) for entry in found) == 6


def test_every_rule_says_what_it_is_and_where_it_is_from():
    assert next(iter(RULES)) == DEFAULT
    for rule in RULES.values():
        assert rule.summary and rule.source
    assert json.dumps(scores(label("1"), solved(1.0)))
