"""The page of a run of evolution: it follows the run candidate by candidate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from nicegui import ui

from ...evolve.budget import SearchBudget
from ...evolve.records import Candidate
from ...evolve.report.view import (
    RunView,
    Totals,
    bests,
    commands,
    cost,
    figure,
    headline,
    outcomes,
    sense,
    standings,
)
from ...pages import visible
from ...wording import duration, plural, shorten
from . import runs_charts as charts
from .elements import el, put, say, table
from .runs_feed import RUNNING, Evolution
from .runs_frame import Facts, Part, Status, Used, program, redraw, repaint

_LEADERS = 12
"""Rows of the table beside the chart."""
_SILENT = 60.0
"""Seconds without a candidate after which it is said when the last one came."""
_THOUGHT = 1_000
"""Characters."""
_LEGEND = (
    ("best", "best so far, by train score"),
    ("", "candidate"),
    ("beyond", "beyond the axis"),
    ("failed", "no score"),
    ("seed", "the seed"),
)


class EvolutionPage:
    def __init__(self, feed: Evolution) -> None:
        self._feed = feed
        self._drawn: tuple[int, bool, str] = (-1, False, "")
        self._weighing: asyncio.Task[None] | None = None
        self._title = el("h1")
        self._status = Status()
        self._headline = el("p", cls="headline")
        self._links = Part()
        self._used, self._facts = Used(), Facts()
        with el("section", aria_labelledby="progress"):
            el("h2", "Progress", id="progress")
            _legend()
            self._chart = ui.echart({"series": []}).classes("chart").style("height: 340px")
            put(self._chart, role="img")
            repaint(self._chart)
            self._leaders = Part()
        self._champion, self._outcomes, self._program = Part(), Part(), Part()

    async def read(self) -> None:
        """What is new; what takes long is looked at beside it."""
        await self._feed.update()
        if self._stale() and (self._weighing is None or self._weighing.done()):
            self._weighing = asyncio.create_task(self._feed.totals.update())

    def _stale(self) -> bool:
        view = self._feed.view
        return view is not None and self._feed.totals.of != (len(view.candidates), view.status)

    def show(self) -> None:
        """The run as the feed has it; nothing where that has not read it yet."""
        view = self._feed.view
        if view is None:
            return
        totals = self._feed.totals.found
        say(self._title, view.given.task)
        self._status.show(_status(view, self._feed.latest), view.status == RUNNING)
        _use(self._used, view, totals)
        self._facts.show(_facts(view, totals))
        drawn = (len(view.candidates), view.champion is not None, view.status)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw(view)

    def _draw(self, view: RunView) -> None:
        """All that depends on candidates."""
        say(self._headline, f"{headline(view)} ({sense(view)})")
        self._links.show(view.id, lambda: _links(view))
        redraw(self._chart, charts.progress(view))
        put(self._chart, aria_label=f"{headline(view)}. Of {plural(len(view.candidates), 'candidate')}, "
            f"{len(view.ranked):,} have a score. The table below has those that led.")  # fmt: skip
        lead = bests(view)
        self._leaders.show(tuple(each.number for each in lead), lambda: _leaders(view))
        best = view.best.number if view.best else None
        self._champion.show((view.champion, best), lambda: _champion(view))
        found = outcomes(view)
        self._outcomes.show(tuple((each.status, each.count) for each in found), lambda: _outcomes(view))
        self._program.show((best, view.champion is not None), lambda: _program(view))


def _status(view: RunView, latest: datetime | None) -> str:
    told = f"{view.status} · run {view.id} · begun {view.created.astimezone():%Y-%m-%d %H:%M}"
    since = (datetime.now(UTC) - latest).total_seconds() if latest else 0.0
    if view.status == RUNNING and latest and since > _SILENT:
        return f"{told} · nothing new since {latest.astimezone():%Y-%m-%d %H:%M}: has its process ended?"
    return told


def _facts(view: RunView, totals: Totals | None) -> dict[str, str]:
    asked = ", ".join(view.given.models)
    known = {
        "Candidates": f"{len(view.candidates):,}, {len(view.ranked):,} with a score",
        "Strategy": f"{view.given.strategy}, seed {view.given.seed}",
        "Models": asked or "none",
    }
    if totals is None:
        return known | {"Model calls": "…", "Cost": "…", "Time": "…"}
    return known | {
        "Model calls": f"{totals.calls:,}, {totals.tokens:,} tokens" if totals.calls else "none",
        "Cost": cost(totals),
        "Time": duration(totals.seconds),
    }


def _use(bars: Used, view: RunView, totals: Totals | None) -> None:
    """Of each limit of the budget that has one."""
    limits = SearchBudget.parse(view.given.budget)
    if limits.candidates:
        made = len(view.candidates)
        bars.show("Candidates", made, limits.candidates, f"{made:,} of {limits.candidates:,}")
    if totals is None:
        return
    if limits.calls:
        bars.show("Calls", totals.calls, limits.calls, f"{totals.calls:,} of {limits.calls:,}")
    if limits.tokens:
        bars.show("Tokens", totals.tokens, limits.tokens, f"{totals.tokens:,} of {limits.tokens:,}")
    if limits.usd:
        bars.show("Cost", totals.cost or 0.0, limits.usd, f"{cost(totals)} of ${limits.usd:,.2f}")
    if limits.minutes:
        minutes = totals.seconds / 60
        bars.show("Minutes", minutes, limits.minutes, f"{minutes:,.1f} of {limits.minutes:g} in each session")


def _legend() -> None:
    with el("ul", cls="legend"):
        for mark, words in _LEGEND:
            with el("li"):
                el("span", cls=f"key {mark}", aria_hidden="true")
                el("span", words)


def _links(view: RunView) -> None:
    report = f"/runs/{view.id}/report"
    with el("p", cls="links"):
        el("a", "Full report", href=report)
        el("a", "Lineage", href=f"{report}#lineage")
        el("a", "Every candidate", href=f"{report}#candidates")


def _leaders(view: RunView) -> None:
    lead = bests(view)
    rows = [
        (f"#{each.number}", shorten(each.operator, 30), figure(each.score), figure(view.gain(each)))
        for each in reversed(lead[-_LEADERS:])
    ]
    earlier = len(lead) - len(rows)
    note = f"… and {earlier:,} earlier" if earlier else ""
    columns = ("candidate", "operator", "train score", "gain on its parents")
    table("Candidates that were the best when they came, the newest first", columns, rows, note)


def _champion(view: RunView) -> None:
    with el("section", aria_labelledby="champion"):
        el("h2", "Champion" if view.champion else "Best so far", id="champion")
        for words, tone in _verified(view):
            el("p", words, tone)
        scores = [(each.split, figure(each.mean), _others(each.baselines)) for each in standings(view)]
        columns = ("split", "champion" if view.champion else "best", "compared with")
        table(f"Mean score by split, {sense(view)}", columns, scores)


def _others(baselines: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {figure(score)}" for name, score in baselines.items()) or figure(None)


def _verified(view: RunView) -> Iterable[tuple[str, str]]:
    if view.best is None:
        yield "No candidate has a score yet.", "quiet"
        return
    if view.champion is None:
        yield f"#{view.best.number} is the best by its train score. Not yet verified: that is done at the end.", "warn"
        return
    test = next((each.mean for each in standings(view) if each.split == "test"), None)
    told = f"scores {figure(test)} on test" if test is not None else "has no test split to be scored on"
    if view.champion.verified:
        yield f"#{view.champion.number} {told}, and is verified.", "good"
    else:
        yield f"#{view.champion.number} {told}, and is NOT verified.", "bad"
    for number, why in view.champion.disqualified.items():
        yield f"#{number} was disqualified: {shorten(visible(why), 200)}", "warn"


def _outcomes(view: RunView) -> None:
    total = len(view.candidates)
    rows = [
        (each.status, f"{each.count:,}", f"{100 * each.count / total:.0f} %", _example(each.examples))
        for each in outcomes(view)
    ]
    if rows:
        with el("section", aria_labelledby="outcomes"):
            el("h2", "What became of the candidates", id="outcomes")
            table("Candidates by outcome", ("outcome", "count", "share", "such as"), rows)


def _example(examples: Sequence[Candidate]) -> str:
    first = next(iter(examples), None)
    return f"#{first.number}: {shorten(visible(first.reason), 120)}" if first else ""


def _program(view: RunView) -> None:
    best = view.best
    if best is None:
        return
    with el("section", aria_labelledby="program"):
        el("h2", f"Program of #{best.number}", id="program")
        if best.thought:
            el("p", shorten(visible(best.thought), _THOUGHT), "task")
        program(best.text)
        for words, command in zip(("To go on with the run:", "To take the program away:"), commands(view), strict=True):
            with el("p"):
                el("span", f"{words} ")
                el("code", command)
