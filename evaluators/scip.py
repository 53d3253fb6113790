"""SCIP on a compiled model: everything that HiGHS does not take, solved to global optimality."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyscipopt
from pyomo.contrib.fbbt.fbbt import compute_bounds_on_expr
from pyomo.core.base.expression import NamedExpressionData
from pyomo.core.expr.numeric_expr import (
    AbsExpression,
    DivisionExpression,
    NegationExpression,
    PowExpression,
    ProductExpression,
    SumExpression,
    UnaryFunctionExpression,
)
from pyomo.core.expr.relational_expr import RelationalExpression
from pyscipopt.scip import PY_SCIP_EVENTTYPE as EVENT

from .compiled import Compiled, Terms
from .expressions import rewrite
from .run import Clock, Run, RunStatus, finite
from .verdict import SolveOptions
from .watch import Watch

_STATUS: dict[str, RunStatus] = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "primallimit": "unbounded",
    "inforunbd": "infeasible or unbounded",
    "timelimit": "limit",
    "memlimit": "limit",
    "nodelimit": "limit",
    "userinterrupt": "limit",
}


RUNAWAY = 1e12
"""Objective beyond which a model without a finite bound counts as unbounded."""


class CannotExpress(Exception):
    """SCIP has no counterpart for a part of the model; the message names it."""


_EVENTS = EVENT.BESTSOLFOUND | EVENT.NODESOLVED | EVENT.LPSOLVED
"""After which SCIP's progress is looked at: a hard node solves many LPs."""


class _Shown(pyscipopt.Eventhdlr):
    """Lets a watch see how SCIP gets on."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def eventinit(self) -> None:
        self.model.catchEvent(_EVENTS, self)

    def eventexit(self) -> None:
        self.model.dropEvent(_EVENTS, self)

    def eventexec(self, event: Any) -> None:
        if self._watch.due:
            self._watch.show("scip", self.model.getPrimalbound(), self.model.getDualbound())


def solve(c: Compiled, options: SolveOptions, clock: Clock, watch: Watch | None = None) -> Run:
    model = pyscipopt.Model()
    model.hideOutput()
    try:
        x = _translate(model, c)
    except (CannotExpress, NotImplementedError, ArithmeticError, TypeError, ValueError) as error:
        return Run("failed", "scip", "not solved", complaint=" ".join(str(error).split()))
    model.setParams(
        {
            "limits/time": max(clock.left, 0.01),
            "timing/clocktype": 2,  # wall clock
            "limits/gap": options.gap,
            "numerics/feastol": 1e-7,
            "lp/threads": 1,
            "randomization/randomseedshift": options.seed,
        }
    )
    if watch is not None:
        model.includeEventhdlr(_Shown(watch), "watch", "shows progress")
    _optimize(model, c, clock)
    return _read(model, x)


def _optimize(model: pyscipopt.Model, c: Compiled, clock: Clock) -> None:
    """Solve, pausing where the objective runs away: without a bound by then, the model counts as unbounded.

    SCIP proves unboundedness of nonlinear models rarely and would climb until its time is up.
    """
    model.setParam("limits/primal", RUNAWAY if c.maximize else -RUNAWAY)
    model.optimize()
    if model.getStatus() == "primallimit" and finite(model.getDualbound()) is not None:
        model.setParams({"limits/primal": 1e99, "limits/time": max(clock.left, 0.01) + model.getSolvingTime()})
        model.optimize()


def _read(model: pyscipopt.Model, x: list[Any]) -> Run:
    word = model.getStatus()
    status = _STATUS.get(word, "failed")
    has_point = model.getNSols() > 0
    if status == "limit" and has_point:
        status = "feasible"
    bound = finite(model.getDualbound()) if status in ("optimal", "feasible", "limit") else None
    run = Run(status, "scip", word, bound=bound)
    if status == "failed":
        return replace(run, complaint=f"SCIP stopped with {word!r}; bound every variable and scale the data")
    if status not in ("optimal", "feasible"):
        return run
    best = model.getBestSol()
    objective = model.getSolObjVal(best)
    if finite(objective) is None:
        return replace(run, status="unbounded", bound=None)
    return replace(run, x=np.array([model.getSolVal(best, v) for v in x]), objective=objective)


def _translate(model: pyscipopt.Model, c: Compiled) -> list[Any]:
    x = [_column(model, c, j) for j in range(len(c.cost))]
    for i in range(len(c.row_lower)):
        _row(model, c, x, i)
    for level, columns, weights in c.sos:
        add = model.addConsSOS1 if level == 1 else model.addConsSOS2
        add([x[j] for j in columns], weights=list(weights))
    _objective(model, c, x)
    return x


def _column(model: pyscipopt.Model, c: Compiled, j: int):
    low, high = c.lower[j], c.upper[j]
    kind = "C" if not c.integer[j] else "B" if (low, high) == (0, 1) else "I"
    return model.addVar(lb=None if low == -np.inf else low, ub=None if high == np.inf else high, vtype=kind)


def _row(model: pyscipopt.Model, c: Compiled, x: list[Any], i: int) -> None:
    low, high = c.row_lower[i], c.row_upper[i]
    if low == -np.inf and high == np.inf:
        return
    part = slice(c.start[i], c.start[i + 1])
    linear = pyscipopt.quicksum(value * x[j] for j, value in zip(c.index[part], c.value[part], strict=True))
    body = linear + _products(c.quadratic.get(i, {}), x) + _general(c, c.general.get(i), x)
    if low == high:
        model.addCons(body == float(low))
    elif low == -np.inf:
        model.addCons(body <= float(high))
    elif high == np.inf:
        model.addCons(body >= float(low))
    else:
        model.addCons((body <= float(high)) >= float(low))


def _products(terms: Terms, x: list[Any]):
    return pyscipopt.quicksum(value * x[i] * x[j] for (i, j), value in terms.items())


def _objective(model: pyscipopt.Model, c: Compiled, x: list[Any]) -> None:
    goal = pyscipopt.quicksum(c.cost[j] * x[j] for j in np.flatnonzero(c.cost)) + c.offset
    if c.hessian or c.objective_general is not None:
        # SCIP takes linear objectives only: a column stands in for the expression and is bounded by it.
        stand_in = model.addVar(lb=None, ub=None)
        goal = goal + _products(c.hessian, x) + _general(c, c.objective_general, x)
        model.addCons(goal - stand_in >= 0 if c.maximize else goal - stand_in <= 0)
        goal = stand_in
    model.setObjective(goal, sense="maximize" if c.maximize else "minimize")


def _general(c: Compiled, expression: Any, x: list[Any]):
    if expression is None:
        return 0.0
    return rewrite(expression, lambda variable: x[c.position[id(variable)]], _combine)


_FUNCTIONS = {
    "exp": pyscipopt.exp,
    "log": pyscipopt.log,
    "log10": lambda x: pyscipopt.log(x) / np.log(10),
    "sqrt": pyscipopt.sqrt,
    "sin": pyscipopt.sin,
    "cos": pyscipopt.cos,
    "tan": lambda x: pyscipopt.sin(x) / pyscipopt.cos(x),
    "sinh": lambda x: (pyscipopt.exp(x) - pyscipopt.exp(-x)) / 2,
    "cosh": lambda x: (pyscipopt.exp(x) + pyscipopt.exp(-x)) / 2,
    "tanh": lambda x: 1 - 2 / (pyscipopt.exp(2 * x) + 1),
}


_ARITHMETIC = (NegationExpression, ProductExpression, DivisionExpression, SumExpression, NamedExpressionData)


def _combine(node: Any, parts: list[Any]):
    if isinstance(node, AbsExpression):
        return abs(parts[0])
    if isinstance(node, UnaryFunctionExpression):
        return _function(str(node.getname()))(parts[0])
    if isinstance(node, PowExpression):
        return _power(node, *parts)
    if isinstance(node, _ARITHMETIC):
        return node._apply_operation(parts)
    if isinstance(node, RelationalExpression):
        return None  # the if-then-else around it is refused by its own name
    name = type(node).__name__.removesuffix("Expression")
    raise CannotExpress(f"SCIP cannot express {name} in {_short(node)}; use binary or auxiliary variables instead")


def _function(name: str):
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    known = ", ".join(_FUNCTIONS)
    raise CannotExpress(
        f"SCIP cannot express the function {name}; use only abs, {known}, or a piecewise-linear approximation"
    )


def _power(node: Any, base: Any, exponent: Any):
    if isinstance(exponent, int | float):
        return base ** (int(exponent) if float(exponent).is_integer() else float(exponent))
    if isinstance(base, int | float):
        return pyscipopt.exp(exponent * float(np.log(base)))
    low: Any = compute_bounds_on_expr(node.args[0])[0]
    if low is None or low <= 0:
        raise CannotExpress(f"the base of {_short(node)} may be 0 or negative; give it a positive lower bound")
    return pyscipopt.exp(exponent * pyscipopt.log(base))


def _short(node: Any) -> str:
    text = str(node)
    return text if len(text) <= 80 else text[:77] + "..."
