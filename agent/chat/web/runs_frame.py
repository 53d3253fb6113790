"""What the pages of runs share: their frame and style, facts, budgets, and pieces that are drawn when they change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from nicegui import ui
from nicegui.element import Element
from starlette.responses import HTMLResponse

from ...pages import __package__ as _agent
from ...pages import clipped, visible
from ...sections import Section
from .elements import el, put, say, section

_TEXT = 50_000
"""Characters of a program that are shown."""


@contextmanager
def frame(title: str, here: str = "") -> Iterator[None]:
    """A page with its navigation; `here` is its own address where that stands there."""
    ui.page_title(f"{title} · optwright")
    ui.add_head_html(f"<style>{style()}</style>")
    with el("div", cls="runs"):
        with el("nav", aria_label="Pages"):
            el("a", "optwright", "brand", href="/")
            for address, words in (("/", "New chat"), ("/runs", "Runs")):
                el("a", words, href=address, aria_current="page" if address == here else None)
        yield


@cache
def style() -> str:
    """Of all pages here, then of these."""
    return (files(_agent or "") / "pages.css").read_text(encoding="utf-8") + _STYLE


def error_page(words: str, status: int = 404) -> HTMLResponse:
    """One line, and the way back."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Runs · optwright</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{style()}</style></head><body><main class="runs">'
        f'<h1>Not here</h1><p>{escape(visible(words))}</p><p><a href="/runs">All runs</a></p></main></body></html>',
        status,
    )


class Part:
    """A piece of a page that is built anew only where what it shows has changed."""

    def __init__(self) -> None:
        self._box, self._key = el("div"), object()

    def show(self, key: Hashable, build: Callable[[], object]) -> None:
        if key != self._key:
            self._key = key
            self._box.clear()
            with self._box:
                build()


class Facts:
    """Names and values side by side, in the order in which they came first."""

    def __init__(self) -> None:
        self._list = el("dl")
        self._values: dict[str, Element] = {}

    def show(self, facts: Mapping[str, str]) -> None:
        for name, value in facts.items():
            if name not in self._values:
                with self._list, el("div"):
                    el("dt", name)
                    self._values[name] = el("dd")
            say(self._values[name], value)


class Used:
    """How much of each limit is used: a bar and its words."""

    def __init__(self) -> None:
        self._box = el("div", cls="used")
        self._bars: dict[str, tuple[Element, Element]] = {}

    def show(self, name: str, used: float, limit: float, words: str) -> None:
        if name not in self._bars:
            with self._box, el("label"):
                el("span", name)
                self._bars[name] = el("progress"), el("span", cls="quiet")
        bar, told = self._bars[name]
        put(bar, max=limit or 1, value=min(used, limit))
        say(told, words)


class Status:
    """How a run stands. It is read out when it changes, and only then."""

    def __init__(self) -> None:
        with el("p", cls="status", role="status"):
            self._mark = el("span", cls="live", aria_hidden="true")
            self._words = el("span")

    def show(self, status: str, running: bool) -> None:
        say(self._mark, "● " if running else "")
        say(self._words, status)


def part_of(found: Section) -> None:
    """A section of a report, under a heading of the page."""
    with el("section"):
        el("h2", found.title, found.tone)
        section(found, heading=False)


def program(text: str) -> None:
    """A program, or whatever else was evolved, as it is."""
    with el("div", cls="scroll", tabindex="0", role="group", aria_label="Program"):
        el("pre", clipped(visible(text), _TEXT).replace("\t", "    "))


def redraw(chart: ui.echart, options: dict[str, Any]) -> None:
    chart.options.clear()
    chart.options.update(options)
    chart.update()


def repaint(*charts: Element) -> None:
    """Draw in the other colours when the reader changes between light and dark."""
    ui.on("scheme", lambda: [each.update() for each in charts])
    ui.add_head_html(
        "<script>matchMedia('(prefers-color-scheme: dark)')"
        ".addEventListener('change', () => emitEvent('scheme'))</script>"
    )


_STYLE = """
.nicegui-content { display: block; padding: 0; }
.runs { display: block; font-size: 16px; }
.runs h1 { font-weight: 600; letter-spacing: normal; }
.runs h2, .runs h3 { font-weight: 600; letter-spacing: normal; }
.runs > nav { margin-bottom: 1.25rem; padding-bottom: .25rem; border-bottom: 1px solid var(--rule); }
.runs > nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.runs [hidden] { display: none !important; }
.runs .live { color: var(--green); }
.runs .small { font-size: .875rem; }
.runs .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.runs .status { margin: .25rem 0 0; color: var(--quiet); }
.runs dl > div { min-width: 0; }
.runs .marks { list-style: none; margin: .5rem 0; padding: 0; }
.runs .marks li { display: flex; gap: .5rem; }
.runs .marks .mark { flex: none; }
.runs ul:not(.legend, .marks) { padding-left: 1.25rem; }
.runs dl { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
.runs section > section > .scroll + .scroll, .runs .small + .scroll { margin-top: 1.25rem; }
.runs tbody th { min-width: 6rem; white-space: normal; overflow-wrap: break-word; }
.runs .brand { color: var(--ink); font-weight: 700; text-decoration: none; }
.runs td.n { white-space: nowrap; }
.runs .links { margin-bottom: .75rem; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
.runs .filters { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; margin: 1rem 0; align-items: end; }
.runs .filters label { display: grid; gap: .2rem; color: var(--quiet); font-size: .875rem; min-width: 0; }
.runs select, .runs input {
  font: inherit; font-size: 1rem; min-height: 2.25rem; max-width: 100%; padding: .25rem .5rem;
  color: var(--ink); background: var(--field); border: 1px solid var(--quiet); border-radius: 4px;
}
.runs .list td { overflow-wrap: anywhere; }
.runs .list td.kept { white-space: nowrap; overflow-wrap: normal; }
.runs .list tbody tr:hover { background: var(--field); }
.runs button.more { min-height: 2.25rem; }
.runs .used { display: grid; gap: .5rem; margin: 0 0 1rem; }
.runs .used label { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
.runs .used label > span:first-child { min-width: 6rem; }
.runs progress { flex: 1 1 10rem; max-width: 24rem; height: .6rem; accent-color: var(--blue); }
.runs .chart { width: 100%; }
.runs .legend .key { flex: none; width: 10px; height: 10px; border-radius: 50%; background: var(--dot); }
.runs .legend .best { height: 3px; width: 18px; border-radius: 0; background: var(--blue); }
.runs .legend .failed { width: 2px; height: 12px; border-radius: 0; background: var(--red); }
.runs .legend .beyond {
  width: 0; height: 0; border: 5px solid transparent; border-bottom: 9px solid var(--dot); border-top: 0;
  border-radius: 0; background: none;
}
.runs .legend .seed { height: 0; width: 18px; border-radius: 0; border-top: 2px dashed var(--green); background: none; }
.runs .legend .lead { background: var(--blue); }
.runs .legend .trivial { border: 2px solid var(--red); background: none; }
@media (max-width: 600px) {
  .runs section td:not(.n) { min-width: 8.5rem; }
  .runs dl { grid-template-columns: 1fr 1fr; }
  .runs .list tbody th { min-width: 0; }
  .runs .list .spare { display: none; }
  .runs .filters label { flex: 1 1 8rem; }
  .runs .filters label.wide { flex-basis: 100%; }
}
"""
