"""What one more of everything is worth: duals in words, and the cross-check's re-solves where duals do not exist."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from ..evaluators.verdict import ConstraintValue, Relaxation, Sensitivity, Verdict
from .formulate.formulation import Formulation
from .solution import Solution
from .wording import amount, component, number, one_more

_TINY = 1e-6


class Limits(BaseModel):
    """The lines to show, most valuable first, and a note on how to take them."""

    model_config = ConfigDict(frozen=True)

    lines: tuple[str, ...]
    note: str


def limits(solution: Solution) -> Limits:
    """Prices of binding constraints for LPs and convex QPs; for every other model what moving a datum does."""
    verdict = solution.verdict
    if verdict is None:
        return Limits(lines=(), note="")
    binding = [row for row in verdict.constraints if binds(row)]
    if any(row.dual is not None for row in verdict.constraints):
        note = "Prices hold for small changes." if binding else "No constraint binds."
        return Limits(lines=_priced(solution.formulation, verdict, binding), note=note)
    moved = sensitivities(solution)
    return Limits(lines=(*_names(binding), *moved), note=_no_prices(verdict, bool(moved)))


def binds(row: ConstraintValue) -> bool:
    """Whether the row has no slack left, but for the solver's tolerance."""
    bounds = [abs(bound) for bound in (row.lower, row.upper) if bound is not None]
    return row.slack is not None and row.slack <= _TINY * max(1.0, *bounds, 0.0)


def _priced(formulation: Formulation | None, verdict: Verdict, binding: list[ConstraintValue]) -> tuple[str, ...]:
    priced = [row for row in binding if abs(row.dual or 0.0) > _TINY]
    free = [row for row in binding if abs(row.dual or 0.0) <= _TINY]
    priced.sort(key=lambda row: -abs(row.dual or 0.0))
    lines = [price(formulation, verdict.sense, row) for row in priced]
    return (*lines, *_names(free, "Also binding, at no price"))


def price(formulation: Formulation | None, sense: str | None, row: ConstraintValue) -> str:
    """`one more hour of oven is worth 3.20`: the change of the objective per unit of the row's bound, in words."""
    source = component(formulation, row.name)
    dual = row.dual or 0.0
    gains = "is worth" if sense == "maximize" else "saves"
    verb = gains if (dual > 0) == (sense == "maximize") else "costs"
    value = amount(abs(dual), formulation.objective.unit if formulation else "")
    return f"{one_more(source.unit if source else '')} of `{row.name}` {verb} {value}"


def _names(rows: list[ConstraintValue], words: str = "Binding") -> Iterable[str]:
    if not rows:
        return ()
    more = f" and {len(rows) - 8:,} more" if len(rows) > 8 else ""
    return (f"{words}: {', '.join(f'`{row.name}`' for row in rows[:8])}{more}",)


def _no_prices(verdict: Verdict, moved: bool) -> str:
    kind = verdict.statistics.model_class if verdict.statistics else ""
    why = "Whole-number models have no prices" if kind in ("MIP", "MIQP", "MINLP") else "This model has no prices"
    return f"{why}: these are optima of the model solved anew." if moved else f"{why}."


def sensitivities(solution: Solution) -> tuple[str, ...]:
    """One line for every datum whose move moved the optimum, the strongest first."""
    if solution.perturbation is None or solution.objective is None:
        return ()
    best = solution.objective
    moves = [
        (abs(result - best), _moved(each, way, best, result))
        for each in solution.perturbation.sensitivities
        for way, result in (("more", each.up), ("less", each.down))
        if result is not None and abs(result - best) > _TINY * max(1.0, abs(best))
    ]
    return tuple(line for _, line in sorted(moves, key=lambda move: -move[0]))


def _moved(datum: Sensitivity, way: str, best: float, result: float) -> str:
    if datum.value == 0:
        move = f"`{datum.path}` at {number(datum.step if way == 'more' else -datum.step)} instead of 0"
    else:
        move = f"{100 * datum.step:.3g} % {way} of `{datum.path}`"
    return f"{move}: optimum {number(best)} → {number(result)}"


def relaxed(formulation: Formulation | None, change: Relaxation) -> str:
    """`lower the bound of staff[Mon] from 12 to 9 (by 3 nurses)`."""
    source = component(formulation, change.constraint)
    verb, sign = ("lower", -1) if change.side == "lower" else ("raise", 1)
    least = "at least" if change.side == "lower" else "at most"
    target = change.bound + sign * change.by
    by = amount(change.by, source.unit if source else "")
    name = change.constraint.removeprefix("bound:")
    return f"{verb} `{name}` from {least} {number(change.bound)} to {least} {number(target)} (by {by})"
