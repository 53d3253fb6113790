"""The five elements of a model, each with the words of the problem that it came from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...evaluators.verdict import Effect

Domain = Literal["real", "nonnegative real", "integer", "nonnegative integer", "binary"]
Value = float | int | str | bool | list | dict | None


class Element(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndexSet(Element):
    name: str
    description: str
    members: list[str] | None
    """None where the members come from a table."""


class Parameter(Element):
    name: str
    """A Python identifier: the key in `data`."""
    description: str
    value: Value
    """None where it comes from a table (see `column`) or is missing (see `Formulation.missing`)."""
    column: str | None
    """`table.column` where the value comes from a data file."""
    unit: str
    quote: str
    """The exact words of the text that state it; empty where it comes from a table."""
    more: Effect
    """What more of it can do to the optimum, by the sense of the words alone."""


class Variable(Element):
    name: str
    description: str
    index: list[str]
    """Names of the sets it is indexed by; empty for a scalar."""
    domain: Domain
    unit: str


class Objective(Element):
    sense: Literal["minimize", "maximize"]
    expression: str
    unit: str
    quote: str


class Constraint(Element):
    name: str
    """The Python identifier that the program's component carries too."""
    expression: str
    unit: str
    quote: str


class Reading(Element):
    """A decision beyond the text, as a switch in `data["readings"][name]`."""

    name: str
    words: str
    """The words of the text that it hangs on."""
    question: str
    chosen: str
    other: str
    """The second reading; empty for an assumption that has no sensible alternative."""
    change: str
    """What the second reading changes in the formulation."""


class Quantity(Element):
    """Something that the question asks for: a key of the program's report."""

    name: str
    description: str
    unit: str


class Missing(Element):
    """A number that the problem leans on and neither the text nor the data gives."""

    name: str
    why: str
    """What the text says of it, and what it would be needed for."""
    essential: bool
    """Whether nothing sensible can be solved without it; otherwise the sentence that needs it is left out."""


class Formulation(Element):
    title: str
    sets: list[IndexSet] = Field(default_factory=list)
    parameters: list[Parameter] = Field(default_factory=list)
    variables: list[Variable] = Field(default_factory=list)
    objective: Objective
    constraints: list[Constraint] = Field(default_factory=list)
    readings: list[Reading] = Field(default_factory=list)
    quantities: list[Quantity] = Field(default_factory=list)
    missing: list[Missing] = Field(default_factory=list)
