"""A solution as a page: what it says, that it needs nothing else, and texts that try to be more than text."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import HealthCheck, given, settings
from optwright.agent.formulate.formulation import Constraint, Quantity
from optwright.agent.report.chart import MOST, NARROW, WIDE, bars, chart
from optwright.agent.report.mathematics import LONGEST, display_math, mathml
from optwright.agent.report.page import page
from optwright.agent.sections import sections
from reading import HARMLESS, TEXTS, Page

LATEX = r"""\begin{align}
    & \min
    & & 1e-07 bake[New York, <b>] + 2.5 on\_hand^{2} + \left| x \right| & \label{obj:unknown_o} \\
    & \text{s.t.}
    & & \frac{bake[a & b] + bake[50 %]}{1 + on\_hand} \leq 1 & \label{con:unknown_c} \\
    & & bake[$x$] \leq 2 & \label{con:unknown_c_2} \\
    & \text{w.b.}
    & & 0 \leq bake & \qquad \in \mathds{R}_{\geq 0} \label{con:unknown_bound}
\end{align}
"""
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e\x00&amp;{{ 7*7 }}"


def indexed(make, answer, **changes):
    return make(answers={"loaves": 1.0, "made": answer}, **changes)


# What it says ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["optimal", "flagged", "infeasible", "unbounded", "failed", "incomplete"])
def test_every_section_of_a_solution_is_on_the_page(make, kind):
    solution = make(kind)
    read = Page(page(solution))
    for section in sections(solution):
        assert (section.title if section.title != "Model" else "Mathematics") in read.read("")
    assert solution.problem in read.read("problem")


def test_doubts_come_before_the_answer_and_the_conflict_before_everything(make):
    ids = re.findall(r'<h2 id="([^"]+)"', page(make("flagged"), None, {"flour": 90.0}))
    assert ids[:3] == ["before-you-rely-on-this", "answer", "what-limits-it"]
    assert ids[-7:] == ["problem", "formulation", "mathematics", "program", "data", "what-was-checked", "run"]
    assert re.findall(r'<h2 id="([^"]+)"', page(make("infeasible")))[0] == "why-nothing-works"


def test_every_link_has_its_place(make):
    text = page(make("flagged"), LATEX, {"flour": 90.0})
    assert set(re.findall(r'href="#([^"]+)"', text)) == set(re.findall(r'<h2 id="([^"]+)"', text))


def test_the_data_are_told_by_their_size(make):
    rows = [{"city": f"c{k}", "units": k} for k in range(1000)]
    data = {"orders": rows, "price": {"a": 1.5, "b": 2}, "cap": 1_000_000, "days": ["Mon", "Tue"], "readings": {}}
    text = Page(page(make(), None, data)).read("data")
    assert "orders 1,000 rows columns city, units" in text
    assert "price 2 entries a: 1.5, b: 2" in text
    assert "cap number 1,000,000" in text
    assert "days 2 values Mon, Tue" in text
    assert "readings" not in text


def test_lines_that_an_editor_wrapped_are_joined_and_lists_are_not(make):
    wrapped = f"{'A bakery bakes bread of many kinds every day ' * 2}and\nsells it.\n\n- one\n- two\n"
    text = page(make(problem=wrapped))
    assert "and sells it.\n\n- one\n- two" in text


def test_names_between_backticks_are_code(make):
    text = page(make())
    assert "<code>oven</code>" in text
    assert "one more hour of `oven`" not in text


# The chart ------------------------------------------------------------------------------------------------------------


def test_an_indexed_answer_is_drawn_beside_its_table(make):
    quantity = Quantity(name="made", description="Goods to make", unit="kg")
    formulation = make().formulation.model_copy(update={"quantities": [quantity]})
    text = page(indexed(make, {"bread": 40.0, "cake": -20.0}, formulation=formulation))
    assert text.count('role="img"') == 2
    assert "<desc" in text
    assert "2 bars, from -20 kg (cake) to 40 kg (bread). The table holds the same figures." in text
    assert Page(text).read("answer").count("40 kg") >= 2


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("values", [(1, 2, 3), (-1, -5), (-3, 4), (1e-9, 1e9), (0, 3)])
def test_bars_stay_within_the_chart_and_in_proportion(make, width, values):
    found = bars(indexed(make, {f"k{at}": value for at, value in enumerate(values)}))
    assert found
    drawn = chart(found, width)
    for bar, value in zip(drawn.bars, values, strict=True):
        assert 0 <= bar.x <= bar.x + bar.width <= width
        end = bar.value_x + (-7 if value < 0 else 7) * len(bar.value)
        assert -1 <= end <= width + 1
        longest = max(drawn.bars, key=lambda each: each.width)
        assert bar.width / longest.width == pytest.approx(abs(value) / max(map(abs, values)), abs=0.01)


@pytest.mark.parametrize(
    "answer",
    [
        {"a": 3.0},
        {"a": 1, "b": 0, "c": 1},
        {"a": 2.0, "b": 2.0},
        {"a": "x", "b": 2.0},
        {"a": True, "b": False},
        {str(k): float(k) for k in range(1, MOST + 2)},
        [1.0, 2.0],
        {"a": float("nan"), "b": 2.0},
        {"a": float("inf"), "b": 2.0},
    ],
)
def test_nothing_is_drawn_that_bars_would_not_tell(make, answer):
    assert bars(indexed(make, answer)) is None
    assert "<svg" not in page(indexed(make, answer))


def test_zeros_of_a_long_answer_are_left_out_and_said(make):
    answer = {"x": {str(k): float(k % 4) for k in range(16)}}
    found = bars(indexed(make, answer))
    assert found and (len(found.entries), found.zeros) == (12, 4)
    assert found.entries[0][0] == "x, 1"
    assert "4 zeros left out" in found.told


# The mathematics ------------------------------------------------------------------------------------------------------


def test_latex_becomes_mathml_with_names_as_words_and_indices_as_subscripts():
    found = mathml(LATEX)
    assert found
    assert "<msub><mi>bake</mi><mtext>New York, &lt;b&gt;</mtext></msub>" in found
    assert "<mtext>a &amp; b</mtext>" in found
    assert "<mi>on_hand</mi>" in found
    assert "<msub><mi>\N{DOUBLE-STRUCK CAPITAL R}</mi>" in found
    assert "<mn>10</mn><mrow><mo>\N{MINUS SIGN}</mo><mn>7</mn></mrow>" in found
    rows = [row.count("<mtd>") for row in found.split("<mtr>")[1:]]
    assert len(rows) == 4


def test_members_of_an_indexed_constraint_stand_below_each_other():
    assert "\n&&& bake[x] \\leq 2" in display_math(LATEX)
    expressions = re.findall(r"<mtr>(?:<mtd></mtd>)?.*?</mtr>", mathml(LATEX) or "")
    assert all(re.match(r"<mtr>(<mtd>.*?</mtd>){3}<mtd>(<mi></mi>)?.*(≤|\|)", each) for each in expressions)


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<b>bold</b>}",
        r"\text{</math><script>alert(1)</script>}",
        r"\unknowncommand{x}",
        r"\left( x",
        r"\begin{align} x",
        "a & b",
        r"\text{name7}",
        "{" * 10_000,
        "x + " * LONGEST,
    ],
)
def test_what_is_no_formula_is_shown_as_latex(make, latex):
    assert mathml(latex) is None
    text = page(make(), latex)
    assert "<math" not in text
    assert "as LaTeX" in text
    assert "<b>bold" not in text


@pytest.mark.parametrize(
    "latex", [r"\style{background:url(//x)}{x}", r"\href{javascript:alert(1)}{x}", r"\class{a}{x}"]
)
def test_a_formula_has_no_attribute_that_does_anything(latex):
    assert not re.search(r"(style|href|class|on\w+)=", mathml(latex) or "")


# Nothing but a page ---------------------------------------------------------------------------------------------------


def hostile(make, words: str = HOSTILE):
    solution = make("flagged")
    rows = [Constraint(name=words, expression=words, unit=words, quote=words)]
    asked = [Quantity(name="made", description=words, unit=words)]
    formulation = solution.formulation.model_copy(update={"title": words, "constraints": rows, "quantities": asked})
    return solution.model_copy(
        update={
            "formulation": formulation,
            "problem": words,
            "program": words,
            "explanation": words,
            "answers": {"made": {words: 3.0, "b": 4.0}},
            "checked": (f"`{words}`",),
            "run": words,
            "model": words,
        }
    )


def test_hostile_text_stays_text(make):
    latex = LATEX.replace("New York, <b>", HOSTILE).replace("on", "on" + "</script>")
    text = page(hostile(make), latex, {HOSTILE: [{HOSTILE: 1}], "x": HOSTILE})
    assert text.count("<script") == text.count("</script>") == 1
    assert "<img" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
    assert ">49<" not in text and "{{ 7*7 }}" in text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_any_text_leaves_the_page_as_it_is(make, words):
    text = page(hostile(make, words), None, {"x": words})
    text.encode("utf-8")
    harmless = page(hostile(make, words.translate(HARMLESS)), None, {"x": words.translate(HARMLESS)})
    tags, expected = Page(text).tags, Page(harmless).tags
    assert [tag for tag, _ in tags if tag != "code"] == [tag for tag, _ in expected if tag != "code"]


@pytest.mark.parametrize("latex", [None, LATEX])
def test_the_page_asks_for_nothing_and_runs_only_its_own_script(make, latex):
    text = page(hostile(make), latex, {"flour": 90.0})
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    for tag in ("style", "script"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest.replace('+', '&#43;')}&#39;" in policy[1].replace("+", "&#43;")
    assert "default-src &#39;none&#39;" in policy[1]
    assert not re.search(r"""<[^>]*\s(src|srcset|action|style|on\w+)=["']""", text)
    assert all(address.startswith("#") for address in re.findall(r'<[^>]*\shref="([^"]*)"', text))
