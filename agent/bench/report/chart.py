"""Accuracies with their intervals as geometry: where everything lies in an SVG that the template draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ...wording import shorten
from ..stats import Estimate, Share
from ..view import Comparison, RunView, percent
from .sections import of

WIDE, NARROW = 960, 352
"""Width in CSS pixels: the chart is drawn for each, never scaled, so that its words stay readable."""
_TOP, _FOOT = 8, 28
_LONG = 26
"""Characters of a label."""

Kind = Literal["first", "second", "trivial"]


@dataclass(frozen=True)
class Given:
    """One share to be drawn."""

    share: Share | Estimate
    kind: Kind
    words: str


@dataclass(frozen=True)
class Group:
    """Rows of one kind; a gap is left before each group."""

    rows: tuple[tuple[str, tuple[Given, ...]], ...]


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    low: float
    high: float
    """Where its interval begins and ends."""
    kind: Kind
    words: str


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    width: int
    height: float
    left: float
    right: float
    bottom: float
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[Label, ...]
    dots: tuple[Dot, ...]


def run_groups(view: RunView) -> tuple[Group, ...]:
    """Rules with the trivial answerers; sets, releases and samples where there are several."""
    rules = tuple(
        (row.rule, (_one(row.rule, row.share), *(_trivial(name, share) for name, share in row.trivial.items())))
        for row in view.rules
    )
    rest = (
        [(row.name, row.share) for row in view.sets] if len(view.sets) > 1 else [],
        [(f"labels: {row.release}", next(iter(row.rules.values()))) for row in view.releases][1:],
        [(row.measure, row.estimate) for row in view.samples],
    )
    return _groups(rules, *(tuple((name, (_one(name, share),)) for name, share in each) for each in rest))


def comparison_groups(found: Comparison) -> tuple[Group, ...]:
    rules = tuple((row.rule, _both(found, row.rule, row.first, row.second)) for row in found.rules)
    sets = tuple((one.name, _both(found, one.name, one.share, other.share)) for one, other in found.sets)
    return _groups(rules, sets if len(sets) > 1 else ())


def _groups(*found: tuple[tuple[str, tuple[Given, ...]], ...]) -> tuple[Group, ...]:
    return tuple(Group(rows) for rows in found if rows)


def _one(name: str, share: Share | Estimate) -> Given:
    return Given(share, "first", f"{name}: {percent(share)}")


def _trivial(name: str, share: Share) -> Given:
    return Given(share, "trivial", f"{name}: {of(share)}")


def _both(found: Comparison, name: str, one: Share, other: Share) -> tuple[Given, Given]:
    return (
        Given(one, "first", f"{name}, {found.first.id}: {percent(one)}"),
        Given(other, "second", f"{name}, {found.second.id}: {percent(other)}"),
    )


def chart(groups: Sequence[Group], width: int) -> Chart:
    """A row for each share; its label is left of it, or above where there is no room."""
    wide = width > 600
    left, right, height = (208.0 if wide else 10.0), width - 16.0, (26 if wide else 42)
    labels: list[Label] = []
    dots: list[Dot] = []
    y = float(_TOP)
    for group in groups:
        for name, shares in group.rows:
            middle = y + (height / 2 if wide else height - 13)
            labels.append(Label(left - 12 if wide else 0, middle + 4 if wide else y + 13, shorten(name, _LONG)))
            dots += _dots(shares, middle, left, right)
            y += height
        y += 12
    ticks = tuple((_at(at / 100, left, right), f"{at} %") for at in range(0, 101, 10 if wide else 25))
    return Chart(width, y + _FOOT, left, right, y, ticks, tuple(labels), tuple(dots))


def _dots(shares: Iterable[Given], y: float, left: float, right: float) -> Iterable[Dot]:
    for each in shares:
        if each.share.value is not None:
            interval = each.share.interval
            low, high = (
                (interval.low, interval.high) if interval and each.kind != "trivial" else (each.share.value,) * 2
            )
            offset = {"first": 0, "second": 8, "trivial": 0}[each.kind]
            spots = (_at(value, left, right) for value in (each.share.value, low, high))
            yield Dot(next(spots), y + offset, next(spots), next(spots), each.kind, each.words)


def _at(value: float, left: float, right: float) -> float:
    return round(left + (right - left) * value, 1)
