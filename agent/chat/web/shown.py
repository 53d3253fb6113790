"""What the model's side shows: the version at hand, or what there is of the first one while it comes about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ....errors import OptwrightError
from ...finished import Finished
from ...formulate.formulation import Formulation
from ...solution import Solution
from ..events import Event, Formulated, Programmed, Record, Version
from ..session import Session

E = TypeVar("E", bound=Record)


@dataclass(frozen=True)
class Shown:
    version: Version | None
    solution: Solution | None
    finished: Finished | None
    """None where its data cannot be read any more: then nothing can be changed."""
    formulation: Formulation | None
    program: str
    diff: str
    """What the last change did to the program."""
    trouble: str = ""
    """Why there is no `finished`."""


async def shown(session: Session) -> Shown:
    version = session.version
    if version is None:
        formulation = _last(session.events, Formulated)
        program = _last(session.events, Programmed)
        return Shown(
            version=None,
            solution=None,
            finished=None,
            formulation=formulation.formulation if formulation else None,
            program=program.source if program else "",
            diff=program.diff if program else "",
        )
    solution = session.solution()
    finished, trouble, diff = None, "", ""
    try:
        finished = await session.finished()
        if version.parent:
            diff = (await session.compare(version.parent, version.number))[1]
    except OptwrightError as error:
        trouble = str(error)
    return Shown(version, solution, finished, solution.formulation, solution.program, diff, trouble)


def _last(events: list[Event], kind: type[E]) -> E | None:
    return next((each for each in reversed(events) if isinstance(each, kind)), None)
