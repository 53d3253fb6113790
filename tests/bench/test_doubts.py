"""Wrong without warning, labels that are suspect, and two runs against each other."""

from __future__ import annotations

import pytest
from benching import attempt, item, label, made_up, scored
from optwright.agent.bench.stats import mcnemar
from optwright.agent.bench.view import Comparison, compare
from optwright.agent.solution import Sample
from optwright.datasets.items import Label, Quantity
from optwright.errors import UsageError
from optwright.evaluators.answers import Answered

# Confidence -----------------------------------------------------------------------------------------------------------


def test_flagged_and_unflagged_answers_are_told_apart():
    items = [item(name) for name in "abcde"]
    tries = [
        attempt(items[0]),
        attempt(items[1], 11.0),
        attempt(items[2], flags=("assumption",)),
        attempt(items[3], 11.0, flags=("assumption", "samples")),
        attempt(items[4], None),
    ]
    found = scored(items, tries).confidence
    assert (found.unflagged.count, found.unflagged.total) == (1, 2)
    assert (found.flagged.count, found.flagged.total) == (1, 2)
    assert (found.wrong_without_warning.count, found.wrong_without_warning.total) == (1, 4)
    assert {row.kind: (row.share.count, row.share.total) for row in found.kinds} == {
        "assumption": (1, 2),
        "samples": (0, 1),
    }
    assert [(each.flags, each.coverage, each.risk) for each in found.curve] == [
        (0, 0.4, 0.5),
        (1, 0.6, pytest.approx(1 / 3)),
        (2, 0.8, 0.5),
    ]


def test_flags_on_wrong_answers_lower_the_area_below_the_share_of_wrong_ones():
    items = [item(str(at)) for at in range(10)]
    tries = [
        attempt(each, 10.0 if at < 7 else 4.0, flags=("samples",) if at >= 7 else ()) for at, each in enumerate(items)
    ]
    found = scored(items, tries).confidence
    assert found.wrong_without_warning.count == 0 and found.unflagged.value == 1.0
    assert found.area is not None and found.area < 0.1
    assert scored(items, [attempt(each, 10.0 if at < 7 else 4.0) for at, each in enumerate(items)]).confidence.area == (
        pytest.approx(0.3)
    )


# Suspects -------------------------------------------------------------------------------------------------------------


def suspected(*args, **fields):
    return {each.item: each for each in scored(*args, **fields).suspects}


def test_releases_that_contradict_each_other_are_suspect():
    items = [
        item("same", 10.0, label(10.0, "revised")),
        item("other", 10.0, label(12.0, "revised")),
        item("unsolvable", 10.0, label("no solution", "revised")),
        item("silent", 10.0, label(None, "revised")),
    ]
    found = suspected(items, [attempt(each) for each in items])
    assert set(found) == {"other", "unsolvable"}
    assert found["other"].labels == {"original": "10", "revised": "12"} and found["other"].disagreeing


def test_a_scalar_release_may_keep_any_one_of_the_quantities():
    whole = Label(
        release="original",
        text="{}",
        kind="quantities",
        quantities=(Quantity(name="profit", value=10.0, text="10"), Quantity(name="x", value=3.0, text="3")),
    )
    items = [item("a", whole, label(3.0, "scalar")), item("b", whole, label(4.0, "scalar"))]
    assert set(suspected(items, [])) == {"b"}


def test_sound_samples_that_agree_against_the_label_make_it_suspect():
    items = [item(name) for name in ("agree", "differ", "right", "unsound", "alone")]
    said = {
        "agree": (12.0, 12.0),
        "differ": (12.0, 13.0),
        "right": (10.0, 10.0),
        "unsound": (12.0, 12.0),
        "alone": (12.0,),
    }
    flags = {"unsound": ("cross-check",), "agree": ("assumption",)}
    tries = [
        attempt(each, value, sample=at, flags=flags.get(each.id, ()))
        for each in items
        for at, value in enumerate(said[each.id])
    ]
    found = suspected(items, tries, samples=2)
    assert set(found) == {"agree"}
    assert found["agree"].answers == (12.0, 12.0) and found["agree"].of == 2 and not found["agree"].disagreeing


def test_the_agents_own_opinions_count_as_answers():
    one = item("a")
    agreeing = Sample(status="optimal", objective=12.0, agrees=True)
    failed = Sample(status="failed", objective=None, agrees=False)
    assert set(suspected([one], [attempt(one, 12.0, opinions=(agreeing, failed))])) == {"a"}
    assert not suspected([one], [attempt(one, 12.0, opinions=(failed, failed))])
    assert not suspected([one], [attempt(one, 12.0, opinions=(agreeing,), outcome="incomplete")])
    silent = item("a", None)
    assert not suspected([silent], [attempt(silent, 12.0, opinions=(agreeing,))])
    limited = Answered(status="feasible", objective=12.0)  # not proved, so no ground for doubt
    assert not suspected([one], [attempt(one, outcome="answered", answer=limited, opinions=(agreeing,))])


# Two runs -------------------------------------------------------------------------------------------------------------


def test_runs_are_paired_on_common_items_with_the_same_label():
    items = [item(name) for name in "abcdef"]
    first = scored(items[:5], [attempt(each, value) for each, value in zip(items, [10.0, 10, 10, 1, 1], strict=False)])
    changed = [*items[:4], item("e", 1.0), items[5]]
    second = scored(
        changed,
        [attempt(each, value) for each, value in zip(changed, [10.0, 1, 1, 10, 1, 10], strict=True)],
        id="b7",
        method="direct",
        effort="",
    )
    found = compare(first, second)
    assert found.items == 4  # e has another label now, f is only in the second
    ours = found.rules[0]
    assert (ours.first.count, ours.second.count, ours.only_first, ours.only_second) == (3, 2, 2, 1)
    assert ours.p == pytest.approx(mcnemar(2, 1)) == 1.0
    assert found.difference and found.difference.value == pytest.approx(-0.25)
    assert [each.item for each in found.only_first] == ["b", "c"] and [each.item for each in found.only_second] == ["d"]
    assert found.only_first[0].became == "wrong value"
    said = " ".join(found.notes)
    assert (
        "method: agent against direct" in said
        and "effort: standard against none" in said
        and "1 item of k3f9a2" in said
    )


def test_a_run_does_not_differ_from_itself():
    run = scored(*made_up(30))
    found = compare(run, run)
    assert found.notes == () and found.rules[0].p == 1.0
    assert found.difference and found.difference.interval
    assert (found.difference.value, found.difference.interval.low, found.difference.interval.high) == (0, 0, 0)


def test_turning_the_runs_around_turns_the_difference_around():
    items, tries = made_up(40, seed=1)
    one = scored(items, tries)
    other = scored(
        items,
        [attempt(each) if at % 4 else old for at, (each, old) in enumerate(zip(items, tries, strict=True))],
        id="b7",
    )
    there, back = compare(one, other), compare(other, one)
    assert there.difference and back.difference
    assert there.difference.value == pytest.approx(-back.difference.value) and there.rules[0].p == back.rules[0].p
    assert there.only_first == back.only_second
    assert Comparison.model_validate_json(there.model_dump_json()) == there


def test_runs_without_a_common_item_are_not_compared():
    one, other = item("a"), item("b")
    with pytest.raises(UsageError, match="no item in common"):
        compare(scored([one], [attempt(one)]), scored([other], [attempt(other)], id="b7"))
