"""Runs inside the sandbox: the candidate's model with one of its variables forced beyond where the optimum has it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name

from .contract import broken
from .driver import drive

FORCED = "forced"
"""Name of the constraint that forces; with underscores and a number behind it where the model has such a name."""


def force(
    candidate: ModuleType,
    data: dict[str, Any],
    variable: str,
    lower: float | None,
    upper: float | None,
    options: dict[str, Any],
) -> dict[str, Any]:
    """`drive`, with a further constraint lower ≤ variable ≤ upper, where None is no bound.

    The variable is called as the verdict calls it. A constraint, and not a bound: it holds for a fixed variable too,
    and a conflict names it.
    """
    build_model = getattr(candidate, "build_model", None)

    def forced(given: dict[str, Any]) -> Any:
        assert callable(build_model)
        model = build_model(given)
        if isinstance(model, pyo.ConcreteModel):
            row = pyo.Constraint(expr=pyo.inequality(lower, _variable(model, variable), upper))
            model.add_component(unique_component_name(model, FORCED), row)
        return model

    if callable(build_model):
        candidate.build_model = forced  # pyright: ignore[reportAttributeAccessIssue]
    return drive(candidate, data, options)


def _variable(model: pyo.ConcreteModel, name: str) -> Any:
    for each in model.component_data_objects(pyo.Var, descend_into=True):
        if each.name == name:
            return each
    raise broken(f"the model has no variable {name!r}")
