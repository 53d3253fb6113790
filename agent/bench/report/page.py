"""A run, or two beside each other, as one HTML page that needs nothing else (see `pages`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from ....datasets.items import Item
from ...llm.types import Call
from ...pages import environment
from ...sections import formulation_section, model_line, value_text
from ...wording import number
from ..records import Attempt
from ..scoring import ScoredItem
from ..suspects import Suspect
from ..view import Comparison, RunView, headline
from .chart import NARROW, WIDE, chart, comparison_groups, run_groups
from .sections import answers, compared, difference, labels, money, named, said, sections, title

Calls = Callable[[Attempt], Sequence[Call]]
"""The exchanges with a model behind an attempt; asked only for attempts that are shown in full."""

FEW = 200
"""Up to so many items, the budget of bytes is not looked at."""
BUDGET = 6_000_000
"""Bytes of details on a page of more items; those that went wrong come first."""
_TEXT, _REASON, _ROWS, _SUSPECTS = 20_000, 2_000, 60, 40
"""Characters of a program, a text or a reply; of a reason. Variables and rows of a verdict; suspects side by side."""
_NUMBER = re.compile(r"[-+$]?[\d,.]+(e[-+]?\d+)?( %| s)?( (of|to) [\d,.]+( %)?| \[.*\])?|n/a")


def page(view: RunView, items: Iterable[Item], attempts: Iterable[Attempt], calls: Calls) -> str:
    """The page, to be written as UTF-8. `items` and `attempts` are those that the view was made from."""
    known = {(item.set, item.id): item for item in items}
    tries = _by_item(attempts)
    details = _details(view, lambda scored: _detail(scored, known, tries, calls))
    groups = run_groups(view) if view.total.share.total else ()
    return (
        _environment()
        .get_template("page.html")
        .render(
            view=view,
            title=title(view.given),
            headline=headline(view),
            sections=sections(view),
            charts=[chart(groups, width) for width in (WIDE, NARROW)] if groups else [],
            keys=[
                ("first", "accuracy, 95 % interval"),
                *([("trivial", "understands nothing")] if _trivial(view) else []),
            ],
            details=details,
            beside=_beside(view, known, tries),
            filters=_filters(view),
        )
    )


def comparison(
    found: Comparison,
    items: Iterable[Item],
    first: Iterable[Attempt],
    second: Iterable[Attempt],
    calls: tuple[Calls, Calls],
) -> str:
    """The page of two runs; what only one has right is shown in full, until the budget of bytes is spent."""
    known = {(item.set, item.id): item for item in items}
    tries = (_by_item(first), _by_item(second))
    groups = comparison_groups(found)
    runs = (found.first.id, found.second.id)
    lists = []
    left = BUDGET
    for at, discordant in enumerate((found.only_first, found.only_second)):
        shown = []
        for each in discordant:
            both = [(runs[run], _tries((each.set, each.item), tries[run], calls[run])[:1]) for run in (0, 1)]
            body = _macro("page.item.html", "pair")(known[each.set, each.item], both) if left > 0 else None
            left -= len(body or "")
            shown.append((each, body))
        lists.append((runs[at], runs[1 - at], shown))
    return (
        _environment()
        .get_template("page.comparison.html")
        .render(
            found=found,
            headline=difference(found),
            sections=[each for each in compared(found) if not each.title.startswith("Right only")],
            charts=[chart(groups, width) for width in (WIDE, NARROW)],
            keys=[("first", named(found.first)), ("second", named(found.second))],
            lists=lists,
        )
    )


def _by_item(attempts: Iterable[Attempt]) -> dict[tuple[str, str], dict[int, Attempt]]:
    found: defaultdict[tuple[str, str], dict[int, Attempt]] = defaultdict(dict)
    for each in attempts:
        found[each.set, each.item][each.sample] = each
    return found


@dataclass(frozen=True)
class Try:
    """An attempt in full."""

    attempt: Attempt
    calls: Sequence[Call]


def _tries(key: tuple[str, str], attempts: Mapping[tuple[str, str], Mapping[int, Attempt]], calls: Calls) -> list[Try]:
    mine = attempts.get(key, {})
    return [Try(mine[sample], calls(mine[sample])) for sample in sorted(mine)]


def _detail(
    scored: ScoredItem,
    items: Mapping[tuple[str, str], Item],
    attempts: Mapping[tuple[str, str], Mapping[int, Attempt]],
    calls: Calls,
) -> Markup:
    key = (scored.set, scored.item)
    return _macro("page.item.html", "detail")(scored, items[key], _tries(key, attempts, calls))


def _details(view: RunView, render: Callable[[ScoredItem], Markup]) -> dict[tuple[str, str], Markup]:
    """By item; of many items, first those that are suspect or wrong, then those with a flag, within the budget."""
    suspects = {(each.set, each.item) for each in view.suspects}
    order = sorted(view.items, key=lambda each: _rank(each, suspects))
    found: dict[tuple[str, str], Markup] = {}
    left = BUDGET
    for each in order:
        if left <= 0 and len(order) > FEW:
            break
        found[each.set, each.item] = render(each)
        left -= len(found[each.set, each.item])
    return found


def _beside(
    view: RunView, items: Mapping[tuple[str, str], Item], attempts: Mapping[tuple[str, str], Mapping[int, Attempt]]
) -> list[tuple[int, Suspect, Markup]]:
    """(number of the row, suspect, models), of the first suspects for which there is any model."""
    rows = {(each.set, each.item): number for number, each in enumerate(view.items, 1)}
    found = []
    for each in view.suspects:
        item, tries = items[each.set, each.item], _tries((each.set, each.item), attempts, lambda _: ())
        if item.gold or any(one.attempt.program for one in tries):
            found.append((rows[each.set, each.item], each, _macro("page.item.html", "beside")(item, tries)))
    return found[:_SUSPECTS]


def _rank(item: ScoredItem, suspects: set[tuple[str, str]]) -> tuple[bool, bool]:
    wrong = item.first is not None and not item.right()
    return not (wrong or (item.set, item.item) in suspects), not (item.first and item.first.flags)


def _trivial(view: RunView) -> bool:
    return any(row.trivial for row in view.rules)


def _filters(view: RunView) -> list[tuple[str, str, list[str]]]:
    """(name, label, choices) of what the items can be filtered by."""
    sets = [row.name for row in view.sets]
    return [
        ("set", "Set", sets),
        ("right", "Answer", ["right", "wrong", "not scored"]),
        ("became", "Outcome", [row.name for row in view.outcomes]),
        ("flagged", "Flags", ["flagged", "unflagged"]),
    ]


@cache
def _environment() -> Environment:
    filters = {"said": said, "number": number, "money": money, "value_text": value_text, "model_line": model_line}
    return environment(
        __package__ or "",
        filters | {"numeric": _numeric, "anchor": _anchor, "labels": labels, "answers": answers},
        formulation=formulation_section,
        text_limit=_TEXT,
        reason_limit=_REASON,
        row_limit=_ROWS,
    )


def _macro(file: str, name: str) -> Callable[..., Markup]:
    return getattr(_environment().get_template(file).module, name)


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _numeric(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))
