"""The returned point: loaded into the model, checked apart from the solver, and listed for the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyomo.environ as pyo

from .compiled import Compiled
from .run import Run
from .verdict import ConstraintValue, Feasibility, VariableValue

TOLERANCE = 1e-6
"""Largest violation that passes, relative to max(1, |bound|)."""
LISTED = 2000
"""Longest list of variables, and of constraints, in a verdict."""

_NOISE = 1e-7

Array = np.ndarray[Any, Any]


def load(c: Compiled, x: Array) -> None:
    """Put the point into the Pyomo model. Noise beyond a bound is clipped, so that a report may take roots."""
    low = np.where(c.lower - x <= _NOISE * np.maximum(1.0, np.abs(c.lower)), c.lower, -np.inf)
    high = np.where(x - c.upper <= _NOISE * np.maximum(1.0, np.abs(c.upper)), c.upper, np.inf)
    for variable, value, whole in zip(c.variables, np.clip(x, low, high).tolist(), c.integer.tolist(), strict=True):
        value = round(value) if whole and float(value).is_integer() else value
        variable.set_value(value, skip_validation=True)


def load_prices(c: Compiled, run: Run, model: pyo.ConcreteModel) -> None:
    """Fill the suffixes `dual` and `rc` that a program declares for import, as Pyomo's own solvers do."""
    prices = {"dual": (c.rows, run.dual), "rc": (c.variables, run.reduced)}
    for suffix in model.component_objects(pyo.Suffix, active=True):
        if suffix.local_name in prices and suffix.import_enabled():
            components, values = prices[suffix.local_name]
            suffix.update([] if values is None else zip(components, values.tolist(), strict=True))


def evaluate(expression: Any) -> float:
    """The expression's value at the loaded point; nan where it has none, as in the logarithm of a negative number."""
    try:
        value: Any = pyo.value(expression)
        return float(value)
    except (ArithmeticError, ValueError, TypeError):
        return float("nan")


def bodies(c: Compiled) -> Array:
    """Body of every row at the loaded point, by Pyomo's own evaluation of the expressions as the program wrote them."""
    return np.array([evaluate(row.body) for row in c.rows], dtype=float) - c.constant


def check(c: Compiled, body: Array, claimed: float | None, objective: float) -> Feasibility:
    """The loaded point against every row, bound and domain, and the objective against what the solver `claimed`."""
    x = np.array([variable.value for variable in c.variables], dtype=float)
    found = [
        _worst("constraint", _excess(body, c.row_lower, c.row_upper), c.row_name),
        _worst("bound", _excess(x, c.lower, c.upper), c.column_name),
        _worst("integrality", np.where(c.integer, np.abs(x - np.round(x)), 0.0), c.column_name),
        _sos(c, x),
        _objective(claimed, objective),
    ]
    worst = max(found, key=lambda violation: violation.worst_violation)
    return worst if worst.worst_violation > 0 else Feasibility(ok=True)


def _excess(value: Array, low: Array, high: Array) -> Array:
    """Relative distance beyond the bounds; infinite where the value is nan."""
    with np.errstate(invalid="ignore"):
        below = np.where(np.isfinite(low), (low - value) / np.maximum(1.0, np.abs(low)), 0.0)
        above = np.where(np.isfinite(high), (value - high) / np.maximum(1.0, np.abs(high)), 0.0)
    excess = np.maximum(np.maximum(below, above), 0.0)
    return np.where(np.isnan(value), np.inf, excess)


Kind = Literal["constraint", "bound", "integrality", "objective"]


def _worst(kind: Kind, violations: Array, name: Any) -> Feasibility:
    if not len(violations):
        return Feasibility(ok=True)
    at = int(np.argmax(violations))
    return _violation(kind, float(violations[at]), name(at))


def _violation(kind: Kind, size: float, name: str) -> Feasibility:
    if size <= 0:
        return Feasibility(ok=True)
    return Feasibility(ok=size <= TOLERANCE, worst_violation=size, where=name, kind=kind)


def _sos(c: Compiled, x: Array) -> Feasibility:
    """In a special ordered set of level k at most k members, neighbours of each other, are nonzero."""
    worst = Feasibility(ok=True)
    for level, columns, _ in c.sos:
        sizes = np.abs(x[list(columns)])
        window = max(sizes[k : k + level].sum() for k in range(len(sizes)))
        found = _violation("constraint", float(sizes.sum() - window), f"SOS{level} of {c.column_name(columns[0])}")
        worst = max(worst, found, key=lambda violation: violation.worst_violation)
    return worst


def _objective(claimed: float | None, objective: float) -> Feasibility:
    if claimed is None or claimed == objective:
        return Feasibility(ok=True)
    off = abs(claimed - objective) / max(1.0, abs(objective))
    return _violation("objective", float("inf") if np.isnan(off) else off, "objective")


def list_variables(c: Compiled, run: Run) -> tuple[tuple[VariableValue, ...], int]:
    """At most `LISTED` variables, the nonzero ones first to stay, and how many were left out."""
    x = np.array([variable.value for variable in c.variables], dtype=float)
    kept = _kept(x != 0)
    listed = tuple(
        VariableValue(
            name=c.column_name(j),
            value=c.variables[j].value,
            lower=_bound(c.lower[j]),
            upper=_bound(c.upper[j]),
            domain=_domain(c, j),
            reduced_cost=_at(run.reduced, j),
        )
        for j in kept
    )
    return listed, len(x) - len(listed)


def list_constraints(c: Compiled, run: Run, body: Array) -> tuple[tuple[ConstraintValue, ...], int]:
    """At most `LISTED` constraints, the binding ones first to stay, and how many were left out."""
    slack = np.minimum(body - c.row_lower, c.row_upper - body)
    scale = np.maximum(1.0, np.abs(np.where(np.isfinite(body), body, 1.0)))
    kept = _kept(~(slack > TOLERANCE * scale))
    listed = tuple(
        ConstraintValue(
            name=c.row_name(i),
            body=_number(body[i]),
            lower=_bound(c.row_lower[i]),
            upper=_bound(c.row_upper[i]),
            slack=_bound(slack[i]),
            dual=_at(run.dual, i),
        )
        for i in kept
    )
    return listed, len(body) - len(listed)


def _kept(interesting: Array) -> Sequence[int]:
    """Indices of at most `LISTED` entries in their order, the interesting ones preferred."""
    if len(interesting) <= LISTED:
        return range(len(interesting))
    chosen = np.argsort(~interesting, kind="stable")[:LISTED]
    return np.sort(chosen).tolist()


def _domain(c: Compiled, j: int) -> Literal["real", "integer", "binary"]:
    if not c.integer[j]:
        return "real"
    return "binary" if c.lower[j] >= 0 and c.upper[j] <= 1 else "integer"


def _bound(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _at(values: Array | None, k: int) -> float | None:
    return None if values is None else float(values[k]) + 0.0
