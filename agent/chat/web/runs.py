"""The pages of runs: a list of those that everybody may see, and one for each; they follow what other processes do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from nicegui import app, ui
from starlette.responses import HTMLResponse, Response

from ....errors import OptwrightError
from ...bench import runner as benching
from ...engine import Engine
from ...evolve import run as evolution
from .runs_bench import BenchPage
from .runs_evolution import EvolutionPage
from .runs_feed import Feeds
from .runs_frame import error_page, frame
from .runs_list import ListPage
from .runs_reports import report_of
from .runs_solution import SolutionPage

_PACE = 1.0
"""Seconds from one look at the store to the next."""
_PATIENCE = 1.5
"""Seconds for which a page waits to show a run at once; then it comes without it."""
_POLICY = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Of a report, in an origin of its own. Its own policy, which names its style and script, binds it further."""


def add(engine: Engine) -> None:
    """Register the pages of `engine`'s runs; once in a process. The engine must be open when they are asked for."""
    feeds, one_by_one = Feeds(engine), asyncio.Semaphore(1)

    @ui.page("/runs", title="Runs · optwright")
    async def _list(kind: str = "", status: str = "", title: str = "") -> Response | None:
        return await _guarded(lambda: _listed(feeds, kind, status, title))

    @ui.page("/runs/{id}", title="Run · optwright")
    async def _one(id: str) -> Response | None:
        return await _guarded(lambda: _shown(feeds, id))

    @app.get("/runs/{id}/report")
    async def _report(id: str) -> Response:
        try:
            run = await feeds.listing.open(id)
            async with one_by_one:  # a long one takes seconds, and much memory
                text = await asyncio.to_thread(report_of, engine, run)
        except OptwrightError as error:
            return error_page(str(error))
        return HTMLResponse(text, headers={"content-security-policy": _POLICY})


async def _guarded(build: Callable[[], Awaitable[None]]) -> Response | None:
    try:
        await build()
    except OptwrightError as error:
        return error_page(str(error))
    return None


class Page(Protocol):
    """One run: `read` what is new in the store, `show` what was read."""

    async def read(self) -> None: ...

    def show(self) -> None: ...


async def _listed(feeds: Feeds, kind: str, status: str, title: str) -> None:
    with frame("Runs", "/runs"):
        await _followed(ListPage(feeds.listing, {"kind": kind, "status": status, "title": title}))


async def _shown(feeds: Feeds, id: str) -> None:
    run = await feeds.listing.open(id)
    with frame(f"Run {id}"):
        if run.kind == evolution.KIND:
            await _followed(EvolutionPage(feeds.evolution(id)))
        elif run.kind == benching.KIND:
            await _followed(BenchPage(id, feeds.bench(id)))
        else:
            await _followed(SolutionPage(feeds.listing, run))


async def _followed(page: Page) -> None:
    """Show it now, where that does not take long, and from then on whatever changes."""
    first = asyncio.create_task(page.read())
    await asyncio.wait({first}, timeout=_PATIENCE)
    if first.done():
        first.result()
    page.show()

    async def tick() -> None:
        with contextlib.suppress(OptwrightError):  # what is shown stays; the next look may do better
            await page.read()
            page.show()

    ui.timer(_PACE, tick)
