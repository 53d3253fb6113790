"""The cheapest way out of an infeasible run, as edits of its data, without a language model.

A diagnosis moves bounds of rows; a person moves data. Which datum a bound leans on is measured: the program is built
with one number moved, and where that moves the row's bound and nothing else in the row, the number stands behind it.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from ..errors import UsageError
from ..evaluators.datum import READINGS, Key, is_number, is_table
from ..evaluators.program import export_model, judge
from ..evaluators.verdict import Relaxation, SolveOptions
from ..sandbox.contract import Sandbox
from .changes import Edit, edited
from .finished import Finished
from .formulate.formulation import Constraint
from .formulate.nodes import Data, path_of
from .wording import component

_ROWS = 24
"""A way out that moves more bounds than this is left to a person."""
_PER_ROW = 8
"""Numbers that are tried for one row; the likeliest come first."""
_LEVERS = 3
"""Numbers that a row is left with, of those that move its bound."""
_PROBES = 60
"""Models that are built to find out what leans on what."""
_TRIES = 8
"""Combinations that are solved."""
_NUMBERS = 50_000
"""Numbers of the data that are looked at."""
_SAME = 1e-6


@dataclass(frozen=True)
class Place:
    """One number of the data."""

    name: str
    """As `changes.edited` takes it."""
    value: float
    param: str
    """The formulation's name for what it belongs to; empty where it has none."""
    labels: frozenset[str]
    """What it goes by among its likes: the keys on the way to it, the texts of its row."""
    sole: bool
    """Whether it has no likes."""


@dataclass(frozen=True)
class Bound:
    """One side of a row as LP text has it; of a variable's bound, `terms` is empty."""

    terms: str
    value: float


@dataclass(frozen=True)
class Lever:
    """A number behind a relaxed row's bound, and how far it has to move."""

    place: Place
    by: float
    stated: bool
    """Whether the formulation's own constraint names it."""


Bounds = Mapping[tuple[str, str], Bound]
"""By the row's name, all but letters and digits made `_`, and the side."""
Probe = tuple[Bounds, Bounds, Bounds]


async def apply_relaxation(pool: Sandbox, run: Finished, options: SolveOptions) -> tuple[Edit, ...] | None:
    """Edits of the data that come to the diagnosis' cheapest relaxation and, solved with them, make the run feasible.

    Of several, those that the formulation's own constraints name come first, then those with the least change relative
    to the data. Whole numbers stay whole where that is enough. None where the run has no relaxation, or where no edit
    of the data does it: what would have to give way is structure. Raises SandboxError.
    """
    moves = run.verdict.diagnosis.relaxations if run.verdict.diagnosis else ()
    if not moves or len(moves) > _ROWS or run.verdict.status != "infeasible":
        return None
    levers = await _levers(pool, run, moves, options)
    if not all(levers):
        return None
    for combination in _combinations(levers)[:_TRIES]:
        for edits in _roundings(combination):
            if await _feasible(pool, run, edits, options):
                return edits
    return None


async def _feasible(pool: Sandbox, run: Finished, edits: Sequence[Edit], options: SolveOptions) -> bool:
    data = _with(run, edits)
    return data is not None and (await judge(pool, run.solution.program, data, options)).solved


def _with(run: Finished, edits: Sequence[Edit]) -> Data | None:
    try:
        return edited(run, edits)[0]
    except UsageError:  # a label that no name can hold
        return None


# ---- combinations of levers, and their values


def _combinations(levers: Sequence[Sequence[Lever]]) -> list[dict[Place, float]]:
    """What to move by how much, the likeliest first: by the constraints' own words, then by the least change."""
    found: dict[tuple[tuple[str, float], ...], tuple[int, float, dict[Place, float]]] = {}
    for choice in islice(product(*levers), 2000):
        if moved := _together(choice):
            unstated = sum(not lever.stated for lever in choice)
            key = tuple(sorted((place.name, by) for place, by in moved.items()))
            found.setdefault(key, (unstated, sum(map(_relative, moved.items())), moved))
    return [moved for _, _, moved in sorted(found.values(), key=lambda each: each[:2])]


def _together(choice: Iterable[Lever]) -> dict[Place, float] | None:
    """One move for each number, which is the farthest that a row asks of it; None where two pull it apart."""
    moved: dict[Place, float] = {}
    for lever in choice:
        other = moved.get(lever.place, 0.0)
        if other * lever.by < 0:
            return None
        moved[lever.place] = max(other, lever.by, key=abs)
    return moved


def _relative(move: tuple[Place, float]) -> float:
    place, by = move
    return abs(by) / (abs(place.value) or 1.0)


def _roundings(moved: Mapping[Place, float]) -> list[tuple[Edit, ...]]:
    """Rounded outward first; the exact values too, for a row that takes no more than exactly so much."""
    outward = tuple(Edit(name=place.name, value=_outward(place, by)) for place, by in moved.items())
    exact = tuple(Edit(name=place.name, value=_tidy(place.value + by)) for place, by in moved.items())
    return [outward] if outward == exact else [outward, exact]


def _outward(place: Place, by: float) -> float | int:
    """The number after its move, away from where it was: whole where it is whole, of six digits otherwise."""
    target = place.value + by
    digits = 0 if _whole(place) else max(0, 6 - math.ceil(math.log10(max(abs(target), abs(by), 1e-9))))
    scaled = target * 10**digits
    near = round(scaled)
    if abs(scaled - near) > _SAME:  # more than what the solver's tolerance leaves behind
        near = math.ceil(scaled) if by > 0 else math.floor(scaled)
    return near if _whole(place) else near / 10**digits


def _whole(place: Place) -> bool:
    return isinstance(place.value, int)


def _tidy(value: float) -> float | int:
    near = float(f"{value:.12g}")
    return int(near) if near.is_integer() and abs(near) < 1e15 else near


# ---- what stands behind a bound


async def _levers(
    pool: Sandbox, run: Finished, moves: Sequence[Relaxation], options: SolveOptions
) -> list[list[Lever]]:
    """For each relaxed row the numbers that move its bound, the likeliest first."""
    places = list(islice(_places(run), _NUMBERS))
    likely = [_likely(run, move, places) for move in moves]
    wanted = list(dict.fromkeys(place for few in likely for place in few))[:_PROBES]
    before = await _bounds(pool, run, run.data, options)
    if before is None:  # no LP text: what is not linear or quadratic is known by its values alone
        return [_by_value(run, move, few) for move, few in zip(moves, likely, strict=True)]
    probed = await asyncio.gather(*(_probe(pool, run, place, before, options) for place in wanted))
    after = dict(zip(wanted, probed, strict=True))
    return [
        _best(filter(None, (_lever(run, move, place, after[place]) for place in few if place in after)))
        for move, few in zip(moves, likely, strict=True)
    ]


def _best(levers: Iterable[Lever]) -> list[Lever]:
    ranked = sorted(levers, key=lambda each: (not each.stated, _relative((each.place, each.by))))
    return ranked[:_LEVERS]


def _lever(run: Finished, move: Relaxation, place: Place, probe: Probe) -> Lever | None:
    """The lever that a number is for a row: it moves the bound evenly and leaves the rest of the row as it is."""
    old, once, twice = (bounds.get((_plain(move.constraint), move.side)) for bounds in probe)
    if old is None or once is None or twice is None or not old.terms == once.terms == twice.terms:
        return None
    rise = once.value - old.value
    if not rise or not math.isclose(twice.value - old.value, 2 * rise, rel_tol=_SAME):
        return None
    wanted = move.by if move.side == "upper" else -move.by
    return _moved(run, move, place, wanted * _step(place) / rise)


def _moved(run: Finished, move: Relaxation, place: Place, by: float) -> Lever | None:
    """None where a number that counts or measures would become negative."""
    if place.value >= 0 > _tidy(place.value + by) or not math.isfinite(by):
        return None
    return Lever(place, by, _states(_source(run, move), place))


def _by_value(run: Finished, move: Relaxation, places: Sequence[Place]) -> list[Lever]:
    """Numbers that are the bound, or that the row's own constraint names and the bound is a multiple of."""
    levers = []
    for place in places:
        ratio = move.bound / place.value if place.value else 0.0
        stated = _states(_source(run, move), place)
        if ratio and (math.isclose(abs(ratio), 1.0, rel_tol=1e-9) or stated):
            levers.append(_moved(run, move, place, (move.by if move.side == "upper" else -move.by) / ratio))
    return _best(filter(None, levers))


def _source(run: Finished, move: Relaxation) -> Constraint | None:
    found = component(run.formulation, move.constraint)
    return found if isinstance(found, Constraint) else None


def _states(source: Constraint | None, place: Place) -> bool:
    return bool(source and place.param and re.search(rf"\b{re.escape(place.param)}\b", source.expression))


# ---- the numbers that come into question


def _likely(run: Finished, move: Relaxation, places: Sequence[Place]) -> list[Place]:
    """The few numbers that a row's bound may lean on: named by its constraint, of its index, or equal to its bound."""
    source, index = _source(run, move), _index(move.constraint)

    def rank(place: Place) -> tuple[bool, bool, bool]:
        ours = place.sole or not index or bool(index & place.labels)
        return not _states(source, place), not ours, not math.isclose(abs(place.value), abs(move.bound), rel_tol=1e-9)

    ranked = sorted(((rank(place), place) for place in places), key=lambda each: each[0])
    # What neither the constraint names nor has the bound's value is no more likely than any other number.
    return [place for (unstated, strange, unequal), place in ranked if not (unstated and unequal)][:_PER_ROW]


def _index(row: str) -> frozenset[str]:
    """`flow[A,'B C']` → A, B C; the whole of it too, for a member that has a comma in itself."""
    inside = re.findall(r"\[(.*?)\]", row)
    parts = [part.strip(" '\"") for each in inside for part in (each, *each.split(","))]
    return frozenset(part for part in parts if part)


def _places(run: Finished) -> Iterator[Place]:
    params = {path_of(each, run.files): each.name for each in run.formulation.parameters}
    for root, value in run.data.items():
        if root != READINGS:
            yield from _below(value, root, (), params)


def _below(value: Any, path: str, keys: tuple[Key, ...], params: Mapping[str, str], param: str = "") -> Iterator[Place]:
    param = params.get(path, param)
    if is_number(value):
        yield Place(path, value, param, frozenset(map(str, keys)), not keys)
    elif is_table(value):
        yield from _cells(value, path, params, param)
    elif isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _below(member, f"{path}[{key!r}]", (*keys, key), params, param)


def _cells(rows: list[dict], path: str, params: Mapping[str, str], param: str) -> Iterator[Place]:
    times = Counter(text for row in rows for text in {cell for cell in row.values() if isinstance(cell, str)})
    for at, row in enumerate(rows):
        labels = frozenset(str(cell) for cell in row.values() if isinstance(cell, str | int))
        own = next((cell for cell in row.values() if isinstance(cell, str) and times[cell] == 1), None)
        step = at if own is None or re.search(r"['\"\\\n]", own) else own
        for column, cell in row.items():
            if is_number(cell):
                yield Place(f"{path}[{step!r}].{column}", cell, params.get(f"{path}.{column}", param), labels, False)


# ---- bounds of the model that the program builds


async def _probe(pool: Sandbox, run: Finished, place: Place, before: Bounds, options: SolveOptions) -> Probe:
    """The model's bounds as they are, with the number one step up, and two steps up; empty where it has none."""
    data = [_with(run, [Edit(name=place.name, value=place.value + steps * _step(place))]) for steps in (1, 2)]
    once, twice = [None if each is None else await _bounds(pool, run, each, options) for each in data]
    return before, once or {}, twice or {}


def _step(place: Place) -> float | int:
    """What is whole moves by one: a program may count with it."""
    return 1 if _whole(place) else 0.125 * (abs(place.value) or 1.0)


async def _bounds(pool: Sandbox, run: Finished, data: Data, options: SolveOptions) -> Bounds | None:
    text = (await export_model(pool, run.solution.program, data, options)).lp
    if text is None:
        return None
    sides = list(_read(text))
    times = Counter(key for key, _ in sides)
    return {key: bound for key, bound in sides if times[key] == 1}  # what two rows are called is neither's name


_ROW = re.compile(
    r"^[cr]_(?P<side>[ule])_(?P<name>.*)_:\n(?P<terms>(?:.*\n)*?)(?:[<>]?=) (?P<value>\S+)$", re.MULTILINE
)
_COLUMN = re.compile(r"^ +(?P<lower>\S+) <= (?P<name>\S+) <= (?P<upper>\S+)$", re.MULTILINE)


def _read(text: str) -> Iterator[tuple[tuple[str, str], Bound]]:
    """Every side of every row and variable in LP text as Pyomo writes it."""
    rows, _, columns = text.partition("\nbounds\n")
    for found in _ROW.finditer(rows):
        bound = Bound(found["terms"], float(found["value"]))
        sides = {"u": ("upper",), "l": ("lower",), "e": ("lower", "upper")}[found["side"]]
        yield from (((_plain(found["name"]), side), bound) for side in sides)
    for found in _COLUMN.finditer(columns):
        for side in ("lower", "upper"):
            yield (_plain(f"bound:{found['name']}"), side), Bound("", float(found[side]))


def _plain(name: str) -> str:
    """The model's name of a row and LP text's name of it come to the same."""
    return re.sub(r"\W", "_", name)
