"""Chats with queued replies: the workshop of `workshop`, told to a session."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from optwright.agent.changes import Edit
from optwright.agent.chat.events import Answered, Event
from optwright.agent.chat.intent import Intent
from optwright.agent.chat.session import Session
from optwright.agent.formulate.state import Edit as ProgramEdit
from optwright.agent.formulate.state import Revision
from optwright.agent.llm import FakeLLM
from workshop import PROGRAM, fenced, formulation

BEST = 30 * 70 + 121 / 3 * 50
"""The workshop's optimum."""
RETURN = "    return model\n"
NEVER = """import pyomo.environ as pyo


def build_model(data):
    while True:
        pass


def report(model):
    return {}
"""


def first(**changes: Any) -> list:
    """Replies to a quick formulation of the workshop."""
    return [formulation(**changes), fenced(PROGRAM)]


def intent(kind: str, **fields: Any) -> Intent:
    plain = {"edits": [], "change": "", "about": "", "reply": ""}
    return Intent(kind=kind, **{**plain, **fields})  # type: ignore[arg-type]


def edits(**values: Any) -> list[Edit]:
    return [Edit(name=name, value=value) for name, value in values.items()]


def revision(replace: str = "", search: str = RETURN, **fields: Any) -> Revision:
    """An edit of the program's end, unless another one is given."""
    empty: dict[str, Any] = {
        name: [] for name in ("sets", "parameters", "variables", "constraints", "quantities", "removed", "missing")
    }
    changed = [ProgramEdit(search=search, replace=replace)] if replace else []
    return Revision(**{**empty, "summary": "changed", "objective": None, "edits": changed, **fields})


FEW = "    model.few = pyo.Constraint(expr=model.table <= 2)\n" + RETURN


async def turn(session: Session, text: str, files: Iterable = ()) -> Event:
    """The event that ends the turn."""
    session.say(text, tuple(files))
    return await session.settled()


def objective(event: Event) -> float:
    assert isinstance(event, Answered) and event.version and event.version.objective is not None, event
    return event.version.objective


class SlowLLM(FakeLLM):
    """Takes its time for every reply; `started` is set when the first one is asked for."""

    def __init__(self, replies: Iterable, seconds: float) -> None:
        super().__init__(replies)
        self.seconds = seconds
        self.started = asyncio.Event()

    async def answer(self, request, on_call):
        self.started.set()
        await asyncio.sleep(self.seconds)
        return await super().answer(request, on_call)
