"""The model's side: six tabs, of which only what was looked at is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui.element import Element

from ....errors import OptwrightError
from ...changes import Edit
from ...engine import Engine
from ..session import Session
from . import formulation_table, history, mathematics, program_tab, solution_tab
from .elements import button, el, put
from .shown import Shown

TABS = ("Formulation", "Mathematics", "Program", "Solution", "Checks", "History")
NOTHING = Shown(version=None, solution=None, finished=None, formulation=None, program="", diff="")


@dataclass(frozen=True)
class Acts:
    """What the model's side does: methods of the session, by way of the page."""

    edit: Callable[[Edit], None]
    why: Callable[[str], None]
    relax: Callable[[], None]
    go: Callable[[int], None]
    word: Callable[[str], None]
    opened: Callable[[], None]
    """A tab was opened, or drawn anew."""


class ModelTabs:
    """Draws where it is made. `refresh` takes what is to be shown."""

    def __init__(self, engine: Engine, acts: Acts, session: Callable[[], Session | None]) -> None:
        self._engine, self._acts, self._session = engine, acts, session
        self._found, self._drawn, self._open = NOTHING, set[str](), TABS[0]
        self._pair: tuple[int, int] | None = None
        self._latex: tuple[str, str] = ("", "")
        with el("div", cls="tabs", role="tablist", aria_label="The model"):
            self._tabs = {name: self._tab(name) for name in TABS}
        self._panels = {name: self._panel(name) for name in TABS}
        self._mark()

    def _tab(self, name: str) -> Element:
        async def choose() -> None:
            await self.choose(name)

        return button(name, choose, "tab", role="tab", id=f"tab-{name}", aria_controls=f"panel-{name}")

    def _panel(self, name: str) -> Element:
        with (
            el("div", cls="panel", role="tabpanel", id=f"panel-{name}", aria_labelledby=f"tab-{name}", tabindex="0"),
            el("fieldset", cls="bare", role="presentation") as panel,
        ):
            return panel

    def _mark(self) -> None:
        for name in TABS:
            chosen = name == self._open
            put(self._tabs[name], aria_selected="true" if chosen else "false", tabindex="0" if chosen else "-1")
            panel = self._panels[name].parent_slot
            if panel:
                put(panel.parent, hidden=not chosen)

    async def choose(self, name: str) -> None:
        self._open = name
        self._mark()
        await self._draw()

    def rest(self, busy: bool) -> None:
        """Nothing can be pressed while a turn is under way."""
        for panel in self._panels.values():
            put(panel, disabled=busy)

    async def refresh(self, found: Shown) -> None:
        self._found = found
        self._drawn.clear()
        for name, panel in self._panels.items():
            if name != self._open:
                panel.clear()
        await self._draw()

    async def _draw(self) -> None:
        """The open tab, unless it is as it should be."""
        name, found = self._open, self._found
        if name in self._drawn:
            return
        self._drawn.add(name)
        latex = await self._typeset(found) if name == "Mathematics" else ""
        if found is not self._found:
            return
        panel = self._panels[name]
        panel.clear()
        with panel:
            self._build(name, found, latex)
        self._acts.opened()

    def _build(self, name: str, found: Shown, latex: str) -> None:
        acts = self._acts
        asks = solution_tab.Asks(acts.why, acts.relax)
        match name:
            case "Formulation":
                formulation_table.build(found, formulation_table.Changes(acts.edit, acts.why, acts.word))
            case "Mathematics":
                mathematics.build(found, latex)
            case "Program":
                program_tab.build(found)
            case "Solution":
                solution_tab.build(found, asks)
            case "Checks":
                solution_tab.checks(found, asks)
            case _:
                self._history()

    async def _typeset(self, found: Shown) -> str:
        """The LaTeX of a version, made once."""
        run = found.version.run if found.version else ""
        if run and self._latex[0] != run:
            self._latex = run, await mathematics.latex_of(self._engine, found)
        return self._latex[1] if run else ""

    def _history(self) -> None:
        async def compare(before: int, after: int) -> None:
            self._pair = before, after
            session = self._session()
            if session is None or where is None:
                return
            where.clear()
            with where:
                try:
                    found, diff = await session.compare(before, after)
                    versions = session.standing.versions
                    history.compared(found, versions[after].unit, diff)
                except OptwrightError as error:
                    el("p", str(error), "failed")

        where = history.build(self._session(), history.Moves(self._acts.go, compare), self._pair)
