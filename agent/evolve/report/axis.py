"""The axis of scores: from where to where, and with which ticks, whatever the scores are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from .view import RunView

_LOG = 50
"""Ratio of large to small scores from which the axis is logarithmic."""
_FENCE = 3.0
"""Scores this many times as far from the best as three quarters of all are drawn at the edge, where that helps much."""
_LARGE = 1e300
"""Axes end here, so that their lengths are numbers too."""


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
    log = _spread([*scores, *view.given.baselines.get("train", {}).values()]) >= _LOG
    kept = _near(scores, _log if log else float)
    known = [each for line in view.given.baselines.values() for each in line.values() if not log or each > 0]
    low, high = min(kept), max(kept)
    kept += [each for each in known if low - (high - low) <= each <= high + (high - low)]
    return _padded(min(kept), max(kept), log)


def _near(scores: Sequence[float], scaled: Callable[[float], float]) -> list[float]:
    """All scores, the best first, or those without outliers where these would press the others together."""
    far = [abs(scaled(each) - scaled(scores[0])) for each in scores]
    fence = _FENCE * sorted(far)[3 * len(far) // 4]
    clip = 0 < 2 * fence < max(far)
    return [each for each, distance in zip(scores, far, strict=True) if not clip or distance <= fence]


def _spread(scores: Sequence[float]) -> float:
    """The ratio of large to small among scores above 0, without the outermost; 0 where there are others."""
    if len(scores) < 2 or min(scores) <= 0:
        return 0.0
    cuts = quantiles(scores, n=20, method="inclusive")
    return cuts[-1] / cuts[0] if cuts[0] > 0 else 0.0


def _padded(low: float, high: float, log: bool) -> Axis:
    low, high = (min(_LARGE, max(1 / _LARGE if log else -_LARGE, each)) for each in (low, high))
    if log:
        return Axis(low / 1.15, high * 1.15, True)
    size = max(abs(low), abs(high))
    margin = 0.05 * (high - low)
    if margin <= 1e-9 * size:
        margin = 0.05 * size if size > 1 / _LARGE else 1.0
    return Axis(low - margin, high + margin, False)


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
