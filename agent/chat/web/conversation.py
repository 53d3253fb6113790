"""The conversation: each event of a session as a few lines of a log, the newest last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nicegui.element import Element

from ...formulate.state import Choice, Question
from ...sections import answer_leaves, value_text
from ...wording import amount, duration, plural, shorten
from ..events import Answered, Asked, Began, Event, Failed, Formulated, Judged, Moved, Programmed, Said, Step, Version
from ..session import STOPPED
from .elements import button, el, put, say, words

_LEAVES = 4
"""Quantities that a choice names beside its optimum."""


@dataclass(frozen=True)
class Acts:
    """What the buttons of the conversation do."""

    answer: Callable[[str], None]
    relax: Callable[[], None]
    undo: Callable[[], None]
    why: Callable[[str], None]
    show: Callable[[str], object]
    """Open a tab of the model."""


class Conversation:
    """Draws into `log`. Buttons stand at the last event only: those of an earlier one would act on another version."""

    def __init__(self, log: Element, acts: Acts) -> None:
        self._log, self._acts = log, acts
        self._turn: Element | None = None
        self._steps: Element | None = None
        self._count: Element | None = None
        self._told = 0
        self._buttons: list[Element] = []
        self._unit = ""

    def add(self, event: Event) -> None:
        match event:
            case Said():
                self._said(event)
            case Step():
                self._step(event)
            case Began():
                pass
            case Formulated():
                self._unit = event.formulation.objective.unit
                found = event.formulation
                size = f"{plural(len(found.variables), 'variable')}, {plural(len(found.constraints), 'constraint')}"
                self._note(f"The formulation: {size}", "Formulation")
            case Programmed():
                self._note("The program was changed" if event.diff else "The program was written", "Program")
            case Judged():
                self._note(event.line, "")
            case Asked():
                self._asked(event.question)
            case Answered():
                self._answered(event)
            case Moved():
                self._ended(event.text, "moved")
            case Failed():
                self._ended(event.message, "stopped" if event.message == STOPPED else "failed")

    # ---- a turn

    def _said(self, event: Said) -> None:
        self._begin()
        with self._log, el("div", cls="said") as self._turn:
            el("h3", "You", "who")
            for line in event.text.splitlines():
                if line.strip():
                    el("p", line)
            if event.files:
                names = ", ".join(Path(each).name for each in event.files)
                el("p", f"Files: {names}", "quiet small")
        self._turn = None

    def _begin(self) -> None:
        for each in self._buttons:
            each.delete()
        self._buttons, self._turn, self._steps, self._told = [], None, None, 0

    def _reply(self) -> Element:
        if self._turn is None:
            with self._log, el("div", cls="reply") as self._turn:
                el("h3", "optwright", "who")
        return self._turn

    def _line(self) -> Element:
        """The list of what was done in this turn."""
        if self._steps is None:
            with self._reply(), el("details", cls="steps"):
                self._count = el("summary")
                self._steps = el("ol")
        return self._steps

    def _step(self, event: Step) -> None:
        if event.message and event.progress is None:
            with self._line():
                words("li", f"{event.step}: {event.message}")
            self._counted(event.seconds)

    def _note(self, text: str, tab: str) -> None:
        with self._line(), el("li"):
            words("span", text)
            if tab:
                button("show", lambda: self._acts.show(tab), "link", aria_label=f"Show the {tab.lower()}")
        self._counted(0.0)

    def _counted(self, seconds: float) -> None:
        self._told += 1
        if self._count:
            took = f", {duration(seconds)}" if seconds >= 0.1 else ""
            say(self._count, f"{plural(self._told, 'step')}{took}" if took else plural(self._told, "step"))

    # ---- how a turn ends

    def _asked(self, question: Question) -> None:
        with self._reply(), el("div", cls="question"):
            for line in question.text.splitlines():
                words("p", line)
            if question.choices:
                with el("ul", cls="choices"):
                    for choice in question.choices:
                        with el("li"):
                            self._choice(choice)
            el("p", "Or answer in your own words below." if question.choices else "Answer below.", "quiet small")

    def _choice(self, choice: Choice) -> None:
        leads = f"leads to {leads_to(choice, self._unit)}"
        with button("", lambda: self._acts.answer(choice.option), "choice") as made:
            el("span", choice.option, "option")
            el("span", leads, "leads")
        self._buttons.append(made)
        # What was to choose from stays readable when the question is answered.
        with el("p", cls="was"):
            el("strong", choice.option)
            el("span", f" {leads}")

    def _answered(self, event: Answered) -> None:
        with self._reply(), el("div", cls="answer"):
            _lines(event.text, event.version)
            self._offer(event)
        self._turn = None

    def _offer(self, event: Answered) -> None:
        version = event.version
        with el("div", cls="actions") as row:
            if event.relaxes:
                button("Apply the cheapest way out", self._acts.relax, "primary")
            if version and version.status in ("optimal", "feasible"):
                button("Why this answer?", lambda: self._acts.why("whole"))
            if version and version.parent:
                button("Undo this change", self._acts.undo)
            if version:
                button("Show the model", lambda: self._acts.show("Solution"), "narrow-only")
        self._buttons.append(row)

    def _ended(self, text: str, kind: str) -> None:
        if self._turn is None:
            self._begin()
        with self._reply():
            words("p", text, kind)
        self._turn = None


def _lines(lines: tuple[str, ...], version: Version | None) -> None:
    """The sentences of an answer: its first as a headline where there is a version, items as lists."""
    items: Element | None = None
    for at, line in enumerate(lines):
        if line.startswith("- "):
            if items is None:
                items = el("ul")
            with items:
                words("li", line[2:])
            continue
        items = None
        if line.startswith("! "):
            with el("p", cls="flag"):
                el("strong", "Note: ")
                words("span", line[2:])
        else:
            words("p", line, "first" if version and not at else "")


def leads_to(choice: Choice, unit: str) -> str:
    """`optimal, 4,000 euros; tables 30, chairs 40`."""
    best = choice.status if choice.objective is None else amount(choice.objective, unit)
    leaves = [leaf for name, each in choice.report.items() for leaf in answer_leaves(name, each)]
    told = ", ".join(f"{name} {shorten(value_text(value), 40)}" for name, value in leaves[:_LEAVES])
    return f"{best}; {told}{', …' if len(leaves) > _LEAVES else ''}" if told else best


class Working:
    """The line that tells what goes on now; silent for screen readers, which hear the log."""

    def __init__(self) -> None:
        with el("div", cls="working", hidden=True) as self._box:
            el("span", "", "pulse", aria_hidden="true")
            self._words = el("span")

    def show(self, event: Step | None) -> None:
        """What a step tells; the beginning of a turn where there is none yet."""
        put(self._box, hidden=None)
        say(self._words, "Working" if event is None else _doing(event))

    def done(self) -> None:
        put(self._box, hidden=True)


def _doing(event: Step) -> str:
    found = event.progress
    if found is None:
        return f"{event.step}: {event.message}" if event.message else f"{event.step} …"
    parts = [f"Solving, {found.seconds:.1f} s"]
    parts += [f"best so far {amount(found.objective, '')}"] if found.objective is not None else ["no plan yet"]
    parts += [f"bound {amount(found.bound, '')}"] if found.bound is not None else []
    parts += [f"gap {100 * found.gap:.3g} %"] if found.gap is not None else []
    return ", ".join(parts)
