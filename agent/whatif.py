"""What if: data of a finished run are edited by name, the same program is solved again, and both are put side by side.

No model is called: the program is the one that the run came to. `changes` says how data are named.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from ..evaluators.datum import is_number
from ..evaluators.program import judge
from ..evaluators.verdict import ReportValue, SolveOptions, Verdict
from ..sandbox.contract import Sandbox
from .changes import Change, Edit, Record, edited, sentence
from .explain import Diagnosed, trouble
from .finished import Finished
from .prices import binds
from .sections import answer_leaves, one_line
from .wording import amount

_SHOWN = 8
"""Answers and constraints that are named; beyond, they are counted."""
_SAME = 1e-6


class Outcome(Record):
    status: str
    objective: float | None
    gap: float | None
    """Relative; None where no bound is known."""
    answers: dict[str, ReportValue]
    binding: tuple[str, ...]
    """Names of the constraints without slack."""


class Comparison(Record):
    """A run before and after edits of its data."""

    run: str
    edits: tuple[Change, ...]
    before: Outcome
    after: Outcome
    difference: float | None
    """Objective after less objective before; None where one of them is missing."""
    answers: tuple[Change, ...]
    """Answers that changed, one number each: `shipped [north, A]`."""
    binds: tuple[str, ...]
    """Constraints that bind now and did not before."""
    frees: tuple[str, ...]
    """Constraints that bound before and do not now."""
    trouble: Diagnosed | None = None
    """Why there is no answer after the edits."""
    note: str = ""
    seconds: float = 0.0
    solve_seconds: float = 0.0
    """Of `seconds`, those in the solver."""


async def what_if(pool: Sandbox, run: Finished, edits: Sequence[Edit], options: SolveOptions) -> Comparison:
    """The run's program on edited data, beside what it came to.

    Edits start from the run's own data, never from an earlier what-if. Raises UsageError for a name that the data do
    not have and for a value of another kind, and SandboxError.
    """
    begun = time.monotonic()
    data, changes = edited(run, edits)
    verdict = await judge(pool, run.solution.program, data, options)
    found = compare(run, changes, verdict)
    return found.model_copy(update={"seconds": time.monotonic() - begun})


# ---- before and after


def compare(run: Finished, edits: Sequence[Change], verdict: Verdict) -> Comparison:
    """The run's own verdict beside that on other data."""
    before, after = _outcome(run.verdict), _outcome(verdict)
    known = before.objective is not None and after.objective is not None
    same = bool(verdict.fingerprint) and verdict.fingerprint == run.verdict.fingerprint
    return Comparison(
        run=run.solution.run,
        edits=tuple(edits),
        before=before,
        after=after,
        difference=(after.objective or 0.0) - (before.objective or 0.0) if known else None,
        answers=tuple(_changed(before.answers, after.answers)),
        binds=_beyond(after.binding, before.binding),
        frees=_beyond(before.binding, after.binding) if verdict.solved else (),
        trouble=None if verdict.solved else trouble(run.formulation, verdict),
        note="The model is the same: the program never uses what was changed." if same else "",
        solve_seconds=verdict.timings.solve,
    )


def _outcome(verdict: Verdict) -> Outcome:
    return Outcome(
        status=verdict.status,
        objective=verdict.objective if verdict.solved else None,
        gap=verdict.gap,
        answers=verdict.report if verdict.solved else {},
        binding=tuple(row.name for row in verdict.constraints if binds(row)),
    )


def _beyond(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    others = set(known)
    return tuple(name for name in names if name not in others)


def _changed(before: Mapping[str, ReportValue], after: Mapping[str, ReportValue]) -> list[Change]:
    """Where there are no answers any more, nothing changed: the status says it."""
    if not after or not before:
        return []
    old = {path: value for name, each in before.items() for path, value in answer_leaves(name, each)}
    new = {path: value for name, each in after.items() for path, value in answer_leaves(name, each)}
    names = dict.fromkeys([*old, *new])
    return [
        Change(name=name, before=old.get(name), after=new.get(name))
        for name in names
        if not _same(old.get(name), new.get(name))
    ]


def _same(a: ReportValue, b: ReportValue) -> bool:
    if is_number(a) and is_number(b):
        return math.isclose(a, b, rel_tol=_SAME, abs_tol=_SAME)  # pyright: ignore[reportArgumentType]
    return a == b


def told(found: Comparison, unit: str = "") -> str:
    """The comparison in a few lines; `unit` is the objective's."""
    lines = [sentence(each) for each in found.edits]
    lines.append(f"Before: {_line(found.before, unit)}. After: {_line(found.after, unit)}{_moved(found, unit)}.")
    lines += [sentence(each) for each in found.answers[:_SHOWN]]
    if more := len(found.answers) - _SHOWN:
        lines += [f"and {more:,} more answers changed"] if more > 0 else []
    lines += [f"Now binding: {', '.join(found.binds[:_SHOWN])}"] if found.binds else []
    lines += [f"No longer binding: {', '.join(found.frees[:_SHOWN])}"] if found.frees else []
    lines += [*(found.trouble.text if found.trouble else ()), *filter(None, [found.note])]
    return "\n".join(one_line(line) for line in lines)


def _line(outcome: Outcome, unit: str) -> str:
    return f"{outcome.status}, {amount(outcome.objective, unit)}" if outcome.objective is not None else outcome.status


def _moved(found: Comparison, unit: str) -> str:
    if found.difference is None:
        return ""
    if math.isclose(found.difference, 0.0, abs_tol=_SAME * max(1.0, abs(found.before.objective or 0.0))):
        return ", the same"
    return f", {amount(abs(found.difference), unit)} {'more' if found.difference > 0 else 'less'}"
