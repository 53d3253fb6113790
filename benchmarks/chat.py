"""Chats under load, with a model that answers at once: what a turn costs beyond its model.

    python benchmarks/chat.py [SESSIONS]

SESSIONS chats (50) go through the same six turns at the same time, each about a transport problem of its own with 100
variables. Bars: a what-if 300 ms beyond the solver, the first event of a turn 200 ms after the model's first byte, 95 %
of the turns 2 s beyond the model, 5 MB for an idle session; and no session may see another's words.
"""

from __future__ import annotations

import asyncio
import json
import platform
import re
import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from optwright.agent.changes import Edit
from optwright.agent.chat.chats import Chats
from optwright.agent.chat.events import Answered, Formulated, Moved, Said
from optwright.agent.chat.intent import Intent
from optwright.agent.chat.session import Session
from optwright.agent.engine import Engine
from optwright.agent.formulate.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Quantity,
    Variable,
)
from optwright.agent.formulate.state import Edit as ProgramEdit
from optwright.agent.formulate.state import Revision
from optwright.agent.llm.types import Answering, Completion, OnCall, Request
from optwright.agent.settings import Settings

SIDE = 10
"""Mills and bakers: SIDE² variables."""
PROGRAM = """import pyomo.environ as pyo


def build_model(data):
    cost = {(row["mill"], row["baker"]): row["cost"] for row in data["lanes"]}
    mills, bakers = sorted({m for m, _ in cost}), sorted({b for _, b in cost})
    model = pyo.ConcreteModel()
    model.sent = pyo.Var(mills, bakers, domain=pyo.NonNegativeReals)
    model.supply = pyo.Constraint(mills, rule=lambda m, i: sum(m.sent[i, j] for j in bakers) <= data["flour"])
    model.need = pyo.Constraint(bakers, rule=lambda m, j: sum(m.sent[i, j] for i in mills) >= data["bread"])
    model.total = pyo.Objective(expr=sum(cost[k] * model.sent[k] for k in cost))
    return model


def report(model):
    return {"total": pyo.value(model.total)}
"""
CHANGE = Revision(
    summary="mill M0 sends at most 20",
    sets=[], parameters=[], variables=[], objective=None, constraints=[], quantities=[], removed=[], missing=[],
    edits=[
        ProgramEdit(
            search="    return model\n",
            replace='    model.tired = pyo.Constraint(expr=sum(model.sent["M0", j] for j in bakers) <= 20)\n'
            "    return model\n",
        )
    ],
)  # fmt: skip


def formulation(name: str) -> Formulation:
    def parameter(name: str, value: float | None, quote: str, column: str | None = None) -> Parameter:
        return Parameter(
            name=name, description=name, value=value, column=column, unit="sacks", quote=quote, more="unclear"
        )

    return Formulation(
        title=name,
        sets=[IndexSet(name="mills", description="mills", members=None)],
        parameters=[
            parameter("flour", 100, "100 sacks of flour"),
            parameter("bread", 80, "80 sacks for bread"),
            parameter("cost", None, "", "lanes.cost"),
        ],
        variables=[Variable(name="sent", description="sent", index=["mills"], domain="nonnegative real", unit="sacks")],
        objective=Objective(sense="minimize", expression="sum cost sent", unit="EUR", quote="cheapest"),
        constraints=[
            Constraint(name="supply", expression="sum sent <= flour", unit="sacks", quote="100 sacks of flour"),
            Constraint(name="need", expression="sum sent >= bread", unit="sacks", quote="80 sacks for bread"),
        ],
        quantities=[Quantity(name="total", description="total cost", unit="EUR")],
    )


class Ready(Answering):
    """A model that answers each prompt at once, about the company that the prompt names."""

    model = "ready"

    def __init__(self, wait: float = 0.0) -> None:
        self.wait, self.answered = wait, 0.0

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        await asyncio.sleep(self.wait)
        self.answered = time.perf_counter()
        found = re.search(r"Company-\d+", request.messages[-1]["content"])
        name = found[0] if found else ""
        parsed = {
            "formalize": formulation(name),
            "converse": Intent(kind="change", edits=[], change=f"mill M0 of {name} is tired", about="", reply=""),
            "revise": CHANGE,
        }.get(request.name)
        text = parsed.model_dump_json() if parsed else f"```python\n{PROGRAM}```"
        return Completion(text=text, parsed=parsed, model=self.model)


def lanes(folder: Path, number: int) -> Path:
    rows = [
        {"mill": f"M{i}", "baker": f"B{j}", "cost": 1 + (7 * i + 13 * j + number) % 17}
        for i in range(SIDE)
        for j in range(SIDE)
    ]
    file = folder / f"{number}" / "lanes.json"
    file.parent.mkdir()
    file.write_text(json.dumps(rows))
    return file


async def converse(session: Session, number: int, file: Path) -> list[float]:
    """Six turns; the seconds that each took."""
    name = f"Company-{number}"
    begin = (
        lambda: session.say(f"{name} has 100 sacks of flour at each mill and needs 80 sacks for bread.", [file]),
        lambda: session.what_if([Edit(name="flour", value=90)]),
        lambda: session.what_if([Edit(name="lanes.cost", value=3)]),
        lambda: session.say(f"mill M0 of {name} cannot do as much as it used to"),
        lambda: session.why("supply"),
        lambda: session.undo(),
    )
    took = []
    for turn in begin:
        begun = time.perf_counter()
        turn()
        end = await session.settled()
        took.append(time.perf_counter() - begun)
        assert isinstance(end, Answered | Moved), end
    return took


def foreign(session: Session, number: int) -> set[str]:
    """Names of other sessions' companies in what this one shows or was told."""
    shown = " ".join(event.model_dump_json() for event in session.events)
    return set(re.findall(r"Company-\d+", shown)) - {f"Company-{number}"}


async def load(chats: Chats, folder: Path, count: int) -> None:
    files = [lanes(folder, number) for number in range(count)]
    sessions = [chats.new(f"owner {number}") for number in range(count)]
    begun = time.perf_counter()
    turns = await asyncio.gather(*(converse(s, n, files[n]) for n, s in enumerate(sessions)))
    seconds = time.perf_counter() - begun
    flat = sorted(second for session in turns for second in session)
    p95 = flat[int(0.95 * len(flat))]
    mixed = sum(bool(foreign(session, number)) for number, session in enumerate(sessions))
    print(f"{count} sessions, {len(flat)} turns in {seconds:.1f} s: median {statistics.median(flat):.2f} s,", end=" ")
    print(f"p95 {p95:.2f} s (bar 2), worst {flat[-1]:.2f} s; {mixed} sessions saw another's words (bar 0)")


async def whatifs(chats: Chats, folder: Path) -> None:
    session = chats.new("one")
    session.say("Company-1000 has 100 sacks of flour and needs 80 sacks for bread.", [lanes(folder, 1000)])
    await session.settled()
    beyond = []
    for flour in range(85, 115):
        begun = time.perf_counter()
        session.what_if([Edit(name="flour", value=flour)])
        end = await session.settled()
        assert isinstance(end, Answered) and end.comparison
        beyond.append(1000 * (time.perf_counter() - begun - end.comparison.solve_seconds))
    print(f"what-if, {SIDE * SIDE} variables: median {statistics.median(beyond):.0f} ms beyond the solver,", end=" ")
    print(f"worst {max(beyond):.0f} ms (bar 300)")


async def first_events(engine: Engine, folder: Path) -> None:
    engine.llm = model = Ready(wait=0.5)
    session = Chats(engine).new("waiting")
    begun = time.perf_counter()
    session.say("Company-2000 has 100 sacks of flour and needs 80 sacks for bread.", [lanes(folder, 2000)])
    shown = formulated = None
    async for event in session.watch():
        shown = shown or (isinstance(event, Said) and time.perf_counter() - begun)
        if isinstance(event, Formulated):
            formulated = time.perf_counter() - model.answered
            break
    await session.settled()
    print(f"first event: {1000 * (shown or 0):.0f} ms after the message, before the model has said anything;", end=" ")
    print(f"its formulation {1000 * (formulated or 0):.0f} ms after the reply (bar 200)")


async def idle(engine: Engine) -> None:
    """What the sessions take that are open and at rest, in Python's own count of its objects."""
    mine = [(run.id, json.loads(run.settings)["owner"]) for run in engine.store.runs("chat")]
    chats = Chats(engine)
    tracemalloc.start()
    held = [chats.open(*each) for each in mine]
    each = tracemalloc.get_traced_memory()[0] / len(held) / 1e6
    tracemalloc.stop()
    print(f"an idle session that is open: {each:.2f} MB (bar 5); mean of {len(held)}")


async def main(count: int) -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = Settings(home=home / "home", effort="quick")
        async with Engine(settings, llm=Ready()) as engine:
            chats = Chats(engine)
            await whatifs(chats, home)
            await load(chats, home, count)
            await idle(engine)
            await first_events(engine, home)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
