"""What one call of a solver comes back with, and the time that is left for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    from .verdict import Solver

DIAGNOSIS_SECONDS = 10.0
"""What finding out why a model is infeasible or unbounded may take."""

RunStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "infeasible or unbounded", "limit", "failed"]


@dataclass(frozen=True, eq=False)
class Run:
    """A solver's answer: `x` one value a column, `dual` and `reduced` the objective's change per unit of a bound."""

    status: RunStatus
    solver: Solver
    termination: str
    x: np.ndarray[Any, Any] | None = None
    objective: float | None = None
    bound: float | None = None
    dual: np.ndarray[Any, Any] | None = None
    reduced: np.ndarray[Any, Any] | None = None
    complaint: str = ""
    """Why the solver failed, with what to do about it."""


class Clock:
    """A time budget in seconds, running from its making."""

    def __init__(self, seconds: float):
        self.end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(0.0, self.end - time.monotonic())

    @property
    def out(self) -> bool:
        return self.left <= 0.0


def finite(value: float, beyond: float = 1e19) -> float | None:
    """`value`, or None where it is the solver's infinity."""
    return float(value) if abs(value) < beyond else None
