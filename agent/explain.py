"""Why a finished run came out as it did: what binds and at what price, what cannot hold together, why not more of x.

Nothing here calls a model. Prices, conflicts and relaxations come from the run's verdict; only a variable that is
forced is solved again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..errors import UsageError
from ..evaluators.forced import FORCED
from ..evaluators.program import judge_forced
from ..evaluators.verdict import ConstraintValue, Relaxation, SolveOptions, VariableValue, Verdict
from ..sandbox.contract import Sandbox
from .finished import Finished
from .formulate.formulation import Constraint, Formulation, Variable
from .prices import binds, limits, price, relaxed
from .sections import one_line, words_behind
from .solution import Solution
from .wording import amount, component, number, plural, shorten

LISTED = 12
"""Rows or members that one explanation names."""
_STEP = 0.1
"""By how much of its value a continuous variable is forced; by 1 where it is 0."""
_SAME = 1e-6


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


# ---- why there is no answer, or what limits the one there is


class Member(Record):
    """One of the constraints and bounds that cannot hold together."""

    name: str
    words: str
    """The sentence behind it; empty where none is known."""


class WayOut(Record):
    """One bound to move; all of a diagnosis' ways out together make the model feasible, at the least change."""

    words: str
    change: Relaxation


class Growth(Record):
    """A variable of an unbounded model, and how fast it moves where the objective improves for ever."""

    name: str
    rate: float
    words: str


class Diagnosed(Record):
    """What a verdict says beyond its status; `text` says it all in sentences."""

    status: str
    text: tuple[str, ...]
    conflict: tuple[Member, ...] = ()
    minimal: bool = True
    """Whether every member of the conflict was shown to be needed."""
    relaxation: tuple[WayOut, ...] = ()
    grows: tuple[Growth, ...] = ()
    limits: tuple[str, ...] = ()
    """What binds, with prices where the model has them."""
    note: str = ""


def diagnosed(solution: Solution) -> Diagnosed:
    """A finished run: why it is infeasible or unbounded, what it lacks, or what binds and at what price."""
    verdict = solution.verdict
    if verdict is None or verdict.status in ("failed", "limit"):
        return Diagnosed(status=solution.status, text=(one_line(solution.error or "there is no model to diagnose"),))
    if not verdict.solved:
        told = trouble(solution.formulation, verdict)
        return told.model_copy(update={"text": (one_line(solution.explanation or told.text[0]), *told.text[1:])})
    found = limits(solution)
    text = tuple(map(one_line, (*found.lines, found.note)))
    return Diagnosed(status=verdict.status, text=text, limits=found.lines, note=found.note)


def relaxes(solution: Solution) -> bool:
    """Whether there is a cheapest way out of an infeasible problem to take."""
    found = solution.verdict.diagnosis if solution.verdict else None
    return solution.status == "infeasible" and bool(found and found.relaxations)


def trouble(formulation: Formulation | None, verdict: Verdict) -> Diagnosed:
    """Why there is no point: the conflict in the problem's own sentences and the cheapest way out, or what grows."""
    found = verdict.diagnosis
    if verdict.failure or found is None:
        why = verdict.failure.message.splitlines()[0] if verdict.failure else "nothing more is known"
        return Diagnosed(status=verdict.status, text=(one_line(f"{verdict.status}: {why}"),))
    conflict = tuple(Member(name=name, words=words_behind(formulation, name)) for name in found.conflict)
    ways = tuple(WayOut(words=relaxed(formulation, each), change=each) for each in found.relaxations)
    grows = tuple(Growth(name=n, rate=r, words=words_behind(formulation, n)) for n, r in found.ray.items())
    told = Diagnosed(
        status=verdict.status,
        text=(),
        conflict=conflict,
        minimal=found.conflict_is_minimal,
        relaxation=ways,
        grows=grows,
        note=found.note,
    )
    return told.model_copy(update={"text": tuple(map(one_line, _sentences(told)))})


def _sentences(found: Diagnosed) -> list[str]:
    lines = [f"The problem is {found.status}."]
    if found.conflict:
        lines.append("These cannot all hold:" if found.minimal else "The conflict is among these:")
        lines += _grouped(found.conflict)
    if found.relaxation:
        lines.append("The cheapest way out, all of it together:")
        lines += [f"- {each.words}" for each in found.relaxation[:LISTED]]
    if found.grows:
        lines.append("These can move together for ever, and the objective keeps improving; what limits them?")
        lines += [f"- {each.name} ({each.rate:+g}) {each.words}" for each in found.grows[:LISTED]]
    return [*lines, *filter(None, [found.note])]


def _grouped(conflict: Sequence[Member]) -> list[str]:
    """A line for each sentence: rows of one constraint that come from the same words share one."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in conflict:
        groups.setdefault((family(each.name), each.words), []).append(each.name)
    return [f"- {_several(names)} {words}" for (_, words), names in groups.items()][:LISTED]


def _several(names: Sequence[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more:,} more" if more > 0 else "")


# ---- why this constraint, why not more of that variable


class Forced(Record):
    """The model with a variable held at least one step above its value, or at most one step below."""

    way: Literal["up", "down"]
    to: float
    status: str
    objective: float | None
    costs: float | None
    """By how much the objective gets worse, in its unit; None where there is no optimum to compare."""
    conflict: tuple[str, ...] = ()
    """Infeasible: what stands in the way."""


class Explained(Record):
    about: str
    kind: Literal["constraint", "variable", "whole"]
    text: tuple[str, ...]
    """The explanation in sentences."""
    words: str = ""
    """The sentence behind it, or what it stands for."""
    rows: tuple[ConstraintValue, ...] = ()
    """The constraint's rows at the solution, those that bind first; 12 at most."""
    value: float | None = None
    """The variable's."""
    forced: tuple[Forced, ...] = ()


async def explain(pool: Sandbox, run: Finished, about: str, options: SolveOptions) -> Explained:
    """About a constraint, a variable, or the whole (`about` empty or `whole`).

    A variable is forced one step up and down, and both are solved. Raises UsageError for a name that the model does
    not have, for a variable with several members, and for a variable of a model without a solution.
    """
    name = about.strip()
    if name.lower() in ("", "whole", "all", "everything"):
        return _whole(run)
    if rows := _rows(run, name):
        return _constraint(run, name, rows)
    return await _variable(pool, run, _member(run, name), options)


def _whole(run: Finished) -> Explained:
    solution, found = run.solution, diagnosed(run.solution)
    readings = [
        f"“{shorten(each.words, 120)}” is read as {each.chosen}; as {each.other} it would be "
        f"{each.status if each.objective is None else number(each.objective)}."
        for each in solution.readings
        if each.changes
    ]
    text = (solution.explanation, *found.text, *readings, *(flag.message for flag in solution.flags))
    return Explained(about="whole", kind="whole", text=tuple(one_line(each) for each in text if each.strip()))


def _rows(run: Finished, name: str) -> list[ConstraintValue]:
    """The rows that `name` calls: one by its own name, or all of the formulation's constraint of that name."""
    named = [row for row in run.verdict.constraints if _called(name, row.name) or name == family(row.name)]
    if not named and any(each.name == name for each in run.formulation.constraints):
        named = [row for row in run.verdict.constraints if component(run.formulation, row.name) == _source(run, name)]
    return sorted(named, key=lambda row: not binds(row))


def _source(run: Finished, name: str) -> Constraint | None:
    return next((each for each in run.formulation.constraints if each.name == name), None)


def _called(said: str, name: str) -> bool:
    """Whether `said` is the component's name, but for spaces and quotes: `flow[A, 'B C']` is `flow[A,'B C']`."""
    return re.sub(r"[\s'\"]", "", said) == re.sub(r"[\s'\"]", "", name)


def family(name: str) -> str:
    """`flow[north,A]` → `flow`."""
    return re.sub(r"\[.*", "", name)


def _constraint(run: Finished, name: str, rows: Sequence[ConstraintValue]) -> Explained:
    source = component(run.formulation, rows[0].name)
    unit = source.unit if source else ""
    binding = [row for row in rows if binds(row)]
    text = [f"`{name}` binds." if binding else f"`{name}` does not bind."]
    if len(rows) > 1:
        text = [f"{len(binding):,} of {plural(len(rows), 'row')} of `{name}` bind."]
    for row in rows[:LISTED]:
        text.append(_row(run, row, unit))
    words = words_behind(run.formulation, rows[0].name)
    said = [f"It comes from {words}."] if words else []
    return Explained(
        about=name,
        kind="constraint",
        text=tuple(map(one_line, (*text, *said))),
        words=words,
        rows=tuple(rows[:LISTED]),
    )


def _row(run: Finished, row: ConstraintValue, unit: str) -> str:
    sides = [
        f"{word} {number(bound)}"
        for word, bound in (("at least", row.lower), ("at most", row.upper))
        if bound is not None
    ]
    here = f"`{row.name}` is at {amount(row.body, unit)}, {' and '.join(sides) or 'free'}"
    if not binds(row):
        # Without prices the model is not convex: a limit that does not bind may still keep a better plan out.
        nothing = "; moving its limit a little changes nothing" if row.dual is not None else ""
        return f"{here}: {amount(row.slack, unit)} to spare{nothing}."
    if row.dual is None:
        return f"{here}. This kind of model has no prices: change the limit and solve again to see what it is worth."
    if abs(row.dual) <= _SAME:
        return f"{here}, but a little more or less of it changes nothing."
    return f"{here}: {price(run.formulation, run.verdict.sense, row)}."


def _member(run: Finished, name: str) -> VariableValue:
    """The variable that `name` calls. Raises UsageError where it calls none, or several."""
    if not run.verdict.solved:
        raise UsageError(f"run {run.solution.run} is {run.solution.status}, so no variable has a value; diagnose it")
    listed = {each.name: each for each in run.verdict.variables}
    if exact := [each for each in listed if _called(name, each)]:
        return listed[exact[0]]
    members = [each for each in listed if family(each) == name]
    if len(members) == 1:
        return listed[members[0]]
    if members:
        shown = sorted(members, key=lambda each: not listed[each].value)[:LISTED]
        values = ", ".join(f"{each} = {number(listed[each].value)}" for each in shown)
        raise UsageError(f"{name} has {len(members):,} members: name one of them, such as {values}")
    if run.verdict.omitted and isinstance(component(run.formulation, name), Variable):
        return VariableValue(name=name, value=0.0, lower=0.0)  # only zeros are left out of a large model's list
    raise UsageError(one_line(_unknown(run, name)))


def _unknown(run: Finished, name: str) -> str:
    rows = [each.name for each in run.verdict.constraints]
    columns = [each.name for each in run.verdict.variables]
    known = list(dict.fromkeys([*map(family, rows), *map(family, columns), *rows, *columns]))
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    more = ", …" if len(known) > 40 else ""
    return (
        f"the model has no constraint or variable {shorten(name, 80)!r}; {meant}there are {', '.join(known[:40])}{more}"
    )


async def _variable(pool: Sandbox, run: Finished, variable: VariableValue, options: SolveOptions) -> Explained:
    value, step = variable.value or 0.0, _step(variable)
    up, down = value + step, value - step
    forced = []
    if variable.upper is None or up <= variable.upper + _SAME:
        forced.append(await _force(pool, run, variable.name, "up", up, options))
    if variable.lower is None or down >= variable.lower - _SAME:
        forced.append(await _force(pool, run, variable.name, "down", down, options))
    unit = run.formulation.objective.unit
    source = component(run.formulation, variable.name)
    own = source.unit if source else ""
    text = [f"`{variable.name}` is {amount(value, own)}.", *_at_bound(variable, up, down, own)]
    text += [_told(each, unit, own) for each in forced]
    return Explained(
        about=variable.name,
        kind="variable",
        text=tuple(map(one_line, text)),
        words=words_behind(run.formulation, variable.name),
        value=value,
        forced=tuple(forced),
    )


def _step(variable: VariableValue) -> float:
    """One piece of what comes whole; a tenth of the value otherwise, and at 0 a tenth of a small range, else 1."""
    if variable.domain != "real":
        return 1.0
    if variable.value and abs(variable.value) > _SAME:
        return _STEP * abs(variable.value)
    return min(1.0, _STEP * variable.upper) if variable.upper else 1.0


def _at_bound(variable: VariableValue, up: float, down: float, unit: str) -> list[str]:
    lines = []
    if variable.upper is not None and up > variable.upper + _SAME:
        lines.append(f"A step more is beyond its own upper bound, {amount(variable.upper, unit)}.")
    if variable.lower is not None and down < variable.lower - _SAME:
        lines.append(f"A step less is beyond its own lower bound, {amount(variable.lower, unit)}.")
    return lines


async def _force(
    pool: Sandbox, run: Finished, name: str, way: Literal["up", "down"], to: float, options: SolveOptions
) -> Forced:
    lower, upper = (to, None) if way == "up" else (None, to)
    verdict = await judge_forced(pool, run.solution.program, run.data, name, lower, upper, options)
    conflict = verdict.diagnosis.conflict if verdict.diagnosis else ()
    return Forced(
        way=way,
        to=to,
        status=verdict.status,
        objective=verdict.objective,
        costs=_worse(run.verdict, verdict),
        conflict=tuple(each for each in conflict if family(each) != FORCED),
    )


def _worse(before: Verdict, after: Verdict) -> float | None:
    if before.objective is None or after.objective is None:
        return None
    lost = before.objective - after.objective if before.sense == "maximize" else after.objective - before.objective
    return 0.0 if abs(lost) <= _SAME * max(1.0, abs(before.objective)) else lost


def _told(forced: Forced, unit: str, own: str) -> str:
    least = "at least" if forced.way == "up" else "at most"
    held = f"With {least} {amount(forced.to, own)} of it"
    if forced.status == "infeasible":
        against = f": against {', '.join(f'`{each}`' for each in forced.conflict[:LISTED])}" if forced.conflict else ""
        return f"{held} nothing is feasible{against}."
    if forced.costs is None:
        return f"{held} the solver says {forced.status}."
    best = f"the best is {amount(forced.objective, unit)}"
    if forced.costs == 0:
        return f"{held} {best} too: another plan is just as good."
    return f"{held} {best}, {amount(abs(forced.costs), unit)} {'worse' if forced.costs > 0 else 'better'}."
