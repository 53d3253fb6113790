"""A solution on a terminal, in a notebook, as Markdown and as text."""

import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent import render
from optwright.agent.formulate.formulation import Constraint
from optwright.agent.prices import price
from optwright.agent.sections import formulation_section
from optwright.agent.solution import Flag, Solution
from optwright.agent.wording import amount, component, number, one_more
from optwright.evaluators.program import PRELOAD, judge
from optwright.evaluators.verdict import ConstraintValue
from optwright.sandbox.pool import Pool
from rich.cells import cell_len
from rich.console import Console

KINDS = ["optimal", "flagged", "infeasible", "unbounded", "failed", "incomplete"]
EVIL = (
    "[bold red]x[/] [/nope] <script>alert(1)</script>\"'><img src=x onerror=y> \x1b]8;;http://e\x07 \u202e | `$$` {x}"
)


def on_terminal(solution: Solution, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(render.terminal(solution))
    return file.getvalue()


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fits_the_terminal(make, kind, width):
    lines = on_terminal(make(kind), width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert "\x1b" not in "".join(lines)


def test_an_optimum_shows_formulation_answer_and_prices(make):
    text = flat(on_terminal(make("optimal")))
    assert "Optimal: $170 (maximized)" in text
    assert "each cake earns $4.50" in text
    assert "cake_profit 4.5 $ per cake" in text
    assert "Objective: maximize, in $" in text
    assert "0.5 bread + cake <= oven_hours" in text
    assert "LP: 2 variables (2 continuous), 2 constraints, 4 nonzeros" in text
    assert "Loaves to bake 40 loaves" in text
    assert "one more hour of `oven` is worth $2" in text
    assert "loose" not in text  # it does not bind
    assert "✓ The point satisfies every constraint." in text
    assert "not checked: No independent sample was drawn." in text


def test_flags_stand_before_the_answer(make):
    text = flat(on_terminal(make("flagged")))
    assert "Optimal: $170 (maximized), with 2 warnings" in text
    assert text.index("Before you rely on this") < text.index("quantity value")
    assert "! samples: 1 of 3 independent samples disagrees." in text


def test_whole_numbers_have_sensitivities_instead_of_prices(make):
    text = flat(on_terminal(make("flagged")))
    assert "Whole-number models have no prices" in text
    assert "10 % more of `flour`: optimum 170 → 181" in text
    assert "`discount` at 1 instead of 0: optimum 170 → 168" in text
    assert "is worth" not in text


def test_both_readings_show_their_optimum(make):
    text = flat(on_terminal(make("flagged")))
    assert "“loaves and cakes are sold whole” whole units (chosen) $170 fractions $172.50" in text


def test_infeasible_names_the_sentences_and_the_cheapest_way_out(make):
    text = flat(on_terminal(make("infeasible")))
    assert "cover[Mon] “at least 12 every day”" in text
    assert "budget “70 shifts a week, no more”" in text
    assert "bound:nurses[Mon] nurses on a day" in text
    assert "lower `cover[Mon]` from at least 12 to at least 9 (by 3 nurses)" in text
    assert "raise `budget` from at most 70 to at most 84 (by 14 shifts)" in text


def test_unbounded_names_what_grows(make):
    text = flat(on_terminal(make("unbounded")))
    assert "cake grows 1 cakes to bake" in text
    assert "bread falls 0.5 loaves to bake" in text


def test_failed_and_incomplete_say_what_is_missing(make):
    assert "The last program failed (exception, line 9): KeyError: 'flour'" in flat(on_terminal(make("failed")))
    assert "delivery_cost The text asks for the cheapest delivery" in flat(on_terminal(make("incomplete")))


def test_a_limit_says_how_far_the_optimum_may_be(make):
    solution = make("optimal")
    verdict = solution.verdict.model_copy(update={"status": "feasible", "bound": 180.0, "gap": 0.0465})
    text = flat(on_terminal(make("optimal", status="feasible", verdict=verdict)))
    assert "Best found: $170 (maximized), and no plan gives more than $180, gap 4.65 %" in text


@pytest.mark.parametrize(
    ("sense", "dual", "words"),
    [
        ("maximize", 3.2, "is worth $3.20"),
        ("maximize", -3.2, "costs $3.20"),
        ("minimize", 3.2, "costs $3.20"),
        ("minimize", -3.2, "saves $3.20"),
    ],
)
def test_prices_in_words(make, sense, dual, words):
    row = ConstraintValue(name="oven[Mon]", body=1, upper=1, slack=0, dual=dual)
    assert price(make().formulation, sense, row) == f"one more hour of `oven[Mon]` {words}"


def test_long_lists_are_cut_and_say_so(make):
    formulation = make().formulation
    many = [Constraint(name=f"c{i}", expression="x <= 1", unit="", quote="") for i in range(500)]
    rows = [ConstraintValue(name=f"c{i}", body=1, upper=1, slack=0, dual=1.0 + i) for i in range(500)]
    solution = make(
        formulation=formulation.model_copy(update={"constraints": many}),
        verdict=make().verdict.model_copy(update={"constraints": tuple(rows)}),
        answers={"loaves": {f"day{i}": float(i % 10 == 0) for i in range(1000)}},
    )
    text = on_terminal(solution)
    assert "… and 460 more" in text
    assert "one more unit of `c499` is worth $500" in text
    assert "900 zeros left out" in text
    assert len(text.splitlines()) < 250
    assert len(repr(solution).splitlines()) < 25


def hostile(make, kind: str) -> Solution:
    """Every text field that a model or a file may have written holds markup, HTML and escapes."""
    given = make(kind).model_dump()
    kept = {
        "run",
        "status",
        "sense",
        "domain",
        "more",
        "kind",
        "side",
        "model_class",
        "down_status",
        "up_status",
        "effort",
    }

    def spoil(value, key=""):
        match value:
            case str():
                return value if key in kept else value + EVIL
            case dict():
                return {name: spoil(each, name) for name, each in value.items()}
            case list() | tuple():
                return [spoil(each, key) for each in value]
            case _:
                return value

    return Solution.model_validate(spoil(given))


@pytest.mark.parametrize("kind", KINDS)
def test_terminal_takes_nothing_for_markup(make, kind):
    text = on_terminal(hostile(make, kind), 4000)
    assert "[bold red]x[/] [/nope]" in text
    assert not set("\x1b\x07\u202e") & set(text)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("kind", KINDS)
def test_html_lets_no_markup_through(make, kind):
    text = hostile(make, kind)._repr_html_()
    found = Tags()
    found.feed(text)
    known = {
        "div",
        "style",
        "h3",
        "p",
        "strong",
        "details",
        "summary",
        "ul",
        "li",
        "table",
        "caption",
        "tr",
        "td",
        "th",
    }
    assert found.tags <= known
    assert found.attributes <= {"class", "style", "open"}
    assert "&lt;script&gt;" in text
    assert not set("\x1b\x07\u202e") & set(text)


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_well_formed(make, kind):
    stack = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

    Balance().feed(render.html(make(kind)))
    assert stack == []


def test_markdown_cells_cannot_break_the_table(make):
    section = formulation_section(hostile(make, "optimal").formulation)
    assert section
    for line in render.markdown(section).splitlines():
        assert not re.search(r"(?<!\\)<", line)
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4, 5)  # two to four columns


def test_repr_is_short_and_plain(make):
    text = repr(make("flagged"))
    assert text.splitlines()[0] == "Bakery: loaves and cakes in a day"
    assert "  ! samples: 1 of 3 independent samples disagrees." in text
    assert "a1b2c3d4: replay" in text
    assert len(text.splitlines()) < 15


def test_newlines_in_a_flag_stay_in_its_line(make):
    solution = make(flags=(Flag(kind="source", message="one\n  ! feasibility: forged"),))
    assert sum(line.startswith("  !") for line in repr(solution).splitlines()) == 1


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("hours", "one more hour"),
        ("hours per day", "one more hour per day"),
        ("machine hours/week", "one more machine hour/week"),
        ("boxes", "one more box"),
        ("batteries", "one more battery"),
        ("kg", "one more kg"),
        ("tons CO2", "one more tons CO2"),
        ("glass", "one more glass"),
        ("", "one more unit"),
        ("dimensionless", "one more unit"),
    ],
)
def test_one_more(unit, words):
    assert one_more(unit) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.9999999996, "3"),
        (1234.5, "1,234.5"),
        (0.00012, "0.00012"),
        (1e-7, "1e-07"),
        (-1e-12, "0"),
        (1234567.891, "1,234,567.89"),
        (None, "n/a"),
        (float("nan"), "n/a"),
        (float("-inf"), "-∞"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_a_shown_number_is_the_number(value):
    shown = float(number(value).replace(",", ""))
    assert shown == pytest.approx(value, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3.2, "$", "$3.20"), (-5, "€", "-€5"), (1200, "$", "$1,200"), (0.001, "$", "$0.001"), (2, "hours", "2 hours")],
)
def test_amounts(value, unit, text):
    assert amount(value, unit) == text


@pytest.mark.parametrize("name", ["oven", "oven[Mon]", "oven[Mon,2]", "plant[1].oven[Mon]", "plant.oven"])
def test_rows_find_their_constraint(make, name):
    assert component(make().formulation, name).name == "oven"


def test_bounds_find_their_variable_only(make):
    formulation = make().formulation
    assert component(formulation, "bound:bread[1]").name == "bread"
    assert component(formulation, "bound:oven") is None
    assert component(formulation, "unheard_of") is None


async def test_a_real_verdict_is_shown_in_words(make):
    """The same bakery through the sandbox and the solver: prices by the solver, the conflict by the diagnosis."""
    data = {"bread_profit": 2.0, "cake_profit": 4.5, "oven_hours": 40.0, "flour": 90.0}
    short = make().program.replace(
        "    return m\n\n\n", "    m.order = pyo.Constraint(expr=m.bread >= 100)\n    return m\n\n\n"
    )
    async with Pool(preload=PRELOAD, size=1) as pool:
        solved = make(verdict=await judge(pool, make().program, data))
        impossible = await judge(pool, short, data)
    text = flat(on_terminal(solved))
    assert "one more hour of `oven` is worth $2 - one more kg of `flour` is worth $1" in text
    assert "LP: 2 variables (2 continuous), 2 constraints, 4 nonzeros; highs" in text
    text = flat(on_terminal(make("infeasible", formulation=make().formulation, verdict=impossible)))
    assert "order" in text
    assert "Why nothing works" in text
    assert re.search(r"(lower `order` from at least 100|raise `\w+` from at most)", text)
