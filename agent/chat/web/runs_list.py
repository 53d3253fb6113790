"""The list of runs: filtered as one types, and kept up to date while something runs."""

from __future__ import annotations

from urllib.parse import urlencode

from nicegui import ui
from nicegui.element import Element

from ...bench import runner as benching
from ...evolve import run as evolution
from ...wording import plural
from .elements import button, el, put, say
from .runs_feed import RUNNING, SOLVE, Listing, Row

KINDS = {evolution.KIND: "evolution", benching.KIND: "benchmark", SOLVE: "solve"}
_IDLE = 8
"""One in so many looks is taken where nothing runs."""
_PAGE = 100
"""Rows that are shown at first."""
_VALUE = "(event) => emit(event.target.value)"


class ListPage:
    """`wanted` are the kind, the status and a part of the title; empty for any."""

    def __init__(self, feed: Listing, wanted: dict[str, str]) -> None:
        self._feed, self._wanted = feed, wanted
        self._most, self._looks = _PAGE, 0
        self._order: list[str] = []
        self._cells: dict[str, tuple[Element, Element, Element]] = {}
        el("h1", "Runs")
        with el("div", cls="filters", role="search", aria_label="Which runs are shown"):
            self._choice("Kind", "kind", [("", "all kinds"), *KINDS.items()])
            self._statuses = self._choice("Status", "status", [])
            with el("label", cls="wide"):
                el("span", "Title holds")
                el("input", type="search", value=wanted["title"], autocomplete="off").on(
                    "input", lambda event: self._narrow("title", event.args), js_handler=_VALUE, throttle=0.3
                )
        self._count = el("p", cls="quiet", role="status")
        with el("div", cls="scroll list"), el("table") as self._table:
            el("caption", "Runs, the newest first", "unseen")
            with el("thead"), el("tr"):
                for name in ("run", "kind", "begun", "status", "title"):
                    el("th", name, "spare" if name in ("kind", "begun") else "", scope="col")
            self._body = el("tbody")
        self._more = button("Show more", self._show_more, "more")
        self._known: tuple[str, ...] = ()

    def _choice(self, label: str, name: str, options: list[tuple[str, str]]) -> Element:
        with el("label"):
            el("span", label)
            with el("select").on("change", lambda event: self._narrow(name, event.args), js_handler=_VALUE) as box:
                self._options(name, options)
        return box

    def _options(self, name: str, options: list[tuple[str, str]]) -> None:
        for value, words in options:
            el("option", words, value=value, selected=value == self._wanted[name])

    def _narrow(self, name: str, value: object) -> None:
        self._wanted[name], self._most = str(value), _PAGE
        chosen = urlencode({name: value for name, value in self._wanted.items() if value})
        ui.navigate.history.replace(f"/runs?{chosen}" if chosen else "/runs")
        self.show()

    def _show_more(self) -> None:
        self._most += _PAGE
        self.show()

    async def read(self) -> None:
        """Seldom where nothing runs."""
        if self._looks % _IDLE == 0 or any(row.status == RUNNING for row in self._feed.rows):
            await self._feed.update()
        self._looks += 1

    def show(self) -> None:
        rows = [row for row in self._feed.rows if self._matches(row)]
        shown = rows[: self._most]
        self._list_statuses()
        running = sum(row.status == RUNNING for row in rows)
        told = f"{plural(len(rows), 'run')}, {running:,} running" if running else plural(len(rows), "run")
        say(self._count, told if rows else self._nothing())
        put(self._table, hidden=not rows)
        put(self._more, hidden=len(rows) <= self._most)
        if [row.id for row in shown] != self._order:
            self._build(shown)
        for row in shown:
            self._stand(row)

    def _matches(self, row: Row) -> bool:
        kind, status, title = (self._wanted[name] for name in ("kind", "status", "title"))
        return kind in ("", row.kind) and status in ("", row.status) and title.casefold() in row.title.casefold()

    def _nothing(self) -> str:
        if any(self._wanted.values()):
            return "No run is like that."
        return "No runs yet: optwright evolve, bench and solve make some."

    def _list_statuses(self) -> None:
        """Those that there are, and the one that is chosen."""
        found = {row.status for row in self._feed.rows} | {self._wanted["status"]} - {""}
        if (known := tuple(sorted(found - {""}))) != self._known:
            self._known = known
            self._statuses.clear()
            with self._statuses:
                self._options("status", [("", "every status"), *((each, each) for each in known)])

    def _build(self, rows: list[Row]) -> None:
        self._order = [row.id for row in rows]
        self._cells.clear()
        self._body.clear()
        with self._body:
            for row in rows:
                with el("tr"):
                    with el("th", scope="row"):
                        el("a", row.id, href=f"/runs/{row.id}")
                    el("td", KINDS.get(row.kind, row.kind), "spare kept")
                    el("td", f"{row.created.astimezone():%Y-%m-%d %H:%M}", "spare kept")
                    with el("td", cls="kept"):
                        mark, words = el("span", cls="live", aria_hidden="true"), el("span")
                    self._cells[row.id] = mark, words, el("td")

    def _stand(self, row: Row) -> None:
        """What may change of a row."""
        mark, words, told = self._cells[row.id]
        say(mark, "● " if row.status == RUNNING else "")
        say(words, row.status)
        say(told, row.title)
