"""A solution as one HTML page that needs nothing else (see `pages`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from jinja2 import Template
from markupsafe import Markup, escape

from .. import sections
from ..pages import environment, visible
from ..sections import Grid, Section
from ..solution import Solution
from ..wording import number, plural, shorten
from .chart import NARROW, WIDE, bars, chart
from .mathematics import LONGEST, display_math, mathml

_PROGRAM, _PROBLEM = 200_000, 20_000
"""Characters that are shown."""
_ROWS = 60
"""Rows of the data's table."""
_WRAPPED = re.compile(r"(?<=[^\n]{60})\n(?=[\w“\"'(])(?!\d+[.)] )")
"""A line's end that an editor set, within a sentence: not before an item of a list."""
_NUMBER = re.compile(r"[-+$€£¥₹]*[\d,.]+(e[-+]?\d+)?( %| s)?|n/a")


def page(solution: Solution, latex: str | None = None, data: Mapping[str, object] | None = None) -> str:
    """The page, to be written as UTF-8.

    `latex` is the solved model as Pyomo prints it, where that is known; `data` is what the program was run with.
    """
    words, tone = sections.headline(solution)
    drawn = bars(solution)
    return _template().render(
        solution=solution,
        title=sections.title(solution),
        problem=_WRAPPED.sub(" ", solution.problem.strip()),
        headline=words,
        tone=tone,
        first=_present(sections.flags_section(solution), sections.trouble_section(solution)),
        answer=_present(sections.answer_section(solution)),
        drawn=drawn,
        charts=[chart(drawn, width) for width in (WIDE, NARROW)] if drawn else [],
        then=_present(sections.limits_section(solution), sections.readings_section(solution)),
        formulation=_present(sections.formulation_section(solution.formulation)),
        size=sections.model_line(solution.verdict),
        math=mathml(latex) if latex else None,
        latex=display_math(latex) if latex else "",
        last=_present(data_section(data or {}), sections.checks_section(solution), sections.run_section(solution)),
    )


def _present(*found: Section | None) -> list[Section]:
    return [each for each in found if each and each.blocks]


def data_section(data: Mapping[str, object]) -> Section | None:
    """What the program was given, a line for each: how much of it there is, and how it begins."""
    rows = [(name, *_summary(value)) for name, value in data.items() if value or name != "readings"]
    table = sections.grid("", ("name", "is", "holds"), rows, cap=_ROWS)
    return Section(title="Data", blocks=(table,)) if rows else None


def _summary(value: object) -> tuple[str, str]:
    match value:
        case [dict() as row, *_]:
            columns = ", ".join(map(str, row))
            return plural(len(value), "row"), f"columns {shorten(columns, 160)}"
        case list():
            return plural(len(value), "value"), _beginning(value)
        case dict():
            return (f"{len(value):,} entries" if len(value) != 1 else "1 entry"), _beginning(value)
        case bool() | None:
            return "yes or no" if value is not None else "nothing", _beginning(value)
        case int() | float():
            return "number", number(value)
        case _:
            return "text", shorten(str(value), 160)


def _beginning(value: object) -> str:
    return shorten(sections.value_text(_short(value)), 160)


def _short(value: object, depth: int = 0):
    """The first of it: data can be millions of numbers."""
    match value:
        case dict():
            return {str(key): _short(each, depth + 1) for key, each in list(value.items())[:20]} if depth < 3 else "…"
        case list():
            return [_short(each, depth + 1) for each in value[:20]] if depth < 3 else "…"
        case None | bool() | int() | float():
            return value
        case _:
            return str(value)


@cache
def _template() -> Template:
    return environment(
        __package__ or "",
        {"numeric": _numeric, "anchor": _anchor, "ticked": _ticked},
        program_limit=_PROGRAM,
        problem_limit=_PROBLEM,
        latex_limit=LONGEST,
    ).get_template("page.html")


def _numeric(grid: Grid) -> list[bool]:
    """For each column whether it holds nothing but numbers; the first one names the rows."""
    columns = list(zip(*grid.rows, strict=True))
    return [at > 0 and all(map(_NUMBER.fullmatch, cells)) for at, cells in enumerate(columns)]


def _ticked(text: str) -> Markup:
    """Names between backticks as code."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
