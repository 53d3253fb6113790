"""What the formulation graph carries from step to step, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

from ...datasets.tables import Table, Value
from ...evaluators.verdict import Perturbation, Probed, ReportValue, SolveOptions, Verdict
from ...sandbox.contract import Sandbox
from ..llm import LLM, Call
from ..solution import ReadingOutcome, Round
from .formulation import (
    Constraint,
    Element,
    Formulation,
    IndexSet,
    Missing,
    Objective,
    Parameter,
    Quantity,
    Variable,
)


class Effort(NamedTuple):
    """What an effort buys. `rounds` bounds the repairs, `opinions` counts the independent programs beside the first."""

    rounds: int
    opinions: int
    readings: bool
    perturb: bool
    mend: bool
    """Whether the cross-check's findings go to a repair round, or are reported only."""


EFFORTS: dict[str, Effort] = {
    "quick": Effort(rounds=2, opinions=0, readings=False, perturb=False, mend=False),
    "standard": Effort(rounds=3, opinions=1, readings=True, perturb=True, mend=False),
    "thorough": Effort(rounds=5, opinions=2, readings=True, perturb=True, mend=True),
}


class Opinion(Element):
    """An independent program for the same problem, and what the solver did with it."""

    program: str
    verdict: Verdict


class Standing(Element):
    """A program that has an answer."""

    program: str
    probed: Probed


class Reconciliation(Element):
    """What a comparison of two programs with different optima came to."""

    difference: str
    words: str
    right: Literal["first", "second", "ambiguous", "neither"]
    correction: str


class Choice(Element):
    """One reading of some words, and what it leads to."""

    option: str
    status: str
    objective: float | None
    report: dict[str, ReportValue]


class Question(Element):
    """What a person is asked before the graph goes on: for numbers that are missing, or which reading is meant."""

    kind: Literal["missing", "reading"]
    text: str
    missing: tuple[Missing, ...] = ()
    reading: str = ""
    """Name of the reading in question."""
    choices: tuple[Choice, ...] = ()
    """The chosen reading first."""


class Edit(Element):
    search: str
    """Lines of the program, to the letter."""
    replace: str


class Revision(Element):
    """A change that a user asked for, as an edit of the formulation and of its program."""

    summary: str
    """What is different now, in one sentence."""
    sets: list[IndexSet]
    parameters: list[Parameter]
    variables: list[Variable]
    objective: Objective | None
    """None where it stays."""
    constraints: list[Constraint]
    quantities: list[Quantity]
    """Of each kind those that are new, or that take the place of the one with their name."""
    removed: list[str]
    """Names of elements that are no more."""
    missing: list[Missing]
    """Numbers that the change needs and that are not given; then there are no edits."""
    edits: list[Edit]


class State(TypedDict, total=False):
    problem: str
    change: str
    """What a user wants changed in `formulation` and `program`, which are there from the start then."""
    asked: int
    """How many questions a person has answered."""
    settled: list[str]
    """Names of the readings that a person has chosen."""
    restated: bool
    """Whether the last answer was new words, which are to be formulated."""
    formulation: Formulation
    program: str
    verdict: Verdict
    standing: Standing
    """The last program that had an answer, for when a later repair breaks it."""
    findings: str
    """Why the program must be edited now; empty where it need not be."""
    kept: str
    """The model's reason for standing by its program in spite of a finding."""
    repairs: list[Round]
    readings: list[ReadingOutcome]
    opinions: list[Opinion]
    reconciliation: Reconciliation
    perturbation: Perturbation | None
    mended: bool
    """Whether the cross-check's findings have had their repair round."""


RECORDS = (Formulation, Verdict, Round, ReadingOutcome, Opinion, Standing, Reconciliation, Perturbation, Question)
"""The record types in `State`, which a checkpoint may rebuild."""


@dataclass(frozen=True)
class Context:
    """What the steps work with; never checkpointed."""

    run: str
    llm: LLM
    pool: Sandbox
    files: tuple[Table | Value, ...]
    effort: Effort
    options: SolveOptions
    temperature: float
    on_call: Callable[[Call], None]
    questions: int = 0
    """How many a person may be asked; none where nobody is there to answer."""
