"""What a run's attempts add up to."""

from __future__ import annotations

import pytest
from benching import attempt, item, label, made_up, scored
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from optwright.agent.bench.view import Published, RunView, headline
from optwright.datasets.items import Label, Quantity
from optwright.errors import DataError
from optwright.evaluators.answers import DEFAULT, Answered


def test_accuracy_is_of_first_attempts_at_items_with_a_label():
    items = [item("a"), item("b"), item("c"), item("d", None), item("e")]
    tries = [attempt(items[0]), attempt(items[1], 11.0), attempt(items[2], None), attempt(items[3])]
    view = scored(items, [attempt(items[0], 12.0, sample=1), *tries])
    assert (view.total.share.count, view.total.share.total) == (1, 3)
    assert (view.untried, view.unscorable) == (1, 1)
    assert headline(view).startswith("accuracy 33.3 % [") and headline(view).endswith("3 items, 1 not tried yet")


def test_a_later_attempt_is_not_taken_for_a_first_one_that_is_still_to_come():
    items = [item("a"), item("b")]
    view = scored(items, [attempt(items[0], 11.0), attempt(items[0], sample=1), attempt(items[1], sample=1)], samples=2)
    assert (view.total.share.count, view.total.share.total, view.untried) == (0, 1, 1)
    assert view.sets[0].tried == 1 and view.usage.attempts == 3


def test_near_duplicates_count_once_in_the_macro_average():
    items = [item("a", cluster="x"), item("b", cluster="x"), item("c", cluster="x", set="beta"), item("d")]
    view = scored(items, [*(attempt(each) for each in items[:3]), attempt(items[3], 99.0)])
    assert view.total.share.value == 0.75 and view.total.macro == 0.5 and view.total.clusters == 2
    assert view.macro and view.macro.value == 0.5
    assert [(row.name, row.share.count, row.share.total) for row in view.sets] == [("alpha", 2, 3), ("beta", 1, 1)]


def test_every_rule_is_shown_with_how_much_it_moves_the_number():
    items = [item("a", 100.0), item("b", 100.0)]
    view = scored(items, [attempt(items[0], 100.0), attempt(items[1], 103.0)])
    assert view.rules[0].rule == DEFAULT and view.rules[0].share.count == 1
    best = max(view.rules, key=lambda row: row.share.count)
    assert best.share.count == 2  # within 5 %
    assert view.spread and view.spread.size == 0.5 and view.spread.highest == best.rule


def test_every_release_is_scored_on_the_items_that_it_has():
    items = [item("a", 10.0, label(20.0, "revised")), item("b", 10.0), item("c", None, label(5.0, "revised"))]
    view = scored(items, [attempt(items[0], 20.0), attempt(items[1]), attempt(items[2], 5.0)])
    rows = {row.release: row for row in view.releases}
    assert (rows["original"].rules[DEFAULT].count, rows["original"].rules[DEFAULT].total) == (1, 2)
    assert (rows["revised"].rules[DEFAULT].count, rows["revised"].rules[DEFAULT].total) == (2, 2)
    assert (rows["revised"].first.count, rows["revised"].first.total) == (0, 1)


def test_answerers_that_understand_nothing_stand_beside_every_rule():
    items = [item("a", 0.0), item("b", 10.0), item("c", 20.0)]
    says = {"a": 0.0, "b": 10.0}
    trivial = {
        "0": lambda _: Answered(status="optimal", objective=0.0),
        "relaxation": lambda each: Answered(status="optimal", objective=says[each.id]) if each.id in says else None,
    }
    view = scored(items, [attempt(each, None) for each in items], trivial=trivial)
    assert all((row.trivial["0"].count, row.trivial["0"].total) == (1, 3) for row in view.rules)
    assert view.rules[0].trivial["relaxation"].value == 1.0 and view.rules[0].trivial["relaxation"].total == 2


def test_outcomes_count_every_attempted_item_once():
    items = [item(name) for name in "abcdef"]
    tries = [attempt(items[0]), attempt(items[1], rounds=2), attempt(items[2], 11.0), attempt(items[3], None)]
    tries.append(attempt(items[4], None, outcome="refused", answer=Answered(status="none"), cost=None))
    view = scored(items, tries)
    counts = {row.name: row.share.count for row in view.outcomes}
    assert sum(counts.values()) == 5 and view.outcomes[0].name == "right" and counts["right"] == 2
    assert counts["crash: exception"] == 1 and counts["refused"] == 1
    assert view.outcomes[0].rounds == 1.0 and view.outcomes[0].cost == pytest.approx(0.01)
    assert next(row for row in view.outcomes if row.name == "refused").cost is None
    assert view.usage.cost is None and view.usage.tokens == 5000 and view.usage.calls == 10
    assert [(row.rounds, row.share.count, row.share.total) for row in view.rounds] == [(0, 1, 4), (2, 1, 1)]


def test_several_samples_are_passed_and_voted_on():
    items = [item("a"), item("b")]
    said = {"a": [10.0, 7.0, 10.0, None], "b": [3.0, 3.0, 10.0, 10.0]}
    tries = [attempt(each, value, sample=at) for each in items for at, value in enumerate(said[each.id])]
    view = scored(items, tries, samples=4)
    found = {row.measure: row.estimate.value for row in view.samples}
    assert found == {"pass@1": 0.5, "pass@4": 1.0, "maj@4": 0.5}  # b is a tie, which the first group wins
    assert scored(items, tries[::4]).samples == ()


def test_a_vote_is_of_the_first_samples_and_a_pass_of_all_that_were_drawn():
    one = item("a")
    tries = [attempt(one, value, sample=at) for at, value in enumerate([3.0, 10.0, 10.0, 10.0])]
    found = {row.measure: row.estimate.value for row in scored([one], tries, samples=2).samples}
    assert found == {"pass@1": 0.75, "pass@2": 1.0, "maj@2": 0.0}


def test_a_set_tells_when_it_was_published_and_what_it_overlaps():
    items = [item("a"), item("b", cluster="x"), item("c", cluster="x"), item("d", cluster="x", set="beta")]
    view = scored(items, [attempt(items[0])], published={"alpha": Published(when="2024-07", overlaps={"gamma": 3})})
    alpha, beta = view.sets
    assert (alpha.published, alpha.overlaps) == ("2024-07", {"beta": 2, "gamma": 3})
    assert (beta.published, beta.overlaps) == ("", {"alpha": 1})
    assert (alpha.sampled, alpha.tried, alpha.checksum) == (3, 1, "sum-alpha")


def test_no_solution_is_an_answer():
    items = [item("a", "no solution"), item("b", "no solution")]
    view = scored(
        items, [attempt(items[0], None, outcome="answered", answer=Answered(status="infeasible")), attempt(items[1])]
    )
    assert view.total.share.count == 1
    assert view.items[0].first and view.items[0].first.vote == "no solution"


def test_an_answer_without_an_objective_is_an_answer_too():
    wanted = Label(release="o", text="{}", kind="quantities", quantities=(Quantity(name="x", value=3.0, text="3"),))
    items = [item("a", wanted), item("b", wanted)]
    said = [Answered(status="optimal", quantities={"x": value}) for value in (3.0, 4.0)]
    tries = [attempt(each, None, outcome="answered", answer=answer) for each, answer in zip(items, said, strict=True)]
    view = scored(items, tries)
    assert (view.total.share.count, view.confidence.unflagged.total) == (1, 2)


def test_an_attempt_at_an_item_that_is_gone_is_refused():
    with pytest.raises(DataError, match="'b' of alpha"):
        scored([item("a")], [attempt(item("b"))])


@pytest.mark.parametrize("count", [0, 1])
def test_runs_without_attempts_have_no_accuracy(count):
    view = scored([item(str(at)) for at in range(count)], [])
    assert view.total.share.value is None and view.macro is None and view.spread is None
    assert view.untried == count and headline(view).startswith("no answer")


@settings(max_examples=25, deadline=None)
@drawn(st.integers(0, 25), st.integers(0, 99))
def test_every_table_tells_of_the_same_items(count, seed):
    items, attempts = made_up(count, seed)
    view = scored(items, attempts)
    total = view.total.share
    assert sum(row.share.count for row in view.outcomes) == count
    for rows in (view.sets, view.categories, view.rounds):
        assert (sum(row.share.count for row in rows), sum(row.share.total for row in rows)) == (
            total.count,
            total.total,
        )
    answered = view.confidence.flagged.total + view.confidence.unflagged.total
    assert answered == sum(bool(each.first and each.first.answered) for each in view.items)
    assert view.confidence.flagged.count + view.confidence.unflagged.count == total.count


def test_a_view_survives_json():
    view = scored(*made_up(12))
    assert RunView.model_validate_json(view.model_dump_json()) == view
