"""Benchmark runs as their users read them: a terminal's worth, Markdown, one page; one run, or two."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from benching import attempt, call, item, label, made_up, scored
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent.bench.records import Attempt
from optwright.agent.bench.report import chart, markdown, page, terminal
from optwright.agent.bench.view import Published, RunView, compare
from optwright.agent.formulate.formulation import Formulation, Objective, Parameter
from optwright.agent.pages import visible
from optwright.agent.solution import Flag, Sample
from optwright.datasets.bundled import problem
from optwright.datasets.items import Gold, Item
from optwright.evaluators.answers import Answered
from optwright.evaluators.program import PRELOAD, judge
from optwright.evaluators.verdict import ConstraintValue, Failure, SolveOptions, VariableValue, Verdict
from optwright.sandbox.pool import Pool
from reading import HARMLESS, TEXTS, Page, printed


def calls(of: Attempt):
    return [call(reply=of.program or "I cannot do this.")]


def zero(_: Item) -> Answered:
    return Answered(status="optimal", objective=0.0)


def whole(count: int = 40, **fields) -> tuple[RunView, list[Item], list[Attempt]]:
    items, attempts = made_up(count, seed=2)
    known = {"alpha": Published(when="2024-07", overlaps={"gamma": 3})}
    return scored(items, attempts, trivial={"always 0": zero}, published=known, **fields), items, attempts


def shown(view: RunView, items: list[Item], attempts: list[Attempt]) -> Page:
    return Page(page.page(view, items, attempts, calls))


def words(text: str) -> str:
    return " ".join(text.replace("\\", "").split())


# What is said ---------------------------------------------------------------------------------------------------------


def test_terminal_markdown_and_page_say_the_same():
    view, items, attempts = whole()
    total = view.total.share
    everywhere = [
        f"accuracy {100 * total.count / total.total:.1f} % [",
        f"{total.total} items",
        "always 0",
        "0.0 % of 40",
        "revised",
        "alpha: public since 2024-07, so models may have been trained on it; near-duplicates of its items:",
        "in beta, 3 in gamma",
        "alpha / MIP",
        "crash: exception",
        f"Wrong without warning: {view.confidence.wrong_without_warning.count} of",
        "flag: assumption",
        f"releases disagree on {len(view.suspects)}",
        "40,",
        "$0.40",
    ]
    read = shown(view, items, attempts)
    for text in (printed(terminal.terminal(view)), markdown.markdown(view), " ".join(read.sections.values())):
        assert [each for each in everywhere if each not in words(text)] == []


def test_markdown_holds_figures_and_no_text_of_any_set():
    view, _, _ = whole()
    assert "How much does" not in markdown.markdown(view)
    for line in markdown.markdown(view).splitlines():
        assert not line.startswith("|") or line.count("|") >= 3


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_terminal_shows_a_run_within_its_width(width):
    view, *_ = whole()
    for text in (printed(terminal.terminal(view), width), printed(terminal.comparison(compare(view, view)), width)):
        assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "no answer that could be scored yet"),
        ([10.0], "accuracy 100.0 % [20.7, 100.0], 1 item"),
        ([10.0] * 4, "accuracy 100.0 % [51.0, 100.0], 4 items"),
        ([7.0] * 4, "accuracy 0.0 % [0.0, 49.0], 4 items"),
        ([None] * 4, "accuracy 0.0 % [0.0, 49.0], 4 items"),
    ],
)
def test_runs_at_their_extremes_are_shown_too(values, said):
    items = [item(str(at)) for at in range(len(values))]
    tries = [attempt(each, value) for each, value in zip(items, values, strict=True)]
    view = scored(items, tries)
    assert said in words(printed(terminal.terminal(view)))
    assert said in words(markdown.markdown(view))
    assert said in shown(view, items, tries).read("")


def test_a_run_whose_labels_say_nothing_is_shown():
    items = [item("a", None), item("b", None)]
    tries = [attempt(each) for each in items]
    view = scored(items, tries)
    read = shown(view, items, tries)
    assert "answered, label not scorable 2" in read.read("outcomes")
    assert read.attributes("data-right") == ["not scored"] * 2
    assert "labels that cannot be scored 2" in words(printed(terminal.terminal(view)))


def test_several_samples_are_shown_one_by_one():
    items = [item("a"), item("b")]
    tries = [attempt(each, value, sample=at) for each in items for at, value in enumerate([3.0, 10.0])]
    view = scored(items, tries, samples=2)
    read = shown(view, items, tries)
    assert "Sample 1: wrong value, 3" in read.read("items") and "Sample 2: right, 10" in read.read("items")
    assert "pass@2 100.0 %" in read.read("samples") and "maj@2 0.0 %" in read.read("samples")


async def test_a_real_verdict_is_shown_with_its_program_and_the_authors_model():
    """Of a program that solves a bundled problem, and of the same one broken."""
    source = problem("bakery").reference
    assert source
    broken = source.replace("m = pyo.ConcreteModel()", "m = pyo.ConcreteModle()")
    async with Pool(preload=PRELOAD, size=2) as pool:
        good, bad = [await judge(pool, each, {}, SolveOptions()) for each in (source, broken)]
    assert good.failure is None and bad.failure is not None
    gold = Gold(kind="pyomo", source=source)
    items = [item(name, 477.8181818, label(500.0, "revised"), text=problem("bakery").text, gold=gold) for name in "ab"]
    failed = Answered(status="none", failure=bad.failure.kind)
    tries = [
        attempt(items[0], good.objective, program=source, verdict=good),
        attempt(items[1], None, outcome="crash", answer=failed, program=broken, verdict=bad, error=bad.failure.message),
    ]
    view = scored(items, tries)
    assert view.total.share.count == 1
    read = shown(view, items, tries)
    words = read.read("items")
    assert "optimal: maximize 477.818" in words and "LP: 3 variables (3 continuous), 4 constraints" in words
    assert "brioche_kg = 54.5455" in words and "oven: 540 ≤ 540" in words
    assert "The Halvorsen bakery mixes three doughs" in words and "ConcreteModle" in words
    assert "Models of alpha / b side by side" in read.read("label-suspects")
    assert sum(source in each for each in read.pres) >= 4  # submitted, replied, and twice by the authors


# The page -------------------------------------------------------------------------------------------------------------


def pages() -> list[Page]:
    view, items, attempts = whole()
    other = scored(
        items,
        [attempt(each, 4.0) if at % 3 else old for at, (each, old) in enumerate(zip(items, attempts, strict=True))],
        id="b7",
    )
    both = page.comparison(compare(view, other), items, attempts, attempts, (calls, calls))
    return [shown(view, items, attempts), Page(both)]


def test_no_request_leaves_a_page_and_no_foreign_script_runs():
    for read in pages():
        assert "url(" not in read.raw["style"] and "@import" not in read.raw["style"]
        assert not {"img", "link", "iframe", "object", "embed", "base"} & {tag for tag, _ in read.tags}
        assert not read.attributes("src") and not read.attributes("style") and not read.attributes("onclick")
        assert all(each.startswith("#") for each in read.attributes("href"))
        policy = read.attributes("content")[0]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        for kind in ("style", "script"):
            digest = base64.b64encode(hashlib.sha256(read.raw[kind].encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}'" in policy


def test_every_link_arrives_and_every_id_is_one_of_a_kind():
    for read in pages():
        ids = read.attributes("id")
        assert len(ids) == len(set(ids))
        assert {each.removeprefix("#") for each in read.attributes("href")} <= set(ids)
        assert set(read.attributes("aria-labelledby")) <= set(ids)


def test_tables_have_captions_and_what_scrolls_can_be_reached_by_keyboard():
    for read in pages():
        tags = [tag for tag, _ in read.tags]
        assert tags.count("table") == tags.count("caption") > 3 and tags.count("h1") == 1
        scrolling = [dict(attrs) for _, attrs in read.tags if dict(attrs).get("class") == "scroll"]
        assert scrolling and all(each["tabindex"] == "0" and each["aria-label"] for each in scrolling)


def test_every_choice_of_a_filter_finds_items_and_without_script_all_are_shown():
    view, items, attempts = whole()
    read = shown(view, items, attempts)
    bodies = [dict(attrs) for tag, attrs in read.tags if tag == "tbody" and "data-set" in dict(attrs)]
    assert len(bodies) == 40 and not any("hidden" in each for each in bodies)
    assert [dict(attrs) for tag, attrs in read.tags if tag == "form"] == [{"class": "filters", "hidden": None}]
    assert read.attributes("data-filter") == ["set", "right", "became", "flagged"]
    assert {each["data-became"] for each in bodies} == {row.name for row in view.outcomes}
    assert sum(each["data-right"] == "right" for each in bodies) == view.total.share.count
    for name in read.attributes("data-filter"):
        assert all(each[f"data-{name}"] in read.read("items") for each in bodies)


def test_many_items_are_all_listed_and_the_wrong_ones_open_first(monkeypatch):
    monkeypatch.setattr(page, "BUDGET", 60_000)
    items = [item(str(at), text="x" * 1_000) for at in range(300)]
    tries = [attempt(each, 4.0 if at >= 290 else 10.0) for at, each in enumerate(items)]
    text = page.page(scored(items, tries), items, tries, calls)
    read = Page(text)
    assert sum(tag == "tbody" and "data-set" in dict(attrs) for tag, attrs in read.tags) == 300
    assert "All 300 items are listed." in read.read("items") and len(text) < 400_000
    rows = text.split("<tbody id=")
    opened = [at for at, row in enumerate(rows[1:]) if "<details>" in row]
    assert set(range(290, 300)) <= set(opened) and len(opened) < 60
    few = page.page(scored(items[:200], tries[:200]), items[:200], tries[:200], calls)
    assert few.count("Text, model, verdict, replies") == 200


def test_long_texts_are_clipped():
    one = item("a", text="word " * 50_000)
    tries = [attempt(one, program="x = 1\n" * 50_000)]
    text = page.page(scored([one], tries), [one], tries, lambda _: [call(reply="y" * 500_000)])
    assert len(text) < 120_000 and "more characters" in text


# Whatever is written --------------------------------------------------------------------------------------------------


def written(texts: list[str]) -> tuple[RunView, list[Item], list[Attempt], list]:
    """A run in which every text that a model, a set or a user can write is one of these."""
    at = iter(texts * 60)
    labels = tuple(label(float(n), next(at) + str(n)).model_copy(update={"text": next(at)}) for n in (10, 12))
    one = item(
        "i" + next(at),
        *labels,
        set=next(at),
        text=next(at),
        category="c" + next(at),
        gold=Gold(kind="pyomo", source=next(at)),
    )
    verdict = Verdict(
        status="optimal",
        termination=next(at),
        solver=next(at),
        report={next(at): next(at), "nested": {next(at): [next(at)]}},
        variables=(VariableValue(name=next(at), value=1.0),),
        constraints=(ConstraintValue(name=next(at), body=1.0, upper=2.0),),
        failure=Failure(kind="exception", message=next(at), traceback=next(at)),
    )
    formulation = Formulation(
        title=next(at),
        objective=Objective(sense="maximize", expression=next(at), unit=next(at), quote=next(at)),
        parameters=[
            Parameter(name=next(at), description="", value=1, column=None, unit=next(at), quote=next(at), more="helps")
        ],
    )
    tries = [
        attempt(
            one,
            12.0,
            program="p" + next(at),
            verdict=verdict,
            formulation=formulation,
            error="e" + next(at),
            opinions=(Sample(status=next(at), objective=12.0, agrees=True),),
        ).model_copy(update={"flags": (Flag(kind="assumption", message=next(at)),)})
    ]
    replies = [
        call(
            reply=next(at),
            error="e" + next(at),
            prompt="p" + next(at),
            messages=({"role": "user", "content": next(at)},),
        )
    ]
    known = {one.set: Published(when=next(at), overlaps={next(at): 2})}
    view = scored([one], tries, model=next(at), method="m" + next(at), published=known, trivial={"t" + next(at): zero})
    return view, [one], tries, replies


def both_pages(texts: list[str]) -> list[str]:
    view, items, tries, replies = written(texts)
    other = scored(items, [attempt(items[0], 10.0)], id="b7", method="x" + texts[0])
    found = compare(view, other)
    return [
        page.page(view, items, tries, lambda _: replies),
        page.comparison(found, items, tries, tries, (lambda _: replies, lambda _: ())),
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=8))
def test_no_text_ever_becomes_a_tag(texts):
    harmless = both_pages([each.translate(HARMLESS) for each in texts])
    for text, plain in zip(both_pages(texts), harmless, strict=True):
        text.encode("utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
        read, meant = Page(text), Page(plain)
        assert [tag for tag, _ in read.tags] == [tag for tag, _ in meant.tags]
        assert [[name for name, _ in attrs] for _, attrs in read.tags] == [
            [name for name, _ in attrs] for _, attrs in meant.tags
        ]


def test_a_hostile_constraint_name_or_reply_is_shown_as_it_is():
    evil = "<script>alert(1)</script>"
    read = Page(both_pages([evil])[0])
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert f"{evil}: 1 ≤ 2" in read.read("items") and any(each.strip() == visible(evil) for each in read.pres)


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=8))
def test_no_text_steers_the_terminal_or_markdown(texts):
    view, items, *_ = written(texts)
    found = compare(view, scored(items, [attempt(items[0], 10.0)], id="b7"))
    for text in (printed(terminal.terminal(view), 80), printed(terminal.comparison(found), 80)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    for text in (markdown.markdown(view), markdown.comparison(found)):
        text.encode("utf-8")
        assert not re.search(r"(?<!\\)[<>`]", text)


# The plot -------------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(0, 9))
def test_everything_lies_within_the_plot(count, seed):
    view = scored(*made_up(count, seed), trivial={"always 0": zero})
    groups = [chart.run_groups(view), chart.comparison_groups(compare(view, view))]
    for width in (chart.WIDE, chart.NARROW):
        for drawn in (chart.chart(each, width) for each in groups):
            assert all(drawn.left <= x <= drawn.right for dot in drawn.dots for x in (dot.low, dot.x, dot.high))
            assert all(dot.low <= dot.x <= dot.high and 0 < dot.y < drawn.bottom for dot in drawn.dots)
            assert all(0 <= each.x < width and 0 < each.y < drawn.bottom for each in drawn.labels)
            spots = [dot.y for dot in drawn.dots if dot.kind == "first"]
            assert spots == sorted(set(spots)) and len(spots) == len(drawn.labels)


def test_a_dot_lies_where_its_share_is():
    view = scored([item("a"), item("b")], [attempt(item("a")), attempt(item("b"), 4.0)])
    drawn = chart.chart(chart.run_groups(view), chart.WIDE)
    assert drawn.dots[0].x == pytest.approx((drawn.left + drawn.right) / 2, abs=0.1)
    assert drawn.dots[0].words.endswith("50.0 % [9.5, 90.5]")
