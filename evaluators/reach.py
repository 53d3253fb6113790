"""Runs inside the sandbox: can a model's report take given values at the model's own optimum?"""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import numpy as np
import pyomo.environ as pyo

from .compiled import Compiled, compile_model
from .contract import ProgramFailure, alarm, function
from .driver import ConstantFalse, build
from .run import Clock
from .solve import solve
from .verdict import SolveOptions

MOST_COLUMNS = 500
"""Larger models are not asked: the report is called once a column."""
_CHECKS, _STEP = 3, 5
_NEAR = 1e-6

Bounds = dict[str, tuple[float, float]]
Array = np.ndarray[Any, Any]


def reach(
    candidate: ModuleType, data: dict[str, Any], objective: tuple[float, float], wanted: Bounds, options: dict[str, Any]
) -> bool | None:
    """Whether some point with its objective in `objective` has every quantity of `wanted` within its bounds.

    None where that cannot be told: the report is not affine in the variables, lacks a quantity, or the solver ended
    without saying.
    """
    limits = SolveOptions.model_validate(options)
    try:
        with alarm(limits.build_limit, "report"):
            model, c = build(candidate, data, limits)
            if len(c.cost) > MOST_COLUMNS:
                return None
            found = _affine(candidate, model, c, tuple(wanted))
    except (ProgramFailure, ConstantFalse, ArithmeticError, ValueError, TypeError, LookupError):
        return None
    if found is None:
        return None
    held = _held(model, c, found, objective, wanted)
    if held is None:
        return False
    status = solve(held, limits, Clock(limits.time_limit)).status
    return {"optimal": True, "feasible": True, "infeasible": False}.get(status)


def _affine(
    candidate: ModuleType, model: pyo.ConcreteModel, c: Compiled, names: tuple[str, ...]
) -> tuple[Array, Array] | None:
    """Slopes (quantities by columns) and constants of the report; None where it is not affine.

    Steps are whole, so that a report that rounds whole variables is the same function.
    """
    report = function(candidate, "report", "report(model) -> dict")

    def at(x: Array) -> Array:
        for variable, value in zip(c.variables, x.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)
        told: Any = report(model)
        return np.array([float(told[name]) for name in names])

    draw, origin = random.Random(0), np.ones(len(c.variables))
    base = at(origin)
    slopes = np.array([at(origin + step) - base for step in np.eye(len(origin))]).T.reshape(len(names), len(origin))
    constants = base - slopes @ origin
    for _ in range(_CHECKS):
        x = origin + np.array([float(draw.randint(0, _STEP)) for _ in origin])
        seen = at(x)
        if not np.allclose(seen, slopes @ x + constants, rtol=_NEAR, atol=_NEAR):
            return None
    return slopes, constants


def _held(
    model: pyo.ConcreteModel, c: Compiled, affine: tuple[Array, Array], objective: tuple[float, float], wanted: Bounds
) -> Compiled | None:
    """The model without its objective, which is a row now, as the quantities are; None where one is a constant, and not
    the one that is wanted."""
    slopes, constants = affine
    goal = next(model.component_data_objects(pyo.Objective, active=True))
    rows: list[Any] = [(objective[0], goal.expr, objective[1])]
    for row, constant, (low, high) in zip(slopes, constants, wanted.values(), strict=True):
        terms = [float(slope) * variable for slope, variable in zip(row, c.variables, strict=True) if slope]
        if terms:
            rows.append((low - float(constant), sum(terms), high - float(constant)))
        elif not low <= constant <= high:
            return None
    held = pyo.Constraint(range(len(rows)), rule=lambda block, row: rows[row])
    model.add_component("optwright_held", held)
    goal.deactivate()
    model.add_component("optwright_goal", pyo.Objective(expr=0.0))
    return compile_model(model)
