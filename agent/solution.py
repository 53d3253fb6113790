"""Solution: what `solve` returns. One frozen record that prints itself."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..evaluators.verdict import Perturbation, ReportValue, Verdict
from .formulate.formulation import Formulation

FlagKind = Literal[
    "missing",  # a sentence was left out, because it needs a number that is not given
    "assumption",  # another reading of the text changes the optimum
    "samples",  # independent samples disagree
    "cross-check",  # data never matter, or move the optimum the impossible way
    "feasibility",  # the returned point violates the model it came from
    "limit",  # a time limit hit: not proved optimal
    "source",  # a number that is not in the text or the data
]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Flag(Record):
    """A reason not to bet on the answer. A solution without flags is one we would bet on."""

    kind: FlagKind
    message: str


class ReadingOutcome(Record):
    """The optimum under the second reading of some words."""

    name: str
    words: str
    question: str
    chosen: str
    other: str
    status: str
    objective: float | None
    report: dict[str, ReportValue]
    changes: bool
    """Whether the optimum differs from the chosen reading's."""
    solve: float = 0.0
    """Seconds in the solver."""


class Sample(Record):
    """One independent attempt at the same problem."""

    status: str
    objective: float | None
    agrees: bool


class Round(Record):
    """One repair: what was wrong, and what became of it."""

    problem: str
    status: str


class Usage(Record):
    calls: int = 0
    cached: int = 0
    """Calls answered by the cache or a recording, at no cost."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """US dollars; None where no price is known."""


class Solution(Record):
    run: str
    """Id of the run in the store."""
    status: Literal["optimal", "feasible", "infeasible", "unbounded", "incomplete", "failed"]
    problem: str
    model: str
    """Name of the language model, or `replay`."""
    effort: str
    objective: float | None
    answers: dict[str, ReportValue]
    """The quantities that the question asks for."""
    explanation: str
    formulation: Formulation | None
    program: str
    verdict: Verdict | None
    readings: tuple[ReadingOutcome, ...] = ()
    samples: tuple[Sample, ...] = ()
    perturbation: Perturbation | None = None
    repairs: tuple[Round, ...] = ()
    flags: tuple[Flag, ...] = ()
    checked: tuple[str, ...] = ()
    """What was checked, one sentence each."""
    unchecked: tuple[str, ...] = ()
    """What was not checked, one sentence each."""
    usage: Usage = Usage()
    seconds: float = 0.0
    solve_seconds: float = 0.0
    """Of `seconds`, those in solvers: of the model, its readings, the second opinions and the cross-check."""
    error: str = ""
    """One line, where the status is failed or incomplete."""

    def __repr__(self) -> str:
        from .render import plain

        return plain(self)

    def _repr_html_(self) -> str:
        from .render import html

        return html(self)
