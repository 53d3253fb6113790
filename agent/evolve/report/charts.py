"""Scores over candidates as geometry: where everything lies in an SVG, which the page's template then draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from ...wording import plural, shorten
from ..records import Candidate
from .view import RunView, bests, figure, medians, seed_score, sense

WIDE, NARROW = (960, 400), (352, 320)
"""Width and height in CSS pixels: the chart is drawn for each, never scaled, so that its words stay readable."""
MARKS = 400
"""Candidates that say who they are; where there are more, the others are mere dots."""
MEDIAN_OF = 50
_LOG = 50
"""Ratio of large to small scores from which the axis is logarithmic."""
_FENCE = 3.0
"""Scores this many times as far from the best as three quarters of all are drawn at the edge, where that helps much."""
_FEW = 60
_LABEL = 18
_LARGE = 1e300
"""Axes end here, so that their lengths are numbers too."""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A baseline: a horizontal line, with its label at `label_at`."""

    at: float
    label_at: float
    label: str
    words: str
    dashed: bool
    """Published on another split, so no more than orientation."""


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    words: str
    """Who this is: number, operator, score."""
    best: bool
    """It was the best of the run when it came."""
    number: int


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    words: str
    """What a reader who cannot see it is told."""
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    lead: float
    """Radius of those that led the run: smaller where they are many."""
    dots: str
    """Path of the ok candidates that are no marks."""
    edges: str
    """Path of the ok candidates beyond the axis, as triangles on its edge."""
    failures: str
    """Path of a tick for each candidate without a score."""
    best: str
    """Path of the best score so far."""
    median: str
    """Path of the median of the last ok candidates."""


@dataclass(frozen=True)
class Axis:
    """From scores to fractions: 0 at the bottom, 1 at the top."""

    low: float
    high: float
    log: bool

    def at(self, score: float) -> float:
        """Scores beyond the axis lie on its edge."""
        low, high, value = (_log(each) if self.log else each for each in (self.low, self.high, score))
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def holds(self, score: float) -> bool:
        return self.low <= score <= self.high

    @property
    def ticks(self) -> tuple[float, ...]:
        return _decades(self.low, self.high) if self.log else steps(self.low, self.high, 5)


def axis(view: RunView) -> Axis:
    """Such that the best score and most others are on it; needs at least one candidate with a score."""
    scores = [each.score for each in view.ranked if each.score is not None]
    same = list(view.baselines.get("train", {}).values())
    log = _spread(scores + same) >= _LOG
    scaled: Callable[[float], float] = _log if log else float
    best = scaled(scores[0])
    far = sorted(abs(scaled(each) - best) for each in scores)
    fence = _FENCE * far[3 * len(far) // 4]
    reach = max(each for each in far if each <= fence) if 0 < 2 * fence < far[-1] else far[-1]
    kept = [each for each in scores if abs(scaled(each) - best) <= reach]
    span = max(kept) - min(kept)
    others = [each for line in view.baselines.values() for each in line.values() if not log or each > 0]
    kept += [each for each in others if min(abs(each - one) for one in (min(kept), max(kept))) <= span]
    return _padded(min(kept), max(kept), log)


def _spread(scores: Sequence[float]) -> float:
    """The ratio of large to small among scores above 0, without the outermost; 0 where there are others."""
    if len(scores) < 2 or min(scores) <= 0:
        return 0.0
    cuts = quantiles(scores, n=20, method="inclusive")
    return cuts[-1] / cuts[0]


def _padded(low: float, high: float, log: bool) -> Axis:
    if log:
        return Axis(low / 1.15, high * 1.15, True)
    low, high = (min(_LARGE, max(-_LARGE, each)) for each in (low, high))
    size = max(abs(low), abs(high))
    margin = 0.05 * (high - low)
    if margin <= 1e-9 * size:
        margin = 0.05 * size if size > 1 / _LARGE else 1.0
    return Axis(low - margin, high + margin, False)


def chart(view: RunView, width: int, height: int) -> Chart:
    """Needs at least one candidate with a score."""
    scale = axis(view)
    left, right, top, bottom = 56.0, width - (112.0 if width > 600 else 96.0), 12.0, height - 64.0
    last = max(1, max(each.number for each in view.candidates))

    def x(at: float) -> float:
        return round(left + (right - left) * at / last, 1)

    def y(score: float) -> float:
        return round(bottom - (bottom - top) * scale.at(score), 1)

    within = [each for each in view.ranked if scale.holds(each.score or 0.0)]
    beyond = [each for each in view.ranked if not scale.holds(each.score or 0.0)]
    told, mere = _told(view, within)
    lead = bests(view)
    records = {each.number for each in lead}
    return Chart(
        width=width,
        height=height,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        words=_words(view),
        x_ticks=tuple(Tick(x(at), f"{at:,.0f}") for at in steps(0, last, 8 if width > 600 else 4) if at == int(at)),
        y_ticks=tuple(Tick(y(at), f"{at:,.12g}") for at in scale.ticks),
        lines=_apart(_lines(view, scale, y), bottom),
        marks=tuple(Mark(x(c.number), y(c.score or 0.0), said(c), c.number in records, c.number) for c in told),
        lead=5.0 if len(lead) <= _FEW else 2.5,
        dots=" ".join(f"M{x(each.number)} {y(each.score or 0.0)}h0" for each in mere),
        edges=" ".join(_triangle(x(each.number), y(each.score or 0.0), top) for each in beyond),
        failures=" ".join(f"M{x(c.number)} {bottom + 8}v8" for c in view.candidates if c.score is None),
        best=_stairs([(x(each.number), y(each.score or 0.0)) for each in lead], right),
        median=_polyline((x(at), y(score)) for at, score in medians(view, MEDIAN_OF)),
    )


def said(candidate: Candidate) -> str:
    return f"#{candidate.number} · {shorten(candidate.operator, 30)} · {figure(candidate.score)}"


def notes(view: RunView) -> tuple[str, ...]:
    """What of the charts needs words."""
    scale = axis(view)
    known = [(split, name, score) for split, line in view.baselines.items() for name, score in line.items()]
    far = [f"{name} {figure(score)} ({split})" for split, name, score in known if not scale.holds(score)]
    beyond = [each.score for each in view.ranked if each.score is not None and not scale.holds(each.score)]
    found = []
    if beyond:
        worst = figure(min(beyond, key=view.merit))
        found.append(f"{plural(len(beyond), 'score')} beyond the axis, up to {worst}: triangles on its edge.")
    if scale.log:
        found.append("The axis is logarithmic.")
    if any(split != "train" and scale.holds(score) for split, _, score in known):
        found.append("Dashed baselines were published for other instances than those of train: for orientation only.")
    if far:
        found.append(f"Baselines beyond the axis: {', '.join(far)}.")
    if len(view.ranked) > MARKS:
        found.append(f"The {MARKS} best, and all that led the run, say who they are.")
    return tuple(found)


def _words(view: RunView) -> str:
    lead = bests(view)
    return (
        f"Train score of {plural(len(view.ranked), 'candidate')} by number, {sense(view)}. "
        f"The best so far went from {figure(lead[0].score)} to {figure(lead[-1].score)} in "
        f"{plural(len(lead) - 1, 'step')}. Without a score: {len(view.candidates) - len(view.ranked):,}."
    )


def _told(view: RunView, within: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Who says who they are, and who is a mere dot."""
    records = {each.number for each in bests(view)}
    told = [each for at, each in enumerate(within) if at < MARKS or each.number in records]
    names = {each.number for each in told}
    return sorted(told, key=lambda each: each.number), [each for each in within if each.number not in names]


def _lines(view: RunView, scale: Axis, y: Callable[[float], float]) -> list[Line]:
    first = seed_score(view)
    seeds = [("seed", first, False)] if first is not None else []
    known = [
        (name if split == "train" else f"{name} ({split})", score, split != "train")
        for split, line in view.baselines.items()
        for name, score in line.items()
    ]
    return [
        Line(y(score), y(score), shorten(name, _LABEL), f"{name}: {figure(score)}", dashed)
        for name, score, dashed in seeds + known
        if scale.holds(score)
    ]


def _apart(lines: Sequence[Line], bottom: float) -> tuple[Line, ...]:
    """Labels moved until none covers another: down first, then up from the bottom."""
    placed = sorted(lines, key=lambda line: line.at)
    spots = [line.at for line in placed]
    for at in range(1, len(spots)):
        spots[at] = max(spots[at], spots[at - 1] + 14)
    for at in reversed(range(len(spots))):
        spots[at] = min(spots[at], bottom - 14 * (len(spots) - 1 - at))
    return tuple(
        Line(line.at, round(spot, 1), line.label, line.words, line.dashed)
        for line, spot in zip(placed, spots, strict=True)
    )


def _stairs(points: Sequence[tuple[float, float]], right: float) -> str:
    steps = "".join(f"H{x}V{y}" for x, y in points[1:])
    return f"M{points[0][0]} {points[0][1]}{steps}H{right}"


def _polyline(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _triangle(x: float, y: float, top: float) -> str:
    """It points away from the axis that it is beyond."""
    up = -6 if y <= top else 6
    return f"M{x - 3.5} {y}h7l-3.5 {up}z"


def steps(low: float, high: float, count: int) -> tuple[float, ...]:
    """About `count` round numbers from low to high: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return tuple(float(f"{at * step:.12g}") + 0.0 for at in range(first, math.floor(high / step + 1e-9) + 1))


def _decades(low: float, high: float) -> tuple[float, ...]:
    wide = math.log10(high / low) > 3
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    thin = 1 + len(powers) // 8
    found = [10.0**power * each for power in powers if power % thin == 0 for each in ((1,) if wide else (1, 2, 5))]
    return tuple(each for each in found if low <= each <= high)


def _log(score: float) -> float:
    return math.log10(max(score, 1e-300))
