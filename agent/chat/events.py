"""What happens in a chat, as records: every face shows the same ones, and the store keeps them.

A turn begins with `Said` (or with `Began`, where a button was pressed) and ends with `Asked`, `Answered`, `Moved` or
`Failed`. `Step` is told while it happens and never kept.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ...evaluators.verdict import Progress
from ..changes import Change
from ..formulate.formulation import Formulation
from ..formulate.state import Question
from ..whatif import Comparison


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Version(Record):
    """A model and its solution, as they stood after a turn."""

    number: int
    """From 1, in the order in which they came about."""
    parent: int
    """The version that was changed; 0 for a problem's first."""
    run: str
    """Id of the run in the store whose solution it is."""
    title: str
    status: str
    objective: float | None
    unit: str
    said: str
    """What led to it: the user's words, or the change that a button stands for."""
    edits: tuple[Change, ...] = ()
    """Of the data since the problem's first version, each datum once."""
    rules: tuple[str, ...] = ()
    """Changes of the model since then, in the user's words."""


class Said(Record):
    kind: Literal["said"] = "said"
    text: str
    files: tuple[str, ...] = ()
    """Paths of the files that came with the words."""


class Began(Record):
    """A run of the formulation graph for this turn: what to go on with after a kill."""

    kind: Literal["began"] = "began"
    run: str
    change: str = ""
    """What is to be changed in the version at hand; empty for a problem that is formulated from its words."""


class Step(Record):
    kind: Literal["step"] = "step"
    step: str
    message: str
    seconds: float = 0.0
    progress: Progress | None = None
    """Of a solver that is still at work."""


class Asked(Record):
    kind: Literal["asked"] = "asked"
    question: Question


class Formulated(Record):
    kind: Literal["formulated"] = "formulated"
    formulation: Formulation


class Programmed(Record):
    kind: Literal["program"] = "program"
    source: str
    diff: str = ""
    """Unified, against the program before; empty for the first."""


class Judged(Record):
    kind: Literal["verdict"] = "verdict"
    status: str
    line: str
    """The outcome in one line."""
    model: str
    """The model's size and its solver in one line."""


class Answered(Record):
    kind: Literal["answer"] = "answer"
    text: tuple[str, ...]
    """The answer in sentences, for a face that shows nothing else."""
    version: Version | None = None
    """The version that came about; None for words about the one at hand."""
    comparison: Comparison | None = None
    """With the version before."""
    relaxes: bool = False
    """Whether there is a cheapest way out to take: `Session.relax`."""


class Moved(Record):
    """Back, or to another branch: the version at hand is another one."""

    kind: Literal["moved"] = "moved"
    version: int
    text: str


class Failed(Record):
    """The turn ended without an answer; the version at hand is the same as before."""

    kind: Literal["error"] = "error"
    message: str


Event = Annotated[
    Said | Began | Step | Asked | Formulated | Programmed | Judged | Answered | Moved | Failed,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
ENDS = (Asked, Answered, Moved, Failed)
"""The events with which a turn is over."""
