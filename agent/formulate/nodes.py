"""The pure steps of the graph: what a prompt is told, what a verdict means, what agrees with what."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import isclose
from typing import TYPE_CHECKING, Any, TypeVar

from ...datasets.tables import Table, Value, describe, to_data
from ...evaluators.verdict import Diagnosis, Perturbation, Progress, Verdict
from ..solution import ReadingOutcome
from .formulation import Constraint, Formulation, IndexSet, Parameter, Quantity, Reading, Variable
from .formulation import Value as JSON

if TYPE_CHECKING:
    from .state import Revision

E = TypeVar("E", IndexSet, Parameter, Variable, Constraint, Quantity)
Data = dict[str, Any]
"""JSON values by name: parameters, tables as lists of rows, and `readings`."""


# ---- data


def bind(formulation: Formulation, files: Sequence[Table | Value]) -> Data:
    """What the program receives: parameters of the text, the data files, and the switches as chosen."""
    stated = {p.name: p.value for p in formulation.parameters if p.value is not None and not p.column}
    switches = {reading.name: reading.chosen for reading in formulation.readings}
    return {**stated, **to_data(files), "readings": switches}


def switched(data: Data, reading: Reading) -> Data:
    """The same data under the second reading."""
    return {**data, "readings": {**data["readings"], reading.name: reading.other}}


def bare(text: str) -> str:
    """Words alone, to compare what somebody typed with an option: `whole_units` is `Whole units.`"""
    return " ".join(re.findall(r"\w+", text.replace("_", " ").casefold()))


def revised(formulation: Formulation, revision: Revision) -> Formulation:
    """The formulation with a revision's elements in it, each in the place of the one with its name, or at the end."""
    kinds = ("sets", "parameters", "variables", "constraints", "quantities")
    lists = {
        kind: _merged(getattr(formulation, kind), getattr(revision, kind), set(revision.removed)) for kind in kinds
    }
    objective = revision.objective or formulation.objective
    return formulation.model_copy(update={**lists, "objective": objective, "missing": revision.missing})


def _merged(old: Sequence[E], new: Sequence[E], removed: set[str]) -> list[E]:
    named = {each.name: each for each in (*old, *new)}
    return [each for name, each in named.items() if name not in removed]


def describe_keys(formulation: Formulation, files: Sequence[Table | Value]) -> str:
    """The keys of `data`, one a line, as `write_program` and `repair` show them."""
    stated = [
        f'data["{p.name}"] = {_shortened(p.value)}  # {p.description}, in {p.unit or "no unit"}'
        for p in formulation.parameters
        if p.value is not None and not p.column
    ]
    given = [f'data["{f.name}"]: {_kind(f)}' for f in files]
    held = [
        f"- {p.column}: {p.name}, {p.description}, in {p.unit or 'no unit'}" for p in formulation.parameters if p.column
    ]
    switches = [
        f'data["readings"]["{r.name}"] is "{r.chosen}" or "{r.other}"  # {r.question} If "{r.other}": {r.change}'
        for r in formulation.readings
        if r.other
    ]
    return "\n".join([*stated, *given, *held, *switches]) or "nothing"


def _shortened(value: JSON) -> str:
    text = json.dumps(value)
    return text if len(text) <= 600 else text[:600] + " …"


def _kind(file: Table | Value) -> str:
    return f"a list of {len(file.rows)} rows" if isinstance(file, Table) else "the JSON value described above"


def describe_files(files: Sequence[Table | Value]) -> str:
    return describe(files) if files else "none"


# ---- findings: why a program must be edited


def findings_of(verdict: Verdict, program: str, formulation: Formulation) -> str:
    """What the repair prompt is told of a verdict; empty where there is nothing to mend."""
    if verdict.failure:
        return _failure(verdict, program)
    if verdict.status in ("infeasible", "unbounded"):
        return _diagnosis(verdict, formulation)
    if not verdict.solved:
        return ""  # a limit hit before there was a solution: no edit is known to help
    return "\n".join([*_infeasible_point(verdict), *_contract(verdict, program, formulation)])


def _failure(verdict: Verdict, program: str) -> str:
    failure = verdict.failure
    assert failure
    where = ""
    if failure.line and failure.line <= len(lines := program.splitlines()):
        where = f"\nLine {failure.line}: `{lines[failure.line - 1].strip()}`"
    trace = f"\n{failure.traceback[-1500:]}" if failure.traceback else ""
    printed = f"\nIt printed: {verdict.stdout[-300:]}" if verdict.stdout.strip() else ""
    return f"The program failed ({failure.kind}): {failure.message}{where}{trace}{printed}"


def _diagnosis(verdict: Verdict, formulation: Formulation) -> str:
    diagnosis = verdict.diagnosis or Diagnosis(kind="infeasible" if verdict.status == "infeasible" else "unbounded")
    lines = [f"The solver proved the model {verdict.status}. {diagnosis.note}".strip()]
    if diagnosis.conflict:
        kind = "irreducible" if diagnosis.conflict_is_minimal else "not reduced to the end"
        lines += [f"These constraints cannot hold together ({kind}):"]
        lines += [f"- {name}{_from(name, formulation)}" for name in diagnosis.conflict[:25]]
    lines += [
        f"It would become feasible if `{r.constraint}` moved its {r.side} bound {r.bound:g} by {r.by:g}."
        for r in diagnosis.relaxations[:10]
    ]
    if diagnosis.ray:
        ray = ", ".join(f"{name} ({step:+g})" for name, step in list(diagnosis.ray.items())[:20])
        lines += [f"These variables can grow for ever, in these directions: {ray}."]
    return "\n".join(lines)


def _from(component: str, formulation: Formulation) -> str:
    """The words that a component of the model comes from."""
    name = re.split(r"[\[(]", component.removeprefix("bound:"))[0]
    quote = next((c.quote for c in formulation.constraints if c.name == name and c.quote), "")
    return f", from the words: {quote}" if quote else ""


def _infeasible_point(verdict: Verdict) -> list[str]:
    check = verdict.feasibility
    if check is None or check.ok:
        return []
    return [f"The returned point violates the {check.kind} `{check.where}` by {check.worst_violation:g}."]


def _contract(verdict: Verdict, program: str, formulation: Formulation) -> list[str]:
    absent = [q.name for q in formulation.quantities if q.name not in verdict.report]
    unread = [r.name for r in formulation.readings if r.other and r.name not in program]
    return [f"`report` does not return the quantity `{name}`." for name in absent] + [
        f'The program does not read the switch `data["readings"]["{name}"]`.' for name in unread
    ]


def path_of(parameter: Parameter, files: Sequence[Table | Value]) -> str:
    """The parameter's place in `data`, as the cross-check writes it: `budget`, `demand.units`, `settings['hours']`."""
    if not parameter.column:
        return parameter.name
    root, *keys = parameter.column.split(".")
    if any(isinstance(f, Value) and f.name == root for f in files):
        return root + "".join(f"[{key!r}]" for key in keys)
    return parameter.column


def overlooked(
    unused: Sequence[str], data: Data, formulation: Formulation, files: Sequence[Table | Value]
) -> tuple[str, ...]:
    """Of the data that never change the model, those that the formulation leans on.

    A number in a data file that only says how many of something there are is none of them: a program counts for
    itself. A number in the text always counts, whatever its value: it may be a limit that was forgotten.
    """
    stated = {p.name for p in formulation.parameters if not p.column}
    held = {path_of(p, files) for p in formulation.parameters if p.column}
    sizes = {len(value) for value in data.values() if isinstance(value, (list, dict))}
    sizes |= {len(s.members) for s in formulation.sets if s.members}
    return tuple(
        path for path in unused if path.split("[")[0] in stated or (path in held and _at(data, path) not in sizes)
    )


def _keys(path: str) -> list[str]:
    """`rules['cost'][2]` and `demand.units` as their keys."""
    return [part.strip("'\"") for part in re.split(r"\[|\]\[|\]|\.", path) if part]


def _at(data: Data, path: str) -> object:
    """The whole number at a path of `data`; None for any other value, and for a table's column."""
    value: Any = data
    for key in _keys(path):
        if isinstance(value, dict):
            value = value.get(key)
        else:
            value = value[int(key)] if isinstance(value, list) and key.isdigit() else None
    return value if isinstance(value, int) else None


def cross_findings(perturbation: Perturbation) -> str:
    """What the cross-check against the data leaves to mend; empty where nothing."""
    unused = [f"No change of `{path}` changes the model: the program never uses it." for path in perturbation.unused]
    return "\n".join([*unused, *perturbation.contradictions])


# ---- agreement


def agree(a: Verdict, b: Verdict) -> bool:
    """Whether two verdicts say the same of one problem.

    Proved optima agree within 1e-6 relative or 1e-4 absolute (1e-4 relative where a model is
    nonlinear: global solvers stop at tolerances); unproved ones where their intervals overlap.
    A model that minimizes what the other maximizes negated agrees with it.
    """
    if not (a.solved and b.solved):
        return a.status == b.status
    sign = 1.0 if a.sense == b.sense else -1.0
    low_a, high_a = _interval(a, 1.0)
    low_b, high_b = _interval(b, sign)
    slack = max(1e-4, _tolerance(a, b) * max(abs(low_a), abs(high_a)))
    return low_a <= high_b + slack and low_b <= high_a + slack


def _interval(verdict: Verdict, sign: float) -> tuple[float, float]:
    objective = sign * (verdict.objective or 0.0)
    if verdict.status == "optimal" or verdict.bound is None:
        return objective, objective
    return min(objective, sign * verdict.bound), max(objective, sign * verdict.bound)


def _tolerance(a: Verdict, b: Verdict) -> float:
    nonlinear = any(v.statistics and v.statistics.model_class in ("NLP", "MINLP") for v in (a, b))
    return 1e-4 if nonlinear else 1e-6


def compare_reading(reading: Reading, first: Verdict, second: Verdict) -> ReadingOutcome:
    """The second reading's optimum beside the chosen one's."""
    return ReadingOutcome(
        name=reading.name,
        words=reading.words,
        question=reading.question,
        chosen=reading.chosen,
        other=reading.other,
        status=second.status,
        objective=second.objective,
        report=second.report,
        changes=second.status not in ("failed", "limit") and not agree(first, second),
        solve=second.timings.solve,
    )


def explained(verdict: Verdict, outcomes: Sequence[ReadingOutcome]) -> bool:
    """Whether the verdict's optimum is that of a second reading."""
    close = (o for o in outcomes if o.objective is not None and verdict.objective is not None)
    return any(isclose(o.objective or 0.0, verdict.objective or 0.0, rel_tol=1e-6, abs_tol=1e-4) for o in close)


def outcome_line(verdict: Verdict) -> str:
    """A verdict in one line, for prompts and progress."""
    if verdict.failure:
        return f"failed: {verdict.failure.message.splitlines()[0][:160]}"
    if not verdict.solved or verdict.objective is None:
        return verdict.status
    gap = f", gap {verdict.gap:.2%}" if verdict.status == "feasible" and verdict.gap is not None else ""
    return f"{verdict.status}, {verdict.sense} {verdict.objective:.10g}{gap}"


def progress_line(progress: Progress) -> str:
    """A solver at work in one line: `highs, best 1200, bound 1260, gap 5.00%`."""
    parts = (
        progress.solver,
        None if progress.objective is None else f"best {progress.objective:.10g}",
        None if progress.bound is None else f"bound {progress.bound:.10g}",
        None if progress.gap is None else f"gap {progress.gap:.2%}",
    )
    return ", ".join(filter(None, parts))
