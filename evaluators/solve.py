"""Which solver takes a model, and the optimum it finds.

LP, MIP and convex QP go to HiGHS; everything else to SCIP, which is global for nonconvex models as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from . import highs, scip
from .compiled import Compiled
from .run import Clock, Run
from .verdict import SolveOptions
from .watch import Watch

_DENSE = 2500
"""Largest quadratic objective whose eigenvalues are computed: above it, diagonal dominance must do."""


def solve(c: Compiled, options: SolveOptions, clock: Clock, watch: Watch | None = None) -> Run:
    """Solve and settle: `infeasible or unbounded` is told apart, integers are whole, a QP's optimum has a proof.

    The watch, if any, sees the model itself being solved; not what is solved to settle the rest.
    """
    run = _first(c, options, clock, watch)
    if run.status == "infeasible or unbounded" or (run.status == "unbounded" and not _is_continuous(c)):
        run = _tell_apart(c, run, options, clock)
    run = run if run.x is None else _whole(c, run, options, clock)
    if watch is not None:
        watch.end(run)
    return run


def _is_continuous(c: Compiled) -> bool:
    return c.model_class in ("LP", "QP")


def _first(c: Compiled, options: SolveOptions, clock: Clock, watch: Watch | None = None) -> Run:
    if not for_highs(c):
        return scip.solve(c, options, clock, watch)
    run = highs.solve(c, options, Clock(clock.left / 2) if c.hessian else clock, watch)
    if c.hessian and run.x is not None and run.status == "optimal":
        run = _with_bound(c, run, options, clock)
    convincing = _convincing(run, options) if c.hessian else run.status != "failed"
    return run if convincing or clock.out else scip.solve(c, options, clock, watch)


def for_highs(c: Compiled) -> bool:
    """Whether HiGHS takes the model: linear rows, and a quadratic objective only if convex and continuous."""
    if not c.linear_rows or c.objective_general is not None:
        return False
    return not c.hessian or (not c.integer.any() and is_convex(c))


def is_convex(c: Compiled) -> bool:
    """Whether the quadratic objective is convex for its sense, within rounding."""
    touched = sorted({j for pair in c.hessian for j in pair})
    place = {j: k for k, j in enumerate(touched)}
    q = np.zeros((len(touched), len(touched)))
    for (i, j), value in c.hessian.items():
        q[place[i], place[j]] += value
        q[place[j], place[i]] += value
    if c.maximize:
        q = -q
    diagonal = np.diag(q)
    if (diagonal >= np.abs(q).sum(axis=1) - np.abs(diagonal)).all():
        return True
    if len(touched) > _DENSE:
        return False
    eigenvalues = np.linalg.eigvalsh(q)
    return bool(eigenvalues[0] >= -1e-9 * max(1.0, eigenvalues[-1]))


def gradient(c: Compiled, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Gradient of the linear and quadratic objective at `x`."""
    slope = c.cost.astype(float)
    for (i, j), value in c.hessian.items():
        slope[i] += value * x[j]
        slope[j] += value * x[i]
    return slope


def _with_bound(c: Compiled, run: Run, options: SolveOptions, clock: Clock) -> Run:
    """A convex objective lies above its tangent: the tangent's optimum over the rows bounds the model's own."""
    assert run.x is not None and run.objective is not None
    slope = gradient(c, run.x)
    tangent = highs.solve(replace(c, cost=slope, hessian={}, offset=0.0), options, clock)
    if tangent.status != "optimal" or tangent.objective is None:
        return replace(run, bound=None)
    return replace(run, bound=run.objective + tangent.objective - float(slope @ run.x))


def _convincing(run: Run, options: SolveOptions) -> bool:
    """Whether HiGHS's answer to a QP can stand; its QP code is young, so a missing proof sends the model to SCIP."""
    if run.status == "optimal" and run.objective is not None and run.bound is not None:
        return abs(run.objective - run.bound) <= max(10 * options.gap, 1e-6) * max(1.0, abs(run.objective))
    return run.status in ("infeasible", "unbounded")


def _tell_apart(c: Compiled, run: Run, options: SolveOptions, clock: Clock) -> Run:
    """Without its objective the model is feasible or not, never unbounded."""
    feasible = _first(c.without_objective(), options, clock)
    if feasible.status == "infeasible":
        return feasible
    status = "unbounded" if feasible.x is not None else "limit"
    return replace(run, status=status, x=None, bound=None, termination=run.termination)


def _whole(c: Compiled, run: Run, options: SolveOptions, clock: Clock) -> Run:
    """Integer columns rounded; the continuous ones follow by an LP, lest a rounded switch opens what it had closed."""
    assert run.x is not None
    rounded = np.round(run.x)
    drift = np.abs(run.x - rounded)[c.integer].max(initial=0.0)
    if drift == 0.0 or drift > 1e-5:
        return run
    x = np.where(c.integer, rounded, run.x)
    if drift <= 1e-9 or not for_highs(c) or c.integer.all():
        return replace(run, x=x)
    fixed = replace(
        c,
        lower=np.where(c.integer, x, c.lower),
        upper=np.where(c.integer, x, c.upper),
        integer=np.zeros_like(c.integer),
    )
    again = highs.solve(fixed, options, clock)
    return run if again.x is None else replace(run, x=again.x, objective=again.objective)
