"""The page of a solve run: that it is under way, then its solution."""

from __future__ import annotations

from ...sections import headline, sections, title
from ...solution import Solution
from ...store import Run
from ...wording import shorten
from .elements import el
from .runs_feed import RUNNING, Listing
from .runs_frame import Part, Status, part_of, program


class SolutionPage:
    def __init__(self, listing: Listing, run: Run) -> None:
        self._listing, self._run = listing, run
        self._part = Part()

    async def read(self) -> None:
        if self._run.result is None:
            self._run = await self._listing.open(self._run.id)

    def show(self) -> None:
        build = _unfinished if self._run.result is None else _finished
        self._part.show((self._run.status, self._run.result is None), lambda: build(self._run))


def _unfinished(run: Run) -> None:
    el("h1", shorten(run.title, 120))
    Status().show(f"{run.status} · run {run.id} · begun {_begun(run)}", run.status == RUNNING)
    el("p", "Its solution comes here as soon as there is one.")
    with el("p", cls="quiet"):
        el("span", "If its process has ended, go on with ")
        el("code", f"optwright solve --resume {run.id}")


def _finished(run: Run) -> None:
    solution = Solution.model_validate_json(run.result or "")
    words, tone = headline(solution)
    el("h1", title(solution))
    Status().show(f"{run.status} · run {run.id} · begun {_begun(run)}", False)
    el("p", words, f"headline {tone}")
    with el("p", cls="links"):
        el("a", "Full report", href=f"/runs/{run.id}/report")
    with el("section", aria_labelledby="problem"):
        el("h2", "Problem", id="problem")
        el("p", solution.problem.strip(), "words")
    for each in sections(solution):
        part_of(each)
    if solution.program:
        with el("section", aria_labelledby="program"):
            el("h2", "Program", id="program")
            program(solution.program)


def _begun(run: Run) -> str:
    return f"{run.created.astimezone():%Y-%m-%d %H:%M}"
