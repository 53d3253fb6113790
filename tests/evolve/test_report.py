"""A run as its user reads it: one page, a terminal's worth, beside other runs."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent.evolve.records import Candidate, Champion, Given
from optwright.agent.evolve.report import charts
from optwright.agent.evolve.report.axis import axis
from optwright.agent.evolve.report.lineage import lineage
from optwright.agent.evolve.report.page import SHOWN, page
from optwright.agent.evolve.report.terminal import compare, terminal
from optwright.agent.evolve.report.texts import diff
from optwright.agent.evolve.report.view import RunView, Totals, operators, outcomes
from optwright.agent.pages import visible
from optwright.errors import UsageError
from reading import HARMLESS, TEXTS, Page, printed

SEED = "def priority(item, bins):\n    return -(bins - item)\n"


def candidate(number: int, score: float | None = None, **fields) -> Candidate:
    plain = {
        "number": number,
        "text": SEED.replace("item)", f"item) * {number}.25"),
        "key": str(number),
        "operator": "m1",
        "status": "ok" if score is not None else "error",
        "score": score,
        "scores": () if score is None else (score - 0.5, score + 0.5),
    }
    return Candidate(**{**plain, **fields})


def small() -> tuple[Candidate, ...]:
    return (
        candidate(0, 5.0, operator="seed", text=SEED),
        candidate(1, 4.5, parents=(0,), input_tokens=700, output_tokens=50, thought="Prefer snug bins."),
        candidate(2, parents=(1,), input_tokens=600, reason="line 3: NameError: name 'bims' is not defined"),
        candidate(3, 4.75, parents=(1, 0), operator="e2", input_tokens=400),
        candidate(4, 3.125, parents=(1,), operator="tune"),
        candidate(5, status="duplicate", reason="the same program as #1", parents=(0,)),
    )


def view(candidates: tuple[Candidate, ...] = small(), **fields) -> RunView:
    plain = {
        "id": "k3f9a2",
        "created": datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        "status": "finished",
        "candidates": candidates,
        "totals": Totals(calls=6, input_tokens=1700, output_tokens=50, cost=0.0123, seconds=95.0),
    }
    asked = {name: fields.pop(name) for name in tuple(fields) if name in Given.model_fields}
    return RunView(**{"given": terms(**asked), **plain, **fields})


def terms(**fields) -> Given:
    plain = {
        **{"task": "packing", "source": "one", "strategy": "eoh", "models": ("m",), "seed": 7, "window": 8},
        "budget": "calls=9",
        "direction": "minimize",
        "kind": "code",
        "words": "Pack items into few bins.",
        "baselines": {"train": {"Worst Fit": 4.9}, "test": {"Best Fit": 3.98, "FunSearch": 0.68}},
    }
    return Given(**{**plain, **fields})


def held(**fields) -> RunView:
    scores = {"train": (2.625, 3.625), "test": (3.5, 3.75), "ood": (6.0, 7.0)}
    plain = {"number": 4, "scores": scores, "verified": True}
    return view(champion=Champion(**{**plain, **fields}))


# What it says ---------------------------------------------------------------------------------------------------------


def test_the_champion_stands_beside_its_baselines_on_every_split():
    words = Page(page(held())).read("standing")
    assert "Champion #4 is verified" in words
    assert "train 3.125 ✓ beats seed 5 ✓ beats Worst Fit 4.9 2.625, 3.625" in words
    assert "test 3.625 ✓ beats Best Fit 3.98 ✗ behind FunSearch 0.68 3.5, 3.75" in words
    assert "ood 6.5 nothing 6, 7" in words


def test_more_is_better_where_the_task_maximizes():
    best = Page(page(view(direction="maximize")))
    assert "#0 scores 5 on train" in best.read("")
    assert "= equals seed 5" in best.read("standing")


def test_an_unverified_or_disqualified_candidate_is_said_to_be_so():
    words = Page(page(held(verified=False, disqualified={3: "call 17 differs"})))
    assert "NOT verified" in words.read("")
    assert "Champion #4 is not verified" in words.read("standing")
    assert "#3: call 17 differs" in words.read("standing")


def test_a_best_candidate_that_was_not_held_out_is_no_champion():
    words = Page(page(view()))
    assert "Best so far: #4 scores 3.125 on train; not held out yet" in words.read("")
    assert "Champion" not in words.read("standing")


def test_the_head_tells_how_the_run_was_started_and_how_to_go_on():
    words = Page(page(held())).read("run")
    for each in (
        "eoh",
        "calls=9",
        "2026-03-04 05:06 UTC",
        "1 min 35 s",
        "6, 4 with a score",
        "$0.0123",
        "1,700 in, 50 out",
    ):
        assert each in words
    assert "optwright evolve resume k3f9a2" in words
    assert "optwright runs export k3f9a2 best.py" in words


def test_outcomes_count_every_candidate_once():
    found = {each.status: each.count for each in outcomes(view())}
    assert found == {"ok": 4, "error": 1, "duplicate": 1}
    words = Page(page(view())).read("outcomes")
    assert "error 1 17% raised an exception" in words
    assert "NameError: name 'bims' is not defined" in words


def test_operators_are_told_by_what_they_brought_and_cost():
    rows = {row.name: row for row in operators(view())}
    assert "seed" not in rows
    m1, e2, tune = rows["m1"], rows["e2"], rows["tune"]
    assert (m1.tries, m1.ok, m1.improved, m1.records, m1.tokens) == (3, 1, 1, 1, 1350)
    assert (e2.improved, e2.records, e2.tokens_per_improvement) == (0, 0, None)  # better than one parent, not than both
    assert (tune.improved, tune.records) == (1, 1)
    assert "m1 3 1 1 1 1,350 1,350" in Page(page(view())).read("operators")


def test_the_lineage_goes_from_the_seed_to_the_champion():
    tree = lineage(held())
    trunk = [node.candidate.number for node in tree.nodes if node.trunk]
    assert trunk == [0, 1, 4]
    assert [node.gain for node in tree.nodes if node.trunk] == [None, 0.5, 1.375]
    assert {node.candidate.number for node in tree.nodes} == {0, 1, 3, 4}
    assert "#4 tune 3.125 +1.38 champion" in Page(page(held())).read("lineage")


def test_a_long_line_is_shortened_and_says_by_how_much():
    line = tuple(candidate(at, 100.0 - at, parents=(at - 1,) if at else ()) for at in range(50))
    nodes = lineage(view(line)).nodes
    assert nodes[0].candidate.number == 0 and nodes[-1].candidate.number == 49
    assert sum(1 + node.skipped for node in nodes) == 50


def test_the_champion_is_compared_with_its_parent_and_the_seed():
    read = Page(page(held()))
    against_parent, against_seed, program = read.pres[:3]
    assert "-     return -(bins - item) * 1.25\n+     return -(bins - item) * 4.25" in against_parent
    assert "-     return -(bins - item)\n+     return -(bins - item) * 4.25" in against_seed
    assert program.removeprefix("\n") == held().best.text  # type: ignore[union-attr]


# How it is built ------------------------------------------------------------------------------------------------------


def test_no_request_leaves_the_page_and_no_foreign_script_runs():
    text = page(held())
    read = Page(text)
    assert "//" not in re.sub(r"//.*", "", read.raw["style"]) and "url(" not in text and "@import" not in text
    assert not {"img", "link", "iframe", "object", "embed", "base"} & {tag for tag, _ in read.tags}
    assert not read.attributes("src") and all(each.startswith("#") for each in read.attributes("href"))
    policy = read.attributes("content")[0]
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(read.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy


def test_every_link_arrives_and_every_id_is_one_of_a_kind():
    read = Page(page(held()))
    ids = read.attributes("id")
    assert len(ids) == len(set(ids))
    assert {each.removeprefix("#") for each in read.attributes("href")} <= set(ids)
    assert set(read.attributes("aria-labelledby")) <= set(ids)


def test_tables_have_captions_and_what_scrolls_can_be_reached_by_keyboard():
    read = Page(page(held()))
    count = Counter(tag for tag, _ in read.tags)
    assert count["table"] == count["caption"] > 0
    assert count["h1"] == 1
    scrolling = [dict(attrs) for _, attrs in read.tags if dict(attrs).get("class") == "scroll"]
    assert scrolling and all(each["tabindex"] == "0" and each["aria-label"] for each in scrolling)
    assert all("style" not in dict(attrs) for _, attrs in read.tags)


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ((), "No candidate yet"),
        ((candidate(0),), "Of 1 candidate, none is ok"),
        (tuple(candidate(at, status="timeout", reason="slow") for at in range(9)), "Of 9 candidates, none is ok"),
        ((candidate(0, 0.0),), "#0 scores 0 on train"),
    ],
)
def test_runs_that_came_to_nothing_are_shown_too(candidates, said):
    run = view(candidates, baselines={})
    assert said in Page(page(run)).read("")
    assert said in printed(terminal(run))


def test_a_huge_run_shows_its_best_and_says_so():
    many = tuple(
        candidate(at, 1000.0 - at if at % 3 else None, parents=(max(0, at - 2),) if at else ()) for at in range(6000)
    )
    text = page(view(many))
    read = Page(text)
    assert f"{SHOWN}" in read.read("candidates") and "of 6,000 are shown" in read.read("candidates")
    assert "#5999" in read.read("candidates")
    assert len(text) < 2_000_000
    assert sum(tag == "tbody" for tag, _ in read.tags) < SHOWN + 100


def written(words: list[str]) -> RunView:
    """A run in which every text that a model or a user can write is one of these."""
    texts = (words * 8)[:16]
    many = tuple(
        each.model_copy(
            update={
                "text": each.text + texts[each.number],
                "thought": texts[each.number + 1],
                "reason": texts[each.number + 2],
                "operator": texts[each.number + 3] or "m1",
                "model": texts[each.number + 4],
            }
        )
        for each in small()
    )
    champion = Champion(number=4, scores={"test": (3.0,)}, verified=True, disqualified={3: texts[5]})
    written = terms(
        task=texts[6],
        source="",
        strategy=texts[7],
        models=(texts[8],),
        budget=texts[9].replace(",", ""),
        words=texts[10],
        baselines={"test": {texts[12]: 4.0}},
    )
    return view(many, champion=champion, given=written, status=texts[11])


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=8))
def test_no_text_ever_becomes_a_tag(words):
    text = page(written(words))
    text.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    harmless = Page(page(written([each.translate(HARMLESS) for each in words])))
    read = Page(text)
    assert [tag for tag, _ in read.tags] == [tag for tag, _ in harmless.tags]
    assert [[name for name, _ in attrs] for _, attrs in read.tags] == [
        [n for n, _ in attrs] for _, attrs in harmless.tags
    ]
    best = written(words).best
    assert best and visible(best.text) in [each.removeprefix("\n") for each in read.pres]


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=8))
def test_no_text_steers_the_terminal(words):
    for shown in (terminal(written(words)), compare([written(words), view(given=written(words).given)])):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", printed(shown, 80))


# Charts ---------------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40),
    st.sampled_from(["minimize", "maximize"]),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_whatever_the_scores_are_everything_lies_within_the_chart(scores, direction, baseline):
    many = tuple(candidate(at, score, scores=(score,)) for at, score in enumerate(scores))
    run = view(many, direction=direction, baselines={"test": {"known": baseline}})
    for size in (charts.WIDE, charts.NARROW):
        drawn = charts.chart(run, *size)
        frame = drawn.frame
        assert all(frame.left <= mark.x <= frame.right and frame.top <= mark.y <= frame.bottom for mark in drawn.marks)
        assert all(frame.top <= tick.at <= frame.bottom for tick in drawn.y_ticks)
        assert len(drawn.marks) + drawn.edges.count("z") == len(scores)
        assert "nan" not in repr(drawn) and "inf" not in repr(drawn)


def test_an_outlier_is_drawn_at_the_edge_and_told():
    scores = [4.0 + at / 100 for at in range(40)] + [-3.0, 900.0]
    run = view(tuple(candidate(at, score, scores=(score,)) for at, score in enumerate(scores)), baselines={})
    drawn = charts.chart(run, *charts.WIDE)
    assert drawn.edges.count("z") == 1
    assert any("1 score beyond the axis, up to 900" in note for note in charts.notes(run))
    assert any(mark.number == 40 for mark in drawn.marks)  # the best is never clipped


def test_scores_of_many_sizes_get_a_logarithmic_axis():
    run = view(tuple(candidate(at, 10.0**-at, scores=(1.0,)) for at in range(9)), baselines={})
    assert axis(run).log
    assert charts.chart(run, *charts.WIDE).edges == ""
    assert not axis(view()).log


def test_more_marks_than_can_be_told_are_dots():
    run = view(tuple(candidate(at, 5.0 + at, scores=(1.0,)) for at in range(charts.MARKS + 50)), baselines={})
    drawn = charts.chart(run, *charts.WIDE)
    assert len(drawn.marks) == charts.MARKS and drawn.dots.count("M") == 50


def test_lines_of_another_split_are_dashed():
    lines = {line.label: line.dashed for line in charts.chart(view(), *charts.WIDE).lines}
    assert lines["Worst Fit"] is False and lines["seed"] is False
    assert lines["Best Fit (test)"] is True


# Changes --------------------------------------------------------------------------------------------------------------

LINES = st.lists(st.text(alphabet="ab+-@ .1", max_size=6), max_size=8)


@given(LINES, LINES)
def test_a_difference_holds_every_changed_line_with_its_mark(old, new):
    lines = diff("\n".join(old), "\n".join(new))
    assert lines is not None
    before = [line.text for line in lines if line.mark in "- "]
    after = [line.text for line in lines if line.mark in "+ "]
    assert Counter(before) - Counter(old) == Counter() and Counter(after) - Counter(new) == Counter()
    gone = Counter("\n".join(old).splitlines()) - Counter("\n".join(new).splitlines())
    assert gone - Counter(line.text for line in lines if line.mark == "-") == Counter()


def test_what_changed_within_a_line_is_marked():
    gone, come = diff("x = 1.5 * y", "x = 2.25 * y")[1:]  # type: ignore[index]
    assert [text for text, changed in gone.pieces if changed] == ["1.5"]
    assert [text for text, changed in come.pieces if changed] == ["2.25"]


# Terminal -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 100])
def test_a_terminal_shows_the_run_within_its_width(width):
    text = printed(terminal(held()), width)
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    for each in (
        "Champion #4 scores 3.625 on test, verified",
        "Best Fit 3.98",
        "optwright evolve resume k3f9a2",
        "bims",
    ):
        assert each in words
    assert "return -(bins - item) * 4.25" in text


def test_runs_are_compared_side_by_side_with_where_their_programs_differ():
    other = view(small()[:4]).model_copy(update={"id": "b7"})
    text = printed(compare([held(), other]))
    rows = {line.split("  ")[0].strip(): line.split()[-2:] for line in text.splitlines()}
    assert rows["train score"] == ["3.125", "4.5"]
    assert rows["test score"] == ["3.625", "n/a"]
    assert rows["candidates"] == ["6", "4"]
    assert "-     return -(bins - item) * 4.25\n+     return -(bins - item) * 1.25" in text
    assert "From #4 of k3f9a2 to #1 of b7" in text


def test_runs_of_different_tasks_are_not_compared():
    terms = held().given
    for changed, said in (({"task": "tsp", "source": "two"}, "of tsp"), ({"source": "two"}, "a changed version of it")):
        other = view(given=terms.model_copy(update=changed)).model_copy(update={"id": "b7"})
        with pytest.raises(UsageError, match=said) as refused:
            compare([held(), other])
        assert "\n" not in str(refused.value) and "k3f9a2" in str(refused.value) and "b7" in str(refused.value)
    with pytest.raises(UsageError, match="at least two"):
        compare([held()])
