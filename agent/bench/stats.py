"""Statistics of right and wrong answers: intervals, paired comparisons, several samples, confidence.

scipy takes half a second to import, so only the functions that need it do so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from .records import Record

if TYPE_CHECKING:
    import numpy as np

CONFIDENCE = 0.95
RTOL, ATOL = 1e-6, 1e-4
"""Two answers are one where they differ by at most max(ATOL, RTOL · the larger)."""
_RESAMPLES, _BATCH = 9999, 256

Vote = float | Literal["no solution"] | None
"""What one sample says the answer is; None where it says nothing."""


class Interval(Record):
    """Of a share, a mean or a difference; 95 %."""

    low: float
    high: float


class Share(Record):
    """So many of so many, with the Wilson interval."""

    count: int
    total: int
    interval: Interval | None
    """None of nothing."""

    @property
    def value(self) -> float | None:
        return self.count / self.total if self.total else None


class Estimate(Record):
    """A mean, with its bootstrap interval."""

    value: float
    interval: Interval | None
    """None where fewer than two clusters are there to resample."""


def share(count: int, total: int) -> Share:
    return Share(count=count, total=total, interval=wilson(count, total) if total else None)


def wilson(count: int, total: int) -> Interval:
    """The score interval of a binomial proportion (Wilson 1927, JASA 22:209); `total` at least 1."""
    from scipy.stats import binomtest

    found = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(low=float(found.low), high=float(found.high))


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of the exact test on discordant pairs (McNemar 1947, Psychometrika 12:153); 1 without any."""
    from scipy.stats import binomtest

    pairs = only_first + only_second
    return float(binomtest(only_first, pairs).pvalue) if pairs else 1.0


def clustered_mean(values: Sequence[float], clusters: Sequence[Hashable]) -> float | None:
    """The mean of the clusters' means, so that ten near-duplicates count once; None of nothing."""
    groups: defaultdict[Hashable, list[float]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        groups[cluster].append(value)
    means = [math.fsum(group) / len(group) for group in groups.values()]
    return math.fsum(means) / len(means) if means else None


def estimate(values: Sequence[float], clusters: Sequence[Hashable], seed: int = 0) -> Estimate:
    """The mean over at least one value, with the percentile bootstrap interval from resampled clusters.

    Near-duplicates are not independent, so whole clusters are drawn (Field and Welsh 2007, JRSS B 69:369). For a
    comparison of two runs the values are differences per item, which makes it the paired bootstrap.
    """
    import numpy as np
    from scipy.stats import bootstrap

    sums, sizes = _by_cluster(values, clusters)
    mean = float(sums.sum() / sizes.sum())
    if len(sums) < 2:
        return Estimate(value=mean, interval=None)
    found = bootstrap(
        (sums, sizes),
        _ratio,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        confidence_level=CONFIDENCE,
        method="percentile",  # BCa is not defined where all values are equal
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(value=mean, interval=Interval(low=float(found.low), high=float(found.high)))


def _by_cluster(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[np.ndarray, np.ndarray]:
    """(sum, size) of each cluster."""
    import numpy as np

    at = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    codes = [at[cluster] for cluster in clusters]
    sums = np.bincount(codes, weights=np.asarray(values, dtype=float), minlength=len(at))
    return sums, np.bincount(codes, minlength=len(at)).astype(float)


def _ratio(sums: np.ndarray, sizes: np.ndarray, axis: int) -> np.ndarray:
    return sums.sum(axis=axis) / sizes.sum(axis=axis)


# Several samples ------------------------------------------------------------------------------------------------------


def pass_at_k(n: int, c: int, k: int) -> float:
    """How likely it is that one of k samples is right, from n of which c are (Chen et al. 2021, arXiv:2107.03374).

    The unbiased estimate 1 - C(n-c, k) / C(n, k); 1 ≤ k ≤ n.
    """
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def plurality(votes: Sequence[Vote]) -> int | None:
    """Which vote to take: the first of the largest group of equal ones; None where nobody says anything.

    The rule of maj@k (Lewkowycz et al. 2022, arXiv:2206.14858), on the first k samples in their order, as somebody who
    draws k samples would have them; between groups of one size, the one that was first. A vote belongs to the first
    group whose first vote it equals.
    """
    groups = grouped(votes)
    return max(groups, key=len)[0] if groups else None


def grouped(votes: Iterable[Vote]) -> list[list[int]]:
    """Positions of equal votes, by first appearance; those that say nothing are left out."""
    groups: list[tuple[Vote, list[int]]] = []
    for at, vote in enumerate(votes):
        if vote is None or vote != vote:
            continue
        mine = next((members for first, members in groups if same(first, vote)), None)
        if mine is None:
            groups.append((vote, [at]))
        else:
            mine.append(at)
    return [members for _, members in groups]


def same(one: Vote, other: Vote) -> bool:
    """Whether two votes are one answer."""
    if isinstance(one, str) or isinstance(other, str) or one is None or other is None:
        return one == other
    return math.isclose(one, other, rel_tol=RTOL, abs_tol=ATOL)


# Confidence -----------------------------------------------------------------------------------------------------------


class Coverage(Record):
    """What is left when only answers with at most so many flags are taken."""

    flags: int
    coverage: float
    """Share of all items that get such an answer."""
    risk: float
    """Share of these answers that are wrong."""


def risk_coverage(flags: Sequence[int], right: Sequence[bool], items: int) -> tuple[Coverage, ...]:
    """Risk against coverage (El-Yaniv and Wiener 2010, JMLR 11:1605), a point for each number of flags.

    `flags` and `right` are of the answers; `items` counts also those without one, which no threshold takes.
    """
    found = []
    for most in sorted(set(flags)):
        taken = [good for count, good in zip(flags, right, strict=True) if count <= most]
        found.append(Coverage(flags=most, coverage=len(taken) / items, risk=taken.count(False) / len(taken)))
    return tuple(found)


def risk_area(flags: Sequence[int], right: Sequence[bool]) -> float | None:
    """Area under the risk-coverage curve (Geifman, Uziel and El-Yaniv 2019, arXiv:1805.08206); None of nothing.

    The mean, over all numbers of answers taken, of the share of wrong ones among them, when those with the fewest flags
    are taken first. Within one number of flags the order is open: the expectation over all orders. It equals the share
    of wrong answers where flags tell nothing.
    """
    if not flags:
        return None
    taken, wrong, risks = 0, 0.0, []
    for count in sorted(set(flags)):
        group = [good for each, good in zip(flags, right, strict=True) if each == count]
        rate = group.count(False) / len(group)
        risks += [(wrong + rate * more) / (taken + more) for more in range(1, len(group) + 1)]
        taken, wrong = taken + len(group), wrong + group.count(False)
    return math.fsum(risks) / len(risks)
