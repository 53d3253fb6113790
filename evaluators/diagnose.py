"""Why a model is infeasible and what would mend it, along which ray it is unbounded, where its numbers are bad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import highspy
import numpy as np

from . import highs, scip
from .compiled import Compiled
from .point import bodies, check, load
from .run import Clock, Run
from .solve import for_highs, solve
from .verdict import Diagnosis, Feasibility, Relaxation, SolveOptions

Array = np.ndarray[Any, Any]

_TRIAL_SECONDS = 2.0
"""One feasibility question of the deletion filter."""
_SPREAD = 1e9
"""Coefficients further apart than this are beyond a solver's tolerances."""
_BOX = 1e4
_LARGE = 2000
"""Members from which the deletion filter, which halves, is faster than HiGHS's irreducible set."""
_LISTED = 200
"""Longest conflict and longest list of relaxations."""


@dataclass(frozen=True)
class Member:
    """A row, or the bounds of a column, as one member of a conflict."""

    kind: Literal["row", "bound"]
    at: int

    def name(self, c: Compiled) -> str:
        return c.row_name(self.at) if self.kind == "row" else f"bound:{c.column_name(self.at)}"


def infeasible(c: Compiled, options: SolveOptions, clock: Clock) -> Diagnosis:
    """An irreducible conflict, and the cheapest moves of bounds that dissolve it; half of the time goes to each."""
    members, minimal = conflict(c, options, Clock(clock.left / 2))
    relaxations, note = cheapest_relaxation(c, options, clock)
    names = [member.name(c) for member in sorted(members, key=lambda member: member.kind, reverse=True)]
    notes = [note] if note else []
    if len(names) > _LISTED or len(relaxations) > _LISTED:
        notes.append(f"{len(names)} in conflict and {len(relaxations)} bounds to move; the first {_LISTED} are listed")
    return Diagnosis(
        kind="infeasible",
        conflict=tuple(names[:_LISTED]),
        conflict_is_minimal=minimal,
        relaxations=relaxations[:_LISTED],
        note="; ".join(notes),
    )


def conflict(c: Compiled, options: SolveOptions, clock: Clock) -> tuple[list[Member], bool]:
    """Rows and bounds that cannot hold together, and whether each of them was shown to be needed.

    What a variable is by nature (see `natural_bounds`), its integrality and special ordered sets are always in force. A
    deletion filter (Chinneck and Dravnieks 1991) makes or proves the set minimal. It starts from HiGHS's irreducible
    set of the LP relaxation where that is infeasible, and not so large that finding it would take all the time.
    """
    low, high = natural_bounds(c)
    members = _everything(c, low, high)

    def shrink(bare: Compiled, members: list[Member]) -> tuple[list[Member], bool]:
        def impossible(kept: Sequence[Member]) -> bool:
            trial = Clock(min(_TRIAL_SECONDS, clock.left))
            return solve(_only(bare, kept, low, high), options, trial).status == "infeasible"

        return _shrink(members, impossible, clock)

    bare = c.without_objective()
    relaxed = replace(bare, integer=np.zeros_like(bare.integer))
    if c.integer.any() and for_highs(relaxed) and solve(relaxed, options, clock).status == "infeasible":
        # Much faster without integers; what is left may still shrink with them.
        members, _ = shrink(relaxed, _start(relaxed, members, options, clock))
        return shrink(bare, members)
    return shrink(bare, members if c.integer.any() else _start(bare, members, options, clock))


def natural_bounds(c: Compiled) -> tuple[Array, Array]:
    """The bounds that no diagnosis puts in question: the domain's, those at 0, and those of fixed variables."""
    low, high = np.full(len(c.lower), -np.inf), np.full(len(c.upper), np.inf)
    for j, variable in enumerate(c.variables):
        own_low, own_high = variable.domain.bounds()
        if variable.fixed or c.lower[j] in (0, own_low):
            low[j] = c.lower[j]
        if variable.fixed or c.upper[j] in (0, own_high):
            high[j] = c.upper[j]
    return low, high


def _everything(c: Compiled, low: Array, high: Array) -> list[Member]:
    """Bounds first: they are dropped first, so that a conflict speaks of constraints where it can."""
    chosen = (c.lower != low) | (c.upper != high)
    rows = np.isfinite(c.row_lower) | np.isfinite(c.row_upper)
    return [
        *(Member("bound", int(j)) for j in np.flatnonzero(chosen)),
        *(Member("row", int(i)) for i in np.flatnonzero(rows)),
    ]


def _start(bare: Compiled, members: list[Member], options: SolveOptions, clock: Clock) -> list[Member]:
    """HiGHS's irreducible set where it is had quickly, else all `members`."""
    if not for_highs(bare) or len(members) > _LARGE:
        return members
    model = highs.load(bare, options, clock.left)
    model.run()
    strategy = highspy.IisStrategy
    model.setOptionValue("iis_strategy", int(strategy.kIisStrategyFromLp) | int(strategy.kIisStrategyIrreducible))
    model.setOptionValue("iis_time_limit", clock.left / 2)
    _, found = model.getIis()
    rows, columns = set(found.row_index_), set(found.col_index_)
    start = [member for member in members if member.at in (rows if member.kind == "row" else columns)]
    return start if found.valid_ and start else members


def _only(bare: Compiled, members: Sequence[Member], low: Array, high: Array) -> Compiled:
    """The model with nothing in force but `members` and the natural bounds `low` and `high`."""
    rows = np.isin(np.arange(len(bare.row_lower)), [member.at for member in members if member.kind == "row"])
    columns = np.isin(np.arange(len(bare.lower)), [member.at for member in members if member.kind == "bound"])
    return replace(
        bare,
        row_lower=np.where(rows, bare.row_lower, -np.inf),
        row_upper=np.where(rows, bare.row_upper, np.inf),
        lower=np.where(columns, bare.lower, low),
        upper=np.where(columns, bare.upper, high),
    )


def _shrink(
    members: list[Member], impossible: Callable[[Sequence[Member]], bool], clock: Clock
) -> tuple[list[Member], bool]:
    """Leave out blocks of halving size as long as the rest stays impossible; single members come last."""
    size = max(1, len(members) // 2)
    while not clock.out:
        at = 0
        while at < len(members) and not clock.out:
            rest = members[:at] + members[at + size :]
            if impossible(rest):
                members = rest
            else:
                at += size
        if size == 1:
            return members, not clock.out
        size = min(size // 2, max(1, len(members) // 2))
    return members, False


@dataclass(frozen=True)
class Bend:
    """One bound that may give way: a row's or a column's, by the amount of a slack column of its own."""

    member: Member
    side: Literal["lower", "upper"]
    bound: float

    @property
    def weight(self) -> float:
        """Cost per unit: a bound of 1,000 gives way by 1 % as readily as a bound of 10 does, whatever their units."""
        return 1.0 / max(1.0, abs(self.bound))


def cheapest_relaxation(c: Compiled, options: SolveOptions, clock: Clock) -> tuple[tuple[Relaxation, ...], str]:
    """The moves of bounds with the least total, each measured relative to max(1, |bound|), and a note.

    Every constraint may give way, and so may every bound of a variable beyond its natural ones: that a quantity is not
    negative, or a switch 0 or 1, stays.
    """
    bends = _bends(c)
    found = solve(_elastic(c.without_objective(), bends), options, clock)
    if found.x is None:
        return (), "no relaxation of the bounds was found in time"
    load(c, found.x[: len(c.variables)])
    body = bodies(c)
    moved = [relaxation for bend in bends if (relaxation := _moved(c, bend, body)) is not None]
    if not _verified(c, moved, body):
        return (), "the relaxation that was found does not hold when it is checked"
    return tuple(moved), "" if found.status == "optimal" else "a cheaper relaxation may exist: time ran out"


def _bends(c: Compiled) -> list[Bend]:
    bends = []
    for i in range(len(c.rows)):
        bends += _sides(Member("row", i), c.row_lower[i], c.row_upper[i])
    low, high = natural_bounds(c)
    chosen_low, chosen_high = np.where(c.lower == low, -np.inf, c.lower), np.where(c.upper == high, np.inf, c.upper)
    for j in range(len(c.variables)):
        bends += _sides(Member("bound", j), chosen_low[j], chosen_high[j])
    return bends


def _sides(member: Member, low: float, high: float) -> list[Bend]:
    bends = []
    if np.isfinite(low):
        bends.append(Bend(member, "lower", float(low)))
    if np.isfinite(high):
        bends.append(Bend(member, "upper", float(high)))
    return bends


def _elastic(bare: Compiled, bends: Sequence[Bend]) -> Compiled:
    """The model with a slack column for each bend, minimizing their weighted sum.

    A column's bound becomes a row of its own, so that it can have a slack.
    """
    n, m = len(bare.cost), len(bare.row_lower)
    lower, upper = bare.lower.copy(), bare.upper.copy()
    entries: list[tuple[int, int, float]] = []
    low, high = [], []
    for k, bend in enumerate(bends):
        row = bend.member.at
        if bend.member.kind == "bound":
            row = m + len(low)
            entries.append((row, bend.member.at, 1.0))
            low.append(bend.bound if bend.side == "lower" else -np.inf)
            high.append(bend.bound if bend.side == "upper" else np.inf)
            (lower if bend.side == "lower" else upper)[bend.member.at] = -np.inf if bend.side == "lower" else np.inf
        entries.append((row, n + k, 1.0 if bend.side == "lower" else -1.0))
    start, index, value = _with_entries(bare, entries, m + len(low))
    return replace(
        bare,
        maximize=False,
        cost=np.concatenate([np.zeros(n), [bend.weight for bend in bends]]),
        lower=np.concatenate([lower, np.zeros(len(bends))]),
        upper=np.concatenate([upper, np.full(len(bends), np.inf)]),
        integer=np.concatenate([bare.integer, np.zeros(len(bends), dtype=bool)]),
        row_lower=np.concatenate([bare.row_lower, low]),
        row_upper=np.concatenate([bare.row_upper, high]),
        start=start,
        index=index,
        value=value,
    )


def _with_entries(c: Compiled, entries: list[tuple[int, int, float]], rows: int) -> tuple[Array, Array, Array]:
    """The row-wise matrix of `c` with `entries` (row, column, value) added."""
    extra = np.array(entries, dtype=float).reshape(-1, 3)
    row = np.concatenate([np.repeat(np.arange(len(c.start) - 1), np.diff(c.start)), extra[:, 0].astype(np.int64)])
    order = np.argsort(row, kind="stable")
    start = np.searchsorted(row[order], np.arange(rows + 1)).astype(np.int32)
    index = np.concatenate([c.index, extra[:, 1].astype(np.int32)])[order]
    return start, index, np.concatenate([c.value, extra[:, 2]])[order]


def _moved(c: Compiled, bend: Bend, body: Array) -> Relaxation | None:
    at = bend.member.at
    value = body[at] if bend.member.kind == "row" else float(c.variables[at].value)
    by = bend.bound - value if bend.side == "lower" else value - bend.bound
    if not by > 1e-7 * max(1.0, abs(bend.bound)):
        return None
    return Relaxation(constraint=bend.member.name(c), side=bend.side, bound=bend.bound, by=float(f"{by:.12g}"))


def _verified(c: Compiled, moved: Sequence[Relaxation], body: Array) -> bool:
    """Whether the loaded point satisfies the model once the bounds have moved."""
    rows = {c.row_name(i): i for i in range(len(c.rows))}
    columns = {f"bound:{c.column_name(j)}": j for j in range(len(c.variables))}
    relaxed = replace(
        c, lower=c.lower.copy(), upper=c.upper.copy(), row_lower=c.row_lower.copy(), row_upper=c.row_upper.copy()
    )
    for move in moved:
        if move.constraint in rows:
            side, at = (relaxed.row_lower, relaxed.row_upper)[move.side == "upper"], rows[move.constraint]
        else:
            side, at = (relaxed.lower, relaxed.upper)[move.side == "upper"], columns[move.constraint]
        side[at] += move.by if move.side == "upper" else -move.by
    return check(relaxed, body, None, 0.0).ok


def unbounded(c: Compiled, options: SolveOptions, clock: Clock) -> Diagnosis:
    """The variables that can grow for ever, with their directions scaled to a largest size of 1."""
    if c.linear_rows and c.objective_general is None:
        ray = _ray(c, options, clock)
        if ray:
            return Diagnosis(kind="unbounded", ray=ray)
    return _boxed(c, options, clock)


def _ray(c: Compiled, options: SolveOptions, clock: Clock) -> dict[str, float]:
    """The direction of least size that improves the objective by 1 and leaves no row, bound or curvature behind.

    Columns are the direction's positive parts, then its negative parts.
    """
    n = len(c.cost)
    entries = [(i, int(j), float(value)) for i, j, value in _triples(c)]
    flat = len(c.row_lower)
    for (i, j), value in c.hessian.items():
        entries += [(flat + i, j, value), (flat + j, i, value)] if i != j else [(flat + i, i, value)]
    goal = flat + (n if c.hessian else 0)
    entries += [(goal, int(j), float(c.cost[j])) for j in np.flatnonzero(c.cost)]
    gain = 1.0 if c.maximize else -1.0
    entries += [(i, n + j, -value) for i, j, value in entries]
    blank = replace(c, start=np.zeros(1, np.int32), index=np.zeros(0, np.int32), value=np.zeros(0))
    start, index, value = _with_entries(blank, entries, goal + 1)
    middle = np.zeros(goal - flat)
    cone = replace(
        c.without_objective(),
        maximize=False,
        cost=np.ones(2 * n),
        lower=np.zeros(2 * n),
        upper=np.where(np.isfinite(np.concatenate([c.upper, c.lower])), 0.0, np.inf),
        integer=np.zeros(2 * n, dtype=bool),
        row_lower=np.concatenate([np.where(np.isfinite(c.row_lower), 0.0, -np.inf), middle, [gain]]),
        row_upper=np.concatenate([np.where(np.isfinite(c.row_upper), 0.0, np.inf), middle, [gain]]),
        start=start,
        index=index,
        value=value,
    )
    return _directions(c, highs.solve(cone, options, clock))


def _triples(c: Compiled):
    rows = np.repeat(np.arange(len(c.row_lower)), np.diff(c.start))
    return zip(rows.tolist(), c.index.tolist(), c.value.tolist(), strict=True)


def _directions(c: Compiled, run: Run) -> dict[str, float]:
    if run.x is None:
        return {}
    n = len(c.cost)
    direction = run.x[:n] - run.x[n:]
    direction = direction / np.abs(direction).max(initial=1e-300)
    moving = np.flatnonzero(np.abs(direction) > 1e-9)
    return {c.column_name(j): float(f"{direction[j]:.9g}") for j in map(int, moving)}


def _boxed(c: Compiled, options: SolveOptions, clock: Clock) -> Diagnosis:
    """Nonlinear models: which variables run into a box that is put around the unbounded ones."""
    boxed = replace(c, lower=np.maximum(c.lower, -_BOX), upper=np.minimum(c.upper, _BOX))
    run = scip.solve(boxed, options, clock)
    if run.x is None:
        return Diagnosis(kind="unbounded", note="which variables grow for ever was not found in time")
    at_box = np.abs(run.x) >= 0.999 * _BOX
    free = ~np.isfinite(np.where(run.x > 0, c.upper, c.lower))
    ray = {c.column_name(j): float(np.sign(run.x[j])) for j in map(int, np.flatnonzero(at_box & free))}
    return Diagnosis(kind="unbounded", ray=ray, note=f"these variables run into a box of ±{_BOX:g} put around them")


def numerics(c: Compiled, feasibility: Feasibility | None) -> Diagnosis | None:
    """What is wrong with the numbers: coefficients too far apart, or a point that fails its check."""
    notes = []
    if feasibility is not None and not feasibility.ok:
        size = f"{feasibility.worst_violation:.3g}"
        notes.append(f"the returned point misses {feasibility.kind} {feasibility.where} by {size} (relative)")
    notes += _spread(c)
    return Diagnosis(kind="numerics", note="; ".join(notes)) if notes else None


def _spread(c: Compiled) -> list[str]:
    size = np.abs(np.concatenate([c.value, c.cost]))
    if not size.any():
        return []
    small, large = int(np.argmin(np.where(size > 0, size, np.inf))), int(np.argmax(size))
    if size[large] <= _SPREAD * size[small]:
        return []
    return [
        f"coefficients span {size[small]:.3g} ({_place(c, small)}) to {size[large]:.3g} ({_place(c, large)}): "
        "choose units that bring them together"
    ]


def _place(c: Compiled, k: int) -> str:
    if k >= len(c.value):
        return f"{c.column_name(k - len(c.value))} in the objective"
    row = int(np.searchsorted(c.start, k, side="right")) - 1
    return f"{c.column_name(c.index[k])} in {c.row_name(row)}"
