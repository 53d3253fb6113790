"""Runs inside the sandbox: can a model's report take given values at the model's own optimum?"""

from __future__ import annotations

import random
from dataclasses import replace
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

Bounds = dict[str, tuple[float, float]]
Array = np.ndarray[Any, Any]


def reach(
    candidate: ModuleType, data: dict[str, Any], objective: tuple[float, float], wanted: Bounds, options: dict[str, Any]
) -> bool | None:
    """Whether some point with its objective in `objective` has every quantity of `wanted` within its bounds.

    None where that cannot be told: the report is not affine in the variables, lacks a quantity, or gives other values
    at the point that was found; none follows the objective, so that anything might be optimal; the solver ended
    without saying.
    """
    limits = SolveOptions.model_validate(options)
    try:
        model, c = build(candidate, data, limits)  # under an alarm of its own, which would end one around it
        with alarm(limits.build_limit, "report"):
            report = _Report(candidate, model, tuple(wanted))
            found = _affine(report, c) if len(c.cost) <= MOST_COLUMNS else None
        bounds = np.array([*wanted.values(), objective])
        if found is None or not _follows_objective(found[0], np.ptp(bounds, axis=1)):
            return None
        held = _held(c, found, bounds)
        if held is None:
            return False
        run = solve(held, limits, Clock(limits.time_limit))
        if run.x is None:
            return False if run.status == "infeasible" else None
        with alarm(limits.build_limit, "report"):
            load(held, run.x)
            return True if _within(report.values(), bounds) else None
    except (ProgramFailure, ConstantFalse, ArithmeticError, ValueError, TypeError, LookupError):
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


def _within(values: Array, bounds: Array) -> bool:
    """Up to what a solver may be off."""
    off = _NEAR * np.maximum(1.0, np.abs(bounds).max(axis=1))
    return bool(((bounds[:, 0] - off <= values) & (values <= bounds[:, 1] + off)).all())


def _held(c: Compiled, affine: tuple[Array, Array], bounds: Array) -> Compiled | None:
    """The model with no objective but a row for it, as for every quantity; None where one is a constant, and not
    within its bounds."""
    slopes, constants = affine
    low, high = bounds.T - constants
    free = ~slopes.any(axis=1)
    if (low[free] > 0).any() or (high[free] < 0).any():
        return None
    row, column = np.nonzero(slopes)
    return replace(
        c.without_objective(),
        start=np.append(c.start, c.start[-1] + np.searchsorted(row, np.arange(len(slopes)), "right")).astype(np.int32),
        index=np.append(c.index, column).astype(np.int32),
        value=np.append(c.value, slopes[row, column]),
        row_lower=np.append(c.row_lower, low),
        row_upper=np.append(c.row_upper, high),
    )
