"""The page of a benchmark run: it follows the run attempt by attempt, and scores it again every few seconds."""

from __future__ import annotations

import asyncio

from nicegui import ui

from ...bench.report.chart import run_groups
from ...bench.report.sections import money, sections, title
from ...bench.view import RunView, headline
from ...wording import plural
from . import runs_charts as charts
from .elements import el, put, say
from .runs_feed import RUNNING, Bench
from .runs_frame import Facts, Part, Status, Used, part_of, redraw, repaint


class BenchPage:
    def __init__(self, run: str, feed: Bench) -> None:
        self._run, self._feed = run, feed
        self._scoring: asyncio.Task[None] | None = None
        self._title, self._status = el("h1"), Status()
        self._headline, self._trouble = el("p", cls="headline"), el("p", cls="bad")
        with el("p", cls="links"):
            el("a", "Full report", href=f"/runs/{run}/report")
        self._used, self._facts = Used(), Facts()
        with el("section", aria_labelledby="accuracy") as self._accuracy:
            el("h2", "Accuracy", id="accuracy")
            with el("ul", cls="legend"):
                _key("lead", "accuracy, with its 95 % interval")
                self._trivial = _key("trivial", "understands nothing")
            self._chart = ui.echart({"series": []}).classes("chart")
            put(self._chart, role="img")
            repaint(self._chart)
        self._sections = Part()

    async def read(self) -> None:
        """What is new; it is scored beside it."""
        await self._feed.update()
        scores = self._feed.scores
        stale = scores.of != (self._feed.made, self._feed.status)
        if stale and (self._scoring is None or self._scoring.done()):
            self._scoring = asyncio.create_task(scores.update())

    def show(self) -> None:
        feed, view = self._feed, self._feed.scores.view
        if feed.given is None:
            return
        say(self._title, title(feed.given))
        self._status.show(f"{feed.status} · run {self._run}", feed.status == RUNNING)
        self._used.show("Attempts", feed.made, feed.total, f"{feed.made:,} of {feed.total:,}")
        say(self._trouble, feed.scores.trouble)
        waits = "" if feed.scores.trouble else "The run is being scored …"
        say(self._headline, waits if view is None else _sentence(headline(view)))
        put(self._accuracy, hidden=view is None or not view.total.share.total)
        if view is not None:
            self._facts.show(_facts(view))
            self._sections.show(feed.scores.of, lambda: self._draw(view))

    def _draw(self, view: RunView) -> None:
        groups = run_groups(view) if view.total.share.total else ()
        if groups:
            self._chart.style(f"height: {charts.height(groups)}px")
            put(self._chart, aria_label=f"{_sentence(headline(view))}. The tables below have every figure.")
            put(self._trivial, hidden=not any(row.trivial for row in view.rules))
            redraw(self._chart, charts.shares(groups))
        for each in sections(view):
            part_of(each)


def _key(mark: str, words: str):
    with el("li") as item:
        el("span", cls=f"key {mark}", aria_hidden="true")
        el("span", words)
    return item


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _facts(view: RunView) -> dict[str, str]:
    wrong, usage = view.confidence.wrong_without_warning, view.usage
    begun = f"{view.created.astimezone():%Y-%m-%d %H:%M}"
    found = {"Begun": begun, "Items not tried yet": f"{view.untried:,}"}
    if view.given.answers_only:
        return found
    return found | {
        "Wrong without a warning": f"{wrong.count:,} of {plural(wrong.total, 'answer')}",
        "Model calls": f"{usage.calls:,}, {usage.tokens:,} tokens",
        "Cost": money(usage.cost),
    }
