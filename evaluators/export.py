"""Runs inside the sandbox: the candidate's model in the forms that other tools read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pyomo.environ as pyo

from . import highs
from .compiled import Compiled
from .contract import ProgramFailure
from .driver import ConstantFalse, build, lp_text
from .solve import for_highs
from .verdict import Exported, SolveOptions

_LONGEST = 24_000_000
"""Longest text of one form, in characters, so that all fit into what the sandbox returns."""
_READABLE = 2000
"""Most nonzeros of a model that is worth typesetting."""


def export(candidate: ModuleType, data: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """An `Exported` as JSON; `options` is a `SolveOptions` as JSON."""
    settings = SolveOptions.model_validate(options)
    try:
        model, c = build(candidate, data, settings)
    except (ProgramFailure, ConstantFalse):
        return Exported(lp=None, mps=None, latex=None).model_dump()
    exported = Exported(lp=lp_text(c, model, _LONGEST), mps=_mps(c, settings), latex=_latex(c, model))
    return exported.model_dump()


def _mps(c: Compiled, options: SolveOptions) -> str | None:
    """Free MPS through HiGHS, names made safe; None for models that it does not take."""
    if not for_highs(c) or not len(c.variables):
        return None
    solver = highs.load(c, options, 1.0)
    for j, name in enumerate(_safe([c.column_name(j) for j in range(len(c.variables))])):
        solver.passColName(j, name)
    for i, name in enumerate(_safe([c.row_name(i) for i in range(len(c.rows))])):
        solver.passRowName(i, name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        solver.writeModel(str(path))
        text = path.read_text()
    return text if len(text) <= _LONGEST else None


def _safe(names: list[str]) -> list[str]:
    """MPS names hold no spaces and are unique."""
    taken: set[str] = set()
    safe = []
    for name in names:
        plain = base = "".join("_" if letter.isspace() else letter for letter in name)
        while plain in taken:
            plain = f"{base}_{len(taken)}"
        taken.add(plain)
        safe.append(plain)
    return safe


def _latex(c: Compiled, model: pyo.ConcreteModel) -> str | None:
    if len(c.value) > _READABLE or len(c.variables) > _READABLE:
        return None
    from pyomo.contrib.latex_printer import latex_printer

    try:
        return latex_printer(model)
    except Exception:  # Pyomo's printer covers only part of its own language and fails with whatever comes
        return None
