"""A Pyomo model as arrays, made in one walk: what the solvers, the fingerprint and the diagnosis work on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.core.base.sos import SOSConstraint
from pyomo.core.expr.numeric_expr import UnaryFunctionExpression
from pyomo.gdp import Disjunct, Disjunction
from pyomo.repn.quadratic import QuadraticRepnVisitor
from pyomo.repn.util import (
    FileDeterminism,
    FileDeterminism_to_SortComponents,
    OrderedVarRecorder,
    categorize_valid_components,
)

from .contract import broken
from .expressions import rewrite
from .verdict import ModelClass, ModelStatistics

INF = float("inf")

Terms = dict[tuple[int, int], float]
"""Quadratic terms: (column, column) -> coefficient, each unordered pair once."""

Array = np.ndarray[Any, Any]

_HARMLESS = {
    pyo.Block,
    pyo.Constraint,
    pyo.Objective,
    pyo.Var,
    pyo.Param,
    pyo.Expression,
    pyo.Set,
    pyo.RangeSet,
    pyo.BuildAction,
    pyo.BuildCheck,
    pyo.Suffix,
    pyo.BooleanVar,
    SOSConstraint,
    Disjunct,
}


@dataclass(frozen=True, eq=False)
class Compiled:
    """n columns, m rows; row i says row_lower ≤ linear + quadratic + general ≤ row_upper, its constant in the bounds.

    Variants of a model (a row freed, a column added, another objective) are made by replacing arrays; a column beyond
    `variables` belongs to no Pyomo variable.
    """

    maximize: bool
    variables: list[Any]
    lower: Array
    upper: Array
    integer: Array
    cost: Array
    offset: float
    rows: list[Any]
    row_lower: Array
    row_upper: Array
    constant: Array
    """What was moved to the bounds: Pyomo's body is the row's body plus this."""
    start: Array
    index: Array
    value: Array
    hessian: Terms = field(default_factory=dict)
    objective_general: Any = None
    """What is neither linear nor quadratic in the objective, as a Pyomo expression."""
    quadratic: dict[int, Terms] = field(default_factory=dict)
    general: dict[int, Any] = field(default_factory=dict)
    sos: tuple[tuple[int, tuple[int, ...], tuple[float, ...]], ...] = ()
    """Special ordered sets: level, columns, weights."""
    position: dict[int, int] = field(default_factory=dict)
    """id of a Pyomo variable -> its column."""

    @property
    def linear_rows(self) -> bool:
        return not (self.quadratic or self.general or self.sos)

    @property
    def model_class(self) -> ModelClass:
        discrete = bool(self.integer.any()) or bool(self.sos)
        if self.quadratic or self.general or self.objective_general is not None:
            return "MINLP" if discrete else "NLP"
        if self.hessian:
            return "MIQP" if discrete else "QP"
        return "MIP" if discrete else "LP"

    def row_name(self, i: int) -> str:
        return self.rows[i].name

    def column_name(self, j: int) -> str:
        return self.variables[j].name

    def without_objective(self) -> Compiled:
        return replace(self, cost=np.zeros_like(self.cost), offset=0.0, hessian={}, objective_general=None)


def compile_model(model: pyo.ConcreteModel) -> Compiled:
    """Compile the active part of `model`.

    Disjunctions become big-M rows first. Raises `ProgramFailure` for what no solver here takes: not exactly one active
    objective, unknown components, odd domains, a fixed variable without a value, a coefficient that is not a number.
    """
    _check_components(model)
    objective = _objective(model)
    with PauseGC():
        return _Compiler(model).compile(objective)


def _objective(model: pyo.ConcreteModel):
    active = list(model.component_data_objects(pyo.Objective, active=True))
    if len(active) == 1:
        return active[0]
    if not active:
        raise broken("the model has no active objective; add one `pyo.Objective` (expr=0 if any point will do)")
    names = ", ".join(objective.name for objective in active[:5])
    raise broken(f"the model has {len(active)} active objectives ({names}); keep exactly one")


def _check_components(model: pyo.ConcreteModel) -> None:
    if any(True for _ in model.component_data_objects((Disjunction, pyo.LogicalConstraint), active=True)):
        _remove_logic(model)
    _, unknown = categorize_valid_components(model, active=True, valid=_HARMLESS)
    for kind, found in unknown.items():
        raise broken(f"{found[0].name} is a {kind.__name__}, which no solver here takes; use Var and Constraint")


def _remove_logic(model: pyo.ConcreteModel) -> None:
    try:
        for name in ("core.logical_to_linear", "gdp.bigm"):
            transformation: Any = pyo.TransformationFactory(name)
            transformation.apply_to(model)
    except Exception as error:  # the transformations raise many types, all of which mean that the model is at fault
        text = " ".join(str(error).split())
        raise broken(f"the disjunctions have no big-M form: {text}; bound the variables or use binaries") from None


class _Compiler:
    def __init__(self, model: pyo.ConcreteModel):
        self.model = model
        columns = {id(v): v for v in model.component_data_objects(pyo.Var, active=True) if not v.fixed}
        order = {key: position for position, key in enumerate(columns)}
        sorter = FileDeterminism_to_SortComponents(FileDeterminism.ORDERED)
        self.columns = columns
        visitor = QuadraticRepnVisitor({}, var_recorder=OrderedVarRecorder(columns, order, sorter))
        self.walk: Callable[[Any], Any] = visitor.walk_expression

    def compile(self, objective: Any) -> Compiled:
        goal = self.walk(objective.expr)
        rows = list(self.model.component_data_objects(pyo.Constraint, active=True))
        sos = list(self.model.component_data_objects(SOSConstraint, active=True))
        bounds, start, ids, value, terms, general = self._walk(rows)
        self._record_sos(sos)
        fixed = (v for v in self.model.component_data_objects(pyo.Var, active=True) if v.fixed)
        variables = [*self.columns.values(), *(v for v in fixed if id(v) not in self.columns)]
        if not variables:
            raise broken("the model has no variables; declare the decisions with pyo.Var")
        position = {id(v): j for j, v in enumerate(variables)}
        lower, upper, integer = _domains(variables)
        cost = np.zeros(len(variables))
        for key, coefficient in goal.linear.items():
            cost[position[key]] = coefficient
        compiled = Compiled(
            maximize=objective.sense == pyo.maximize,
            variables=variables,
            lower=lower,
            upper=upper,
            integer=integer,
            cost=cost,
            offset=float(goal.constant),
            rows=rows,
            row_lower=bounds[:, 0],
            row_upper=bounds[:, 1],
            constant=bounds[:, 2],
            start=np.array(start, dtype=np.int32),
            index=np.fromiter(map(position.__getitem__, ids), np.int32, len(ids)),
            value=np.array(value, dtype=float),
            hessian=_columns(goal.quadratic, position),
            objective_general=goal.nonlinear,
            quadratic={i: _columns(found, position) for i, found in terms.items()},
            general=general,
            sos=tuple(_sos(found, position) for found in sos),
            position=position,
        )
        _check_numbers(compiled, objective.name)
        return compiled

    def _walk(self, rows: list[Any]):
        bounds = np.empty((len(rows), 3))
        start, ids, value = [0], [], []
        quadratic: dict[int, dict] = {}
        general: dict[int, Any] = {}
        for i, row in enumerate(rows):
            low, body, high = row.to_bounded_expression(evaluate_bounds=True)
            found = self.walk(body)
            constant = float(found.constant)
            bounds[i] = (-INF if low is None else low) - constant, (INF if high is None else high) - constant, constant
            ids.extend(found.linear)
            value.extend(found.linear.values())
            start.append(len(ids))
            if found.quadratic:
                quadratic[i] = found.quadratic
            if found.nonlinear is not None:
                general[i] = found.nonlinear
        return bounds, start, ids, value, quadratic, general

    def _record_sos(self, sets: Iterable[Any]) -> None:
        for found in sets:
            for variable in found.variables:
                self.columns.setdefault(id(variable), variable)


def _columns(terms: dict | None, position: dict[int, int]) -> Terms:
    found: Terms = {}
    for (a, b), coefficient in (terms or {}).items():
        i, j = sorted((position[a], position[b]))
        total = found.get((i, j), 0.0) + float(coefficient)
        found[i, j] = total
    return {key: coefficient for key, coefficient in found.items() if coefficient}


def _sos(found: Any, position: dict[int, int]) -> tuple[int, tuple[int, ...], tuple[float, ...]]:
    pairs = sorted(((float(weight), position[id(v)]) for v, weight in found.get_items()))
    return found.level, tuple(column for _, column in pairs), tuple(weight for weight, _ in pairs)


def _domains(variables: list[Any]) -> tuple[Array, Array, Array]:
    n = len(variables)
    lower, upper, integer = np.empty(n), np.empty(n), np.empty(n, dtype=bool)
    steps: dict[int, bool] = {}
    for j, variable in enumerate(variables):
        if variable.fixed:
            if variable.value is None:
                raise broken(f"variable {variable.name} is fixed without a value; give `fix` a number")
            low = high = float(variable.value)
        else:
            low, high = variable.bounds
        lower[j] = -INF if low is None else low
        upper[j] = INF if high is None else high
        domain = variable.domain
        if id(domain) not in steps:
            steps[id(domain)] = _whole(domain, variable)
        integer[j] = steps[id(domain)]
    return lower, upper, integer


def _whole(domain: Any, variable: Any) -> bool:
    step = domain.get_interval()[2]
    if step in (0, 1):
        return step == 1
    raise broken(f"variable {variable.name} has the domain {domain}; use Reals, Integers or Binary")


def _check_numbers(c: Compiled, objective: str) -> None:
    """Data that are missing or not numbers show up here as nan or infinite coefficients."""
    hint = "check the data it is computed from"
    for j in _bad(c.cost):
        raise broken(f"the coefficient of {c.column_name(j)} in objective {objective} is {c.cost[j]}; {hint}")
    for k in _bad(c.value):
        i = int(np.searchsorted(c.start, k, side="right")) - 1
        raise broken(
            f"the coefficient of {c.column_name(c.index[k])} in constraint {c.row_name(i)} is {c.value[k]}; {hint}"
        )
    for i in map(int, np.flatnonzero(np.isnan(c.row_lower) | np.isnan(c.row_upper))):
        raise broken(f"the bound of constraint {c.row_name(i)} is not a number; {hint}")
    for j in map(int, np.flatnonzero(np.isnan(c.lower) | np.isnan(c.upper))):
        raise broken(f"a bound of variable {c.column_name(j)} is not a number; {hint}")
    if not np.isfinite(c.offset):
        raise broken(f"the constant of objective {objective} is {c.offset}; {hint}")


def _bad(values: Array) -> Iterator[int]:
    return map(int, np.flatnonzero(~np.isfinite(values)))


def statistics(c: Compiled) -> ModelStatistics:
    binary = c.integer & (c.lower >= 0) & (c.upper <= 1)
    equal = c.row_lower == c.row_upper
    sizes = np.abs(np.concatenate([c.value, c.cost]))
    sizes = sizes[sizes > 0]
    return ModelStatistics(
        model_class=c.model_class,
        continuous=int((~c.integer).sum()),
        integer=int((c.integer & ~binary).sum()),
        binary=int(binary.sum()),
        equalities=int(equal.sum()),
        inequalities=int((~equal).sum()),
        nonlinear=len(c.quadratic.keys() | c.general.keys()),
        nonzeros=len(c.value),
        coefficient_range=(float(sizes.min()), float(sizes.max())) if len(sizes) else None,
    )


def fingerprint(c: Compiled) -> str:
    """Hash of everything that decides the model's solutions; names play no part, the order of declaration does."""
    digest = hashlib.sha256()
    for array in (c.lower, c.upper, c.integer, c.cost, c.row_lower, c.row_upper, c.start, c.index, c.value):
        digest.update(np.ascontiguousarray(array).tobytes())
    rest = (
        c.maximize,
        c.offset,
        sorted(c.hessian.items()),
        signature(c, c.objective_general),
        sorted((i, sorted(terms.items())) for i, terms in c.quadratic.items()),
        [(i, signature(c, expression)) for i, expression in c.general.items()],
        c.sos,
    )
    digest.update(repr(rest).encode())
    return digest.hexdigest()[:32]


def signature(c: Compiled, expression: Any) -> str:
    """The expression with columns in place of names."""
    if expression is None:
        return ""
    return rewrite(expression, lambda variable: f"x{c.position[id(variable)]}", _text)


def _text(node: Any, parts: list[Any]) -> str:
    name = node.getname() if isinstance(node, UnaryFunctionExpression) else type(node).__name__
    return f"{name}({','.join(map(str, parts))})"
