"""A turn of a chat as Markdown: its last event, and what the version at hand came to.

Whatever a user, a data file or a language model wrote passes through `inline_markdown`, or stands in a fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .. import sections as parts
from .. import whatif
from ..formulate.nodes import progress_line
from ..formulate.state import Choice, Question
from ..render import inline_markdown, markdown
from ..sections import Items, Section, answer_leaves, headline, value_text
from ..solution import Solution
from ..wording import amount
from .events import Answered, Asked, Began, Event, Failed, Formulated, Judged, Moved, Step, Version
from .session import Session
from .turn import diff

_NAMED = 5
"""Quantities that are told of a reading."""
_DIFF_LINES = 120
_RELAX = "Say **relax** to take the cheapest way out."
_UNDO = "Say **undo** to go back."


def reply(session: Session, events: Sequence[Event]) -> str:
    """The answer of the turn whose events these are. Raises UsageError where its version is gone from the store."""
    match events[-1]:
        case Asked(question=question):
            said = _asked(question, _unit(session.events))
        case Answered(version=None) as answer:
            said = [*map(inline_markdown, answer.text), _RELAX if answer.relaxes else ""]
        case Answered(version=version) as answer:
            assert version
            said = [*_changed(answer, session), _undo(version)]
        case Moved(version=at, text=text):
            version = session.standing.versions[at]
            said = [inline_markdown(text), *_solved(session.solution(at)), _undo(version)]
        case Failed(message=message):
            said = [f"**That did not work.** {inline_markdown(message)}"]
        case _:
            said = []
    return "\n\n".join(part.strip() for part in [*said, _mark(events)] if part.strip())


def _mark(events: Sequence[Event]) -> str:
    """The version and its run, by which a conversation also differs from another one with the same words."""
    last = events[-1]
    if isinstance(last, Answered) and last.version:
        return f"*Version {last.version.number}, run {inline_markdown(last.version.run)}*"
    run = next((each.run for each in reversed(events) if isinstance(each, Began)), "")
    return f"*Run {inline_markdown(run)}*" if run else ""


def _undo(version: Version) -> str:
    return _UNDO if version.parent else ""


# ---- versions


def _changed(answer: Answered, session: Session) -> Iterator[str]:
    version = answer.version
    assert version
    solution = session.solution(version.number)
    if answer.comparison:
        # Why there is no answer any more is told by the solution.
        compared = whatif.told(answer.comparison.model_copy(update={"trouble": None}), version.unit)
        yield markdown(Section(title="What changed", blocks=(Items(items=tuple(compared.splitlines())),)))
    yield from _solved(solution, answer.relaxes)
    if not answer.comparison:
        yield _section(parts.formulation_section(solution.formulation))
    before = session.solution(version.parent).program if version.parent else ""
    if before and before != solution.program:
        yield f"## What changed in the program\n\n{_fenced(diff(before, solution.program))}"


def _solved(solution: Solution, relaxes: bool = False) -> Iterator[str]:
    yield f"**{inline_markdown(headline(solution)[0])}**"
    yield _section(parts.flags_section(solution))
    yield _section(parts.answer_section(solution))
    yield _section(parts.trouble_section(solution))
    yield _RELAX if relaxes else ""
    yield _section(parts.limits_section(solution))
    yield _section(parts.readings_section(solution))


def _section(section: Section | None) -> str:
    return markdown(section) if section and section.blocks else ""


def _fenced(text: str) -> str:
    lines = [parts.clean(line) for line in text.splitlines()]
    shown = "\n".join(lines[:_DIFF_LINES])
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    more = f"\n\n… and {len(lines) - _DIFF_LINES:,} lines more" if len(lines) > _DIFF_LINES else ""
    return f"{fence}diff\n{shown}\n{fence}{more}"


# ---- questions


def _asked(question: Question, unit: str) -> Iterator[str]:
    yield from map(inline_markdown, question.text.splitlines())
    if question.choices:
        yield "\n".join(f"{at}. {_choice(each, unit)}" for at, each in enumerate(question.choices, 1))
        yield "Answer with a number, or in your own words."


def _choice(choice: Choice, unit: str) -> str:
    leads = amount(choice.objective, unit) if choice.objective is not None else choice.status
    leaves = [leaf for name, value in choice.report.items() for leaf in answer_leaves(name, value)]
    named = ", ".join(f"{name} {value_text(value)}" for name, value in leaves[:_NAMED])
    more = f" and {len(leaves) - _NAMED:,} more" if len(leaves) > _NAMED else ""
    detail = f" ({inline_markdown(named)}{more})" if named else ""
    return f"**{inline_markdown(choice.option)}** leads to {inline_markdown(leads)}{detail}"


def _unit(events: Sequence[Event]) -> str:
    """The objective's, as it was formulated last."""
    found = (each.formulation.objective.unit for each in reversed(events) if isinstance(each, Formulated))
    return next(found, "")


# ---- progress


class Progress:
    """What goes on, in lines; a solver's figures more and more rarely."""

    def __init__(self) -> None:
        self._next = 0.0

    def line(self, event: Event) -> str:
        """Empty where there is nothing to tell."""
        match event:
            case Step(progress=None):
                return inline_markdown(f"{event.step}: {event.message}")
            case Step(progress=found):
                assert found
                if found.seconds < self._next:
                    return ""
                self._next = 1.5 * found.seconds
                return inline_markdown(f"{progress_line(found)}, {found.seconds:.1f} s")
            case Judged():
                return inline_markdown("; ".join(filter(None, [event.line, event.model])))
            case _:
                return ""
