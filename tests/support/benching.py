"""Benchmark runs made up for tests: items, attempts at them, and what a report is made from."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from optwright.agent.bench.records import Attempt, Given, SetGiven
from optwright.agent.bench.view import RunView, view
from optwright.agent.llm.types import Call
from optwright.agent.solution import Flag
from optwright.datasets.items import Item, Label
from optwright.evaluators.answers import Answered

CREATED = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def label(value: float | str | None, release: str = "original") -> Label:
    """A number, `no solution`, or None for a label that says nothing."""
    if isinstance(value, str):
        return Label(release=release, text="No Best Solution", kind="no solution")
    if value is None:
        return Label(release=release, text="None", kind="none")
    return Label(release=release, text=f"{value:g}", kind="number", value=value)


def item(id: str, *labels: Label | float | str | None, **fields) -> Item:
    known = tuple(each if isinstance(each, Label) else label(each) for each in labels or (10.0,))
    plain = {"id": id, "set": "alpha", "text": f"How much does {id} make at most?", "labels": known, "cluster": id}
    return Item(**{**plain, **fields})


def attempt(of: Item, objective: float | None = 10.0, **fields) -> Attempt:
    """Proved optimal at `objective`; a failed program where it is None. `flags` are kinds."""
    flags = tuple(Flag(kind=kind, message=f"because of {kind}") for kind in fields.pop("flags", ()))
    good = Answered(status="optimal", objective=objective)
    failed = {"outcome": "crash", "answer": Answered(status="none", failure="exception"), "error": "NameError: x"}
    plain = {"outcome": "answered", "answer": good} if objective is not None else failed
    used = {"calls": 2, "input_tokens": 900, "output_tokens": 100, "cost": 0.01, "seconds": 2.0}
    return Attempt(**{"set": of.set, "item": of.id, "sample": 0, "flags": flags, **used, **plain, **fields})


def given(items: list[Item], **fields) -> Given:
    names = list(dict.fromkeys(each.set for each in items))
    sets = tuple(
        SetGiven(name=name, checksum=f"sum-{name}", items=tuple(each.id for each in items if each.set == name))
        for name in names
    )
    plain = {"method": "agent", "model": "m", "effort": "standard", "samples": 1, "seed": 7, "limit": None}
    return Given(**{"sets": sets, **plain, "time_limit": 60.0, "temperature": 0.0, **fields})


def scored(items: list[Item], attempts: list[Attempt], **fields) -> RunView:
    """The view of a finished run `k3f9a2`."""
    extra = {name: fields.pop(name) for name in ("trivial", "published") if name in fields}
    id = fields.pop("id", "k3f9a2")
    return view(given(items, **fields), id, CREATED, "finished", items, attempts, **extra)


def made_up(count: int, seed: int = 0, **fields) -> tuple[list[Item], list[Attempt]]:
    """Two sets with near-duplicates, a second release for some, and answers of every kind; flags lean to wrong ones."""
    dice = random.Random(seed)
    items, attempts = [], []
    for at in range(count):
        value = round(dice.uniform(1, 1000), 2)
        labels = [value] if at % 5 else [value, label(value if at % 10 else value + 1, "revised")]
        name = "alpha" if at % 3 else "beta"
        kind = dice.choice(["LP", "MIP", "NLP"])
        items.append(item(f"{name[0]}{at}", *labels, set=name, category=kind, cluster=f"c{at // 2}"))
        attempts.append(_answer(items[-1], value, dice, **fields))
    return items, attempts


def _answer(of: Item, value: float, dice: random.Random, **fields) -> Attempt:
    drawn = dice.random()
    used = {"rounds": dice.choice([0, 0, 0, 1, 2]), "seconds": dice.uniform(1, 60), **fields}
    if drawn < 0.72:
        return attempt(of, value, flags=("assumption",) if dice.random() < 0.15 else (), **used)
    if drawn < 0.88:
        kinds = dice.choice([(), ("samples",), ("assumption", "cross-check")])
        return attempt(of, value * dice.uniform(1.02, 2), flags=kinds, **used)
    if drawn < 0.95:
        return attempt(of, None, **used)
    outcome = dice.choice(["no program", "refused", "incomplete"])
    return attempt(of, None, outcome=outcome, answer=Answered(status="none"), error="no reply", **used)


def call(**fields) -> Call:
    messages = ({"role": "user", "content": "Write the model."},)
    return Call(
        **{"prompt": "program", "sample": 0, "messages": messages, "reply": "def build_model", "model": "m", **fields}
    )
