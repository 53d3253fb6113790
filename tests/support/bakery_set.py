"""A small set of a user's own, replies to its prompts, and a server that gives them, for tests of benchmark runs."""

from __future__ import annotations

import json
from pathlib import Path

from endpoint import Answer, completion

LOAVES = "A baker sells loaves at 3 euros each and can bake 40 of them a day. How much can she earn?"
ROLLS = "A baker sells rolls at 1 euro each and can bake 90 of them a day. How much can she earn?"
MIX = "A baker packs at most 10 parcels, boxes or crates, and earns 3 euros with each. How many of each?"
NEVER = "A baker must bake 5 cakes with at most 3 pans, one cake each. How many does she bake?"

ROWS = (
    {"id": "loaves", "question": LOAVES, "answer": "120", "type": "LP"},
    {"id": "rolls", "question": ROLLS, "answer": "80", "type": "LP"},  # the label is wrong
    {"id": "mix", "question": MIX, "answer": {"boxes": "4", "crates": "6", "profit": "30"}, "type": "MIP"},
    {"id": "never", "question": NEVER, "answer": "infeasible", "type": "MIP"},
)


def program(objective: str, bound: str, report: str = "{}") -> str:
    return f"""```python
import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.y = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.most = pyo.Constraint(expr={bound})
    m.earned = pyo.Objective(expr={objective}, sense=pyo.maximize)
    return m

def report(m):
    return {report}
```"""


REPLIES = {
    LOAVES: program("3 * m.x", "m.x <= 40"),
    ROLLS: program("m.x", "m.x <= 90"),
    MIX: program(
        "3 * m.x + 3 * m.y",
        "m.x + m.y <= 10",
        '{"boxes": pyo.value(m.x), "crates": pyo.value(m.y), "profit": pyo.value(m.earned)}',
    ),
    NEVER: program("m.x", "(5, m.x, 3)"),
}


def reply(asked: dict) -> Answer:
    """The right program for whichever text is asked about."""
    prompt = asked["messages"][-1]["content"]
    return completion(next(text for problem, text in REPLIES.items() if problem in prompt))


def written(folder: Path, rows: tuple[dict, ...] = ROWS) -> Path:
    (path := folder / "bakery.json").write_text(json.dumps(rows))
    return path
