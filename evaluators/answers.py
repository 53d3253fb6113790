"""Scoring rules."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .verdict import FailureKind, Record, ReportValue


class Answered(Record):
    """What a method came to for one item, as far as any rule looks at it."""

    status: Literal["optimal", "feasible", "infeasible", "unbounded", "limit", "none"]
    """What the solver made of the submitted model; `none` where there is no model, or it failed."""
    objective: float | None = None
    quantities: dict[str, ReportValue] = Field(default_factory=dict)
    """The asked quantities by name, as the submitted program reports them."""
    reaches: bool | None = None
    """Whether the label's quantities are reached at the submitted model's own optimum; None where nobody looked."""
    failure: FailureKind | None = None
    """Why there is no answer, where a program failed."""
