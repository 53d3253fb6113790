"""Watch: how a solver is getting on, shown to whoever waits for it. Runs inside the sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable

from .run import Run, finite
from .verdict import Progress, Solver

EVERY = 0.25
"""Seconds between two figures, and before the first: most solves are over by then and say nothing."""
_SLOWER = 1e-3
"""In a long solve, the share of the time so far: there are less than 10,000 figures in a day."""


class Watch:
    """Begins when it is made. Solvers ask often whether anything is `due`, which is cheap, and only then `show`."""

    def __init__(self, tell: Callable[[object], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._begun = clock()
        self._next = self._begun + EVERY
        self._shown = False

    @property
    def due(self) -> bool:
        return self._clock() >= self._next

    def show(self, solver: Solver, objective: float | None = None, bound: float | None = None) -> None:
        """Tell the figures, in the model's own sense. A solver's infinity stands for what is not known yet."""
        now = self._clock()
        self._next = now + max(EVERY, _SLOWER * (now - self._begun))
        self._shown = True
        self._tell(_progress(solver, now - self._begun, objective, bound).model_dump())

    def end(self, run: Run) -> None:
        """The last figures are those of the answer; a solve that showed none before needs none."""
        if self._shown and run.status != "failed":
            self.show(run.solver, run.objective, run.bound)


def _progress(solver: Solver, seconds: float, objective: float | None, bound: float | None) -> Progress:
    objective = None if objective is None else finite(objective)
    bound = None if bound is None else finite(bound)
    gap = None if objective is None or bound is None else abs(objective - bound) / max(1e-10, abs(objective))
    return Progress(solver=solver, seconds=seconds, objective=objective, bound=bound, gap=gap)
