"""The main indexed answer as bars: where everything lies in an SVG that the template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...evaluators.verdict import ReportValue
from ..sections import answer_leaves, clean
from ..solution import Solution
from ..wording import amount, number, plural

WIDE, NARROW = 960, 352
"""Width in CSS pixels: the chart is drawn for each, never scaled, so that its words stay readable."""
MOST = 24
"""Bars; the table tells more of them better."""
_HUGE = 1e300
_LABEL, _UNIT = 28, 8
"""Characters of a label, and of a unit that stands at each bar."""


@dataclass(frozen=True)
class Bars:
    """What is drawn: the entries of one answer, in their order."""

    words: str
    unit: str
    entries: tuple[tuple[str, float], ...]
    zeros: int
    """Entries of 0 that are left out."""

    @property
    def told(self) -> str:
        """For a reader who cannot see it."""
        highest, lowest = (pick(self.entries, key=lambda entry: entry[1]) for pick in (max, min))
        ends = f"from {amount(lowest[1], self.unit)} ({lowest[0]}) to {amount(highest[1], self.unit)} ({highest[0]})"
        rest = f"; {plural(self.zeros, 'zero')} left out" if self.zeros else ""
        return f"{plural(len(self.entries), 'bar')}, {ends}{rest}. The table holds the same figures."

    def value(self, value: float) -> str:
        return amount(value, "" if self.apart else self.unit)

    @property
    def apart(self) -> bool:
        """Whether the unit is too long to stand at each bar, and is told once."""
        return len(self.unit) > _UNIT


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    label: str
    value: str
    value_x: float
    negative: bool
    words: str


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    zero: float
    """Where 0 lies."""
    label_x: float
    """Where labels end, or begin where they stand above."""
    thick: int
    """Height of a bar."""
    bars: tuple[Bar, ...]

    @property
    def wide(self) -> bool:
        return self.width > 600


def bars(solution: Solution) -> Bars | None:
    """The first answer by index that bars tell something about; None where there is none.

    No bars for numbers that are all the same, for choices of 0 or 1, and where there are more than `MOST` of them.
    """
    asked = {each.name: each for each in solution.formulation.quantities} if solution.formulation else {}
    for name, value in solution.answers.items():
        every = _entries(value)
        kept = [entry for entry in every if entry[1] != 0] if len(every) > 6 else every
        if 2 <= len(kept) <= MOST and _tells([leaf for _, leaf in kept]):
            words = asked[name].description if name in asked else ""
            unit = asked[name].unit if name in asked else ""
            return Bars(clean(words.strip() or name), clean(unit), tuple(kept), len(every) - len(kept))
    return None


def _entries(value: ReportValue) -> list[tuple[str, float]]:
    """Of an answer by index: the index in words, and the number; nothing where it does not hold numbers alone."""
    found: list[tuple[str, float]] = []
    for path, leaf in answer_leaves("", value) if isinstance(value, dict) else ():
        if isinstance(leaf, bool) or not isinstance(leaf, int | float) or not abs(leaf) < _HUGE:
            return []
        found.append((clean(path.strip(" []")), leaf))
    return found


def _tells(numbers: Sequence[float]) -> bool:
    return len({number(each) for each in numbers}) > 1 and not set(numbers) <= {0, 1}


def chart(found: Bars, width: int) -> Chart:
    """A row for each entry; its label is left of the bar, or above where there is no room."""
    wide = width > 600
    height, thick = (30, 20) if wide else (42, 16)
    left = 20.0 + 7.5 * max(len(_cut(label)) for label, _ in found.entries) if wide else 0.0
    values = [value for _, value in found.entries]
    low, high = min(0.0, *values), max(0.0, *values)
    start = left + _room(found, [value for value in values if value < 0])
    end = width - _room(found, [value for value in values if value >= 0])
    scale = (end - start) / (high - low)
    zero = start - low * scale
    inset = (height - thick) / 2 if wide else height - thick - 4
    rows = tuple(_bar(found, entry, zero, scale, at * height + inset, thick) for at, entry in enumerate(found.entries))
    return Chart(width, len(rows) * height, round(zero, 1), max(0.0, left - 12), thick, rows)


def _room(found: Bars, values: Sequence[float]) -> float:
    """What the numbers beyond the ends of their bars need."""
    return 8.0 + 7 * max(len(found.value(value)) for value in values) if values else 0.0


def _cut(label: str) -> str:
    """Without its middle, where it is long: names of one kind begin alike."""
    return (
        label if len(label) <= _LABEL else f"{label[: _LABEL // 2 - 3].rstrip()}…{label[-_LABEL // 2 - 2 :].lstrip()}"
    )


def _bar(found: Bars, entry: tuple[str, float], zero: float, scale: float, y: float, thick: int) -> Bar:
    label, value = entry
    length, words = abs(value) * scale, found.value(value)
    return Bar(
        x=round(zero if value >= 0 else zero - length, 1),
        y=y,
        width=round(length, 1),
        label=_cut(label),
        value=words,
        value_x=round(zero + length + 6 if value >= 0 else zero - length - 6, 1),
        negative=value < 0,
        words=f"{label}: {amount(value, found.unit)}",
    )
