"""A run as one HTML page that needs nothing else (see `pages`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Template

from ...pages import environment
from ..records import Candidate
from . import charts
from .lineage import Lineage, lineage
from .texts import diff
from .view import MEANING, RunView, commands, cost, figure, headline, operators, outcomes, sense, standings

SHOWN = 200
"""Candidates in the table: the best, and where there is room the others."""
_TEXT, _REASON, _EACH = 20_000, 2_000, 24
"""Characters of a program in the table and of a reason; scores told one by one."""


def page(view: RunView) -> str:
    """The page, to be written as UTF-8."""
    tree = lineage(view)
    shown = _shown(view, tree)
    return _template().render(
        view=view,
        best=view.best,
        headline=headline(view),
        commands=commands(view),
        standings=standings(view),
        charts=[charts.chart(view, *size) for size in (charts.WIDE, charts.NARROW)] if view.ranked else [],
        notes=charts.notes(view) if view.ranked else [],
        tree=tree,
        diffs=_diffs(view),
        outcomes=outcomes(view),
        operators=operators(view),
        shown=shown,
        linked={each.number for each in shown},
    )


def _shown(view: RunView, tree: Lineage) -> tuple[Candidate, ...]:
    """The best; then those of the lineage; then, where there is room, those without a score, by number."""
    best = view.ranked[:SHOWN]
    kin = [node.candidate for node in tree.nodes if node.candidate not in best]
    rest = [each for each in view.candidates if each.score is None]
    chosen = [*best, *sorted(kin, key=lambda each: each.number)]
    return (*chosen, *rest[: max(0, SHOWN - len(chosen))])


def _diffs(view: RunView) -> list[tuple[str, str, object]]:
    """(title, who it is compared with, lines) of the best candidate against its parent and its seed."""
    if view.best is None:
        return []
    *ancestors, last = view.chain(view.best)
    seed, parent = view.candidates[0], ancestors[-1] if ancestors else None
    pairs = [("its parent", parent)] if parent and parent.number != seed.number else []
    if last.number != seed.number:
        pairs.append(("its parent, the seed" if parent is seed else "the seed", seed))
    return [(f"Against {who}", f"#{other.number}", diff(other.text, last.text)) for who, other in pairs]


@cache
def _template() -> Template:
    return environment(
        __package__ or "",
        {"number": figure, "cost": cost, "each": _each, "hashed": "#{}".format},
        meaning=MEANING,
        sense=sense,
        text_limit=_TEXT,
        reason_limit=_REASON,
        shown_limit=SHOWN,
        median_of=charts.MEDIAN_OF,
    ).get_template("page.html")


def _each(scores: Sequence[float]) -> str:
    if len(scores) <= _EACH:
        return ", ".join(map(figure, scores))
    told = ", ".join(map(figure, scores[:_EACH]))
    return f"{figure(min(scores))} to {figure(max(scores))}: {told} … and {len(scores) - _EACH:,} more"
