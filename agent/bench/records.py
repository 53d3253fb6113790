"""What a benchmark run is started with, and what it keeps of every attempt at an item."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ...evaluators.answers import Answered
from ...evaluators.verdict import Verdict
from ..formulate.formulation import Formulation
from ..solution import Flag, Sample

Outcome = Literal[
    "answered",  # a model with an optimum, or proved to have none
    "limit",  # a time limit hit before any point was found
    "incomplete",  # the method says that a number is missing
    "no program",  # the reply held none
    "crash",  # the program failed, in any of the ways of `FailureKind`
    "refused",  # the endpoint gave nothing usable
]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class SetGiven(Record):
    """One set of a run, as it was when the run began."""

    name: str
    checksum: str
    """Of the set's normalised items."""
    items: tuple[str, ...]
    """Ids of the sampled items, in the order in which they run."""


class Given(Record):
    """What a benchmark run was started with."""

    sets: tuple[SetGiven, ...]
    method: str
    """`direct`, `agent`, `module:function`, or where the answers came from."""
    model: str = ""
    """As the user named it; empty for an external method."""
    effort: str = ""
    """Of the agent; empty for other methods."""
    samples: int = 1
    """Attempts at each item."""
    seed: int = 0
    """Of the sampling."""
    limit: int | None = None
    """Items of each set that were asked for; None for all."""
    time_limit: float = 60.0
    """Seconds of solver time for one model."""
    temperature: float = 0.0
    budget: str = ""
    """As `--budget` takes it; empty for none."""
    answers_only: bool = False
    """Answers that something else produced: without flags, calls, cost or time."""


class Work(Record):
    """What one attempt at one item came to."""

    outcome: Outcome
    answer: Answered
    flags: tuple[Flag, ...] = ()
    """The method's own reasons not to bet on its answer."""
    program: str = ""
    formulation: Formulation | None = None
    verdict: Verdict | None = None
    """Without its LP text in what a run keeps."""
    opinions: tuple[Sample, ...] = ()
    """The agent's independent programs for the same item."""
    rounds: int = 0
    """Repairs."""
    error: str = ""
    """One line, where there is no answer."""


class Attempt(Work):
    """One attempt, as the run keeps it: everything that scoring and the report need. The body of an event."""

    set: str
    item: str
    sample: int
    """From 0."""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """US dollars paid; 0 where all came from a cache or recording, None where no price is known."""
    seconds: float = 0.0
    """Wall time, waiting for the model and the solver included."""

    @property
    def part(self) -> str:
        """What the store calls this part of the run."""
        return part(self.set, self.item, self.sample)


def part(set: str, item: str, sample: int) -> str:
    return f"{set}/{item}/{sample}"


class Relaxation(Record):
    """The optimum of an item's gold model without integrality. The body of an event."""

    set: str
    item: str
    objective: float | None
    """None where it has none, or the gold model does not run."""
