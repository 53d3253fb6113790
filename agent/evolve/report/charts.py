"""Scores over candidates as geometry: where everything lies in an SVG, which the page's template then draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...wording import plural, shorten
from ..records import Candidate
from .axis import Axis, axis, steps
from .view import RunView, bests, figure, medians, seed_score, sense

WIDE, NARROW = (960, 400), (352, 320)
"""Width and height in CSS pixels: the chart is drawn for each, never scaled, so that its words stay readable."""
MARKS = 400
"""Candidates that say who they are; where there are more, the others are mere dots."""
MEDIAN_OF = 50
_FEW = 60
_LABEL = 18


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
class Frame:
    """Where on the SVG, in pixels, candidates and scores lie."""

    width: int
    height: int
    scale: Axis
    last: int
    """The number of the last candidate."""

    left, top = 56.0, 12.0

    @property
    def wide(self) -> bool:
        return self.width > 600

    @property
    def right(self) -> float:
        return self.width - (112.0 if self.wide else 96.0)

    @property
    def bottom(self) -> float:
        return self.height - 64.0

    def x(self, number: float) -> float:
        return round(self.left + (self.right - self.left) * number / self.last, 1)

    def y(self, score: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * self.scale.at(score), 1)

    def spot(self, candidate: Candidate) -> tuple[float, float]:
        """Of a candidate with a score."""
        assert candidate.score is not None
        return self.x(candidate.number), self.y(candidate.score)


@dataclass(frozen=True)
class Chart:
    frame: Frame
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


def chart(view: RunView, width: int, height: int) -> Chart:
    """Needs at least one candidate with a score."""
    frame = Frame(width, height, axis(view), max(1, *(each.number for each in view.candidates)))
    within, beyond = _parted(view, frame.scale)
    told, mere = _told(view, within)
    lead = bests(view)
    records = {each.number for each in lead}
    return Chart(
        frame=frame,
        words=_words(view),
        x_ticks=tuple(
            Tick(frame.x(at), f"{at:,.0f}") for at in steps(0, frame.last, 8 if frame.wide else 4) if at % 1 == 0
        ),
        y_ticks=tuple(Tick(frame.y(at), f"{at:,.12g}") for at in frame.scale.ticks),
        lines=_apart(_lines(view, frame), frame.bottom),
        marks=tuple(Mark(*frame.spot(each), said(each), each.number in records, each.number) for each in told),
        lead=5.0 if len(lead) <= _FEW else 2.5,
        dots=" ".join(f"M{x} {y}h0" for x, y in map(frame.spot, mere)),
        edges=" ".join(_triangle(*frame.spot(each), frame.top) for each in beyond),
        failures=" ".join(
            f"M{frame.x(each.number)} {frame.bottom + 8}v8" for each in view.candidates if each.score is None
        ),
        best=_stairs([frame.spot(each) for each in lead], frame.right),
        median=_polyline((frame.x(at), frame.y(score)) for at, score in medians(view, MEDIAN_OF)),
    )


def _parted(view: RunView, scale: Axis) -> tuple[list[Candidate], list[Candidate]]:
    """Those on the axis and those beyond it, the best first."""
    within = [each for each in view.ranked if each.score is not None and scale.holds(each.score)]
    beyond = [each for each in view.ranked if each.score is not None and not scale.holds(each.score)]
    return within, beyond


def said(candidate: Candidate) -> str:
    return f"#{candidate.number} · {shorten(candidate.operator, 30)} · {figure(candidate.score)}"


def notes(view: RunView) -> tuple[str, ...]:
    """What of the charts needs words."""
    scale = axis(view)
    known = [(split, name, score) for split, line in view.given.baselines.items() for name, score in line.items()]
    far = [f"{name} {figure(score)} ({split})" for split, name, score in known if not scale.holds(score)]
    _, beyond = _parted(view, scale)
    found = []
    if beyond:
        worst = figure(beyond[-1].score)
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


def _lines(view: RunView, frame: Frame) -> list[Line]:
    first = seed_score(view)
    seeds = [("seed", first, False)] if first is not None else []
    known = [
        (name if split == "train" else f"{name} ({split})", score, split != "train")
        for split, line in view.given.baselines.items()
        for name, score in line.items()
    ]
    return [
        Line(frame.y(score), frame.y(score), shorten(name, _LABEL), f"{name}: {figure(score)}", dashed)
        for name, score, dashed in seeds + known
        if frame.scale.holds(score)
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
