"""Items of benchmark sets: a text, its data files, and what various releases say the answer is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(Record):
    """One named number of an answer."""

    name: str
    value: float
    text: str
    """As the authors printed it: its decimals tell how far it was rounded."""


class Label(Record):
    """What one release of a set says the answer to an item is."""

    release: str
    """Which release says so: `original`, or the name of a corrected one."""
    text: str
    """As the authors wrote it; JSON where it was not text."""
    kind: Literal[
        "number",  # one number, the objective
        "quantities",  # several named numbers
        "no solution",  # infeasible or unbounded
        "none",  # no answer, or none that can be read
    ]
    value: float | None = None
    """Of a `number`."""
    quantities: tuple[Quantity, ...] = ()


class Gold(Record):
    """A model that the set's authors give."""

    kind: Literal["pyomo", "gurobipy", "nl4opt"]
    """A program of ours; a program for gurobipy; NL4OPT's declarations as JSON."""
    source: str


class Entry(Record):
    """An item as one file or folder has it."""

    fields: tuple[str, ...] = ()
    """Names of the row's fields, or of the files of an item's folder."""
    id: str
    """The authors' own, or the row's number from 1."""
    text: str
    answer: Any
    """A JSON value."""
    category: str = ""
    gold: Gold | None = None
    data: tuple[Path, ...] = ()


class Item(Record):
    """One item of a benchmark set."""

    id: str
    """Unique within its set, and stable: the authors' own number or name where they give one."""
    set: str
    text: str
    data: tuple[Path, ...] = ()
    category: str = ""
    """In the authors' words, where they give one."""
    labels: tuple[Label, ...]
    """At least one; in the order of the set's manifest, the one that is scored first."""
    cluster: str
    """Shared by near-duplicates, across sets."""
    gold: Gold | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the quantities that the set's authors score, which whoever answers must know."""
        named = next((label for label in self.labels if label.quantities), None)
        return tuple(quantity.name for quantity in named.quantities) if named else ()

    def label(self, release: str | None = None) -> Label | None:
        """What `release` says, or the first label; None where that release has no such item."""
        if release is None:
            return self.labels[0]
        return next((label for label in self.labels if label.release == release), None)
