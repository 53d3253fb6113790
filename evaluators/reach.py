"""Runs inside the sandbox: can a model's report take given values at the model's own optimum?

In three steps, so that no label ever enters a process that runs the program: `outline` takes the model and its report
apart, `fits` looks for a point with nothing but that in hand, and `told` asks the report at that point.
"""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import numpy as np
import pyomo.environ as pyo

from .compiled import Compiled
from .contract import ProgramFailure, alarm, function
from .driver import ConstantFalse, build
from .point import load
from .report import plain
from .run import Clock
from .solve import solve
from .verdict import SolveOptions

MOST_COLUMNS = 500
"""Larger models are not asked: the report is called once a column."""
_CHECKS, _STEP = 5, 5
"""Points at which the report is held against its affine form, besides the origin and a step along each column; the
largest step from the origin there."""
_NEAR, _NOISE = 1e-6, 1e-12
_LOOSEST = 100
"""How many times the width of its own bounds a quantity may move while the objective stays within its."""
_PARTS = ("lower", "upper", "integer", "row_lower", "row_upper", "start", "index", "value")
"""Of a compiled model, what a linear one is without its objective."""
_SAYS_NOTHING = (ProgramFailure, ConstantFalse, ArithmeticError, ValueError, TypeError, LookupError)

Array = np.ndarray[Any, Any]


def outline(
    candidate: ModuleType, data: dict[str, Any], names: list[str], options: dict[str, Any]
) -> dict[str, Array] | None:
    """The program's linear model, and its report of `names` and the objective as slopes and constants.

    None where the model has other rows, or more columns than `MOST_COLUMNS`, or the report is not affine in the
    variables, or lacks a name.
    """
    limits = SolveOptions.model_validate(options)
    try:
        model, c = build(candidate, data, limits)  # under an alarm of its own, which would end one around it
        if not c.linear_rows or len(c.cost) > MOST_COLUMNS:
            return None
        with alarm(limits.build_limit, "report"):
            found = _affine(_Report(candidate, model, tuple(names)), c)
    except _SAYS_NOTHING:
        return None
    if found is None:
        return None
    return {"slopes": found[0], "constants": found[1]} | {part: np.asarray(getattr(c, part)) for part in _PARTS}


def fits(
    candidate: ModuleType, outlined: dict[str, Array], bounds: Array, options: dict[str, Any]
) -> Array | bool | None:
    """A point at which every quantity, and the objective, is within its bounds (a row each); False where there is none.

    None where that cannot be told: no quantity follows the objective, so that anything might be optimal, or the solver
    ended without saying. `candidate` is empty.
    """
    limits = SolveOptions.model_validate(options)
    slopes, constants = outlined["slopes"], outlined["constants"]
    if not _follows_objective(slopes, np.ptp(bounds, axis=1)):
        return None
    held = _held(outlined, (slopes, constants), bounds)
    if held is None:
        return False
    run = solve(held, limits, Clock(limits.time_limit))
    if run.x is None:
        return False if run.status == "infeasible" else None
    return run.x


def told(
    candidate: ModuleType, data: dict[str, Any], names: list[str], x: Array, options: dict[str, Any]
) -> Array | None:
    """What the program's report says of `names`, and the objective, at the point `x`; None where it fails."""
    limits = SolveOptions.model_validate(options)
    try:
        model, c = build(candidate, data, limits)
        with alarm(limits.build_limit, "report"):
            load(c, x)
            return _Report(candidate, model, tuple(names)).values()
    except _SAYS_NOTHING:
        return None


class _Report:
    """The wanted quantities as the program reports them, and the objective, at whatever point the model holds."""

    def __init__(self, candidate: ModuleType, model: pyo.ConcreteModel, names: tuple[str, ...]):
        self.model, self.names = model, names
        self.goal: Any = next(model.component_data_objects(pyo.Objective, active=True))
        self._told = function(candidate, "report", "report(model) -> dict")

    def values(self) -> Array:
        """The quantities in the order of their names, the objective last."""
        told: Any = plain(self._told(self.model))
        return np.array([*(float(told[name]) for name in self.names), pyo.value(self.goal.expr)], dtype=float)


def _affine(report: _Report, c: Compiled) -> tuple[Array, Array] | None:
    """Slopes (quantities and the objective by columns) and constants of the report; None where it is not affine.

    Steps are whole and upward from 0, so that a report that rounds whole variables, or counts what is above 0, is seen
    as what it is.
    """

    def at(x: Array) -> Array:
        for variable, value in zip(c.variables, x.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)
        return report.values()

    draw, width = random.Random(0), len(c.variables)
    constants = at(np.zeros(width))
    slopes = np.array([at(step) - constants for step in np.eye(width)]).T.reshape(len(constants), width)
    for _ in range(_CHECKS):
        x = np.array([float(draw.randint(0, _STEP)) for _ in range(width)])
        if not np.allclose(at(x), slopes @ x + constants, rtol=_NEAR, atol=_NEAR):
            return None
    noise = np.abs(slopes) <= _NOISE * np.maximum(1.0, np.abs(constants))[:, None]
    return np.where(noise, 0.0, slopes), constants


def _follows_objective(slopes: Array, widths: Array) -> bool:
    """Whether some quantity is a multiple of the objective up to a constant, neither being the same everywhere, and not
    so large a multiple that holding the objective hardly holds the quantity.

    The value of one variable stands for the objective only where it is named last, as sets name theirs: a program that
    optimises one of several decisions answers another question.
    """
    *quantities, goal = slopes
    length = float(goal @ goal)
    for at, quantity in enumerate(quantities, start=1):
        factor = float(quantity @ goal) / length if length else 0.0
        alike = np.abs(quantity - factor * goal).max(initial=0.0) <= _NEAR * np.abs(quantity).max(initial=0.0)
        held = abs(factor) * widths[-1] <= _LOOSEST * widths[at - 1]
        if factor and alike and held and (at == len(quantities) or np.count_nonzero(quantity) > 1):
            return True
    return False


def _held(outlined: dict[str, Array], affine: tuple[Array, Array], bounds: Array) -> Compiled | None:
    """The model with no objective but a row for it, as for every quantity; None where one is a constant, and not
    within its bounds."""
    slopes, constants = affine
    low, high = bounds.T - constants
    free = ~slopes.any(axis=1)
    if (low[free] > 0).any() or (high[free] < 0).any():
        return None
    row, column = np.nonzero(slopes)
    start, columns = outlined["start"], len(outlined["lower"])
    rows = len(outlined["row_lower"]) + len(slopes)
    return Compiled(
        maximize=False,
        variables=[None] * columns,
        lower=outlined["lower"],
        upper=outlined["upper"],
        integer=outlined["integer"].astype(bool),
        cost=np.zeros(columns),
        offset=0.0,
        rows=[None] * rows,
        row_lower=np.append(outlined["row_lower"], low),
        row_upper=np.append(outlined["row_upper"], high),
        constant=np.zeros(rows),
        start=np.append(start, start[-1] + np.searchsorted(row, np.arange(len(slopes)), "right")).astype(np.int32),
        index=np.append(outlined["index"], column).astype(np.int32),
        value=np.append(outlined["value"], slopes[row, column]),
    )
