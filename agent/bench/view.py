"""RunView and Comparison: all that reports of benchmark runs are made from. Plain records, JSON both ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import Field

from ...datasets.items import Item
from ...errors import UsageError
from ..wording import plural
from . import scoring
from .confidence import Confidence, confidence
from .records import Attempt, Given, Record
from .scoring import (
    OutcomeRow,
    ReleaseRow,
    RoundsRow,
    Row,
    RuleRow,
    SamplesRow,
    ScoredItem,
    Trivial,
    Usage,
)
from .stats import Estimate, Share, estimate, mcnemar, share
from .suspects import Suspect, suspects


class Published(Record):
    """Where a model may have seen a set before."""

    when: str = ""
    """When the set was published, as `2024-07`."""
    overlaps: dict[str, int] = Field(default_factory=dict)
    """Other sets, and how many of this set's items have a near-duplicate there."""


class SetRow(Row):
    """One set of a run."""

    checksum: str
    sampled: int
    tried: int
    """Items with an attempt."""
    published: str
    """When; empty where that is not known."""
    overlaps: dict[str, int]
    """Other sets, of the run or known from elsewhere, and how many items here have a near-duplicate there."""


class Spread(Record):
    """How much the rule alone moves the accuracy."""

    lowest: str
    highest: str
    size: float
    """Accuracy under the highest minus that under the lowest rule."""


class RunView(Record):
    """One run, scored. Accuracies are of first attempts, by our own rule and the label that is scored first, if no
    other rule, release or number of samples is named."""

    id: str
    created: datetime
    status: str
    given: Given
    total: Row
    macro: Estimate | None
    """Over clusters of near-duplicates, each of which counts once."""
    untried: int
    """Sampled items without an attempt yet."""
    unscorable: int
    """Items with an attempt, whose label cannot be scored."""
    rules: tuple[RuleRow, ...]
    spread: Spread | None
    releases: tuple[ReleaseRow, ...]
    sets: tuple[SetRow, ...]
    categories: tuple[Row, ...]
    """Named `SET / CATEGORY`; none where the sets have no categories."""
    outcomes: tuple[OutcomeRow, ...]
    rounds: tuple[RoundsRow, ...]
    samples: tuple[SamplesRow, ...]
    """None where items are sampled once."""
    confidence: Confidence
    suspects: tuple[Suspect, ...]
    usage: Usage
    items: tuple[ScoredItem, ...]


def view(
    given: Given,
    id: str,
    created: datetime,
    status: str,
    items: Iterable[Item],
    attempts: Iterable[Attempt],
    *,
    trivial: Trivial | None = None,
    published: Mapping[str, Published] | None = None,
) -> RunView:
    """Scores a run: `items` are those that were sampled, `attempts` are read once and not kept.

    Raises DataError where an attempt is at an item that is not among them.
    """
    found = scoring.score(items, attempts, trivial or {})
    some = scoring.tried(found)
    rules = scoring.by_rule(found)
    return RunView(
        id=id,
        created=created,
        status=status,
        given=given,
        total=scoring.row("all", some),
        macro=scoring.macro(found),
        untried=sum(not each.attempts for each in found),
        unscorable=sum(bool(each.attempts) and not each.scorable for each in found),
        rules=rules,
        spread=_spread(rules),
        releases=scoring.by_release(found),
        sets=_sets(given, found, published or {}),
        categories=_categories(found),
        outcomes=scoring.outcomes(found),
        rounds=scoring.by_rounds(found),
        samples=scoring.by_samples(found, given.samples),
        confidence=confidence(found),
        suspects=suspects(found),
        usage=scoring.usage(attempt for each in found for attempt in each.attempts),
        items=found,
    )


def _spread(rules: Iterable[RuleRow]) -> Spread | None:
    known = [(each.share.value, each.rule) for each in rules if each.share.value is not None]
    if len(known) < 2:
        return None
    low, high = min(known, key=lambda pair: pair[0]), max(known, key=lambda pair: pair[0])
    return Spread(lowest=low[1], highest=high[1], size=high[0] - low[0])


def _categories(items: Iterable[ScoredItem]) -> tuple[Row, ...]:
    return scoring.rows((each for each in items if each.category), lambda each: f"{each.set} / {each.category}")


def _sets(given: Given, items: Sequence[ScoredItem], published: Mapping[str, Published]) -> tuple[SetRow, ...]:
    found, shared = [], _overlaps(items)
    for each in given.sets:
        known = published.get(each.name, Published())
        mine = [item for item in items if item.set == each.name]
        found.append(
            SetRow(
                **scoring.row(each.name, scoring.tried(mine)).model_dump(),
                checksum=each.checksum,
                sampled=len(each.items),
                tried=sum(bool(item.attempts) for item in mine),
                published=known.when,
                overlaps={**shared[each.name], **known.overlaps},
            )
        )
    return tuple(found)


def _overlaps(items: Iterable[ScoredItem]) -> dict[str, Counter[str]]:
    """By set: how many of its items share a cluster with an item of each other set of the run."""
    where: defaultdict[str, set[str]] = defaultdict(set)
    for each in items:
        where[each.cluster].add(each.set)
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in items:
        found[each.set].update(where[each.cluster] - {each.set})
    return found


# Two runs -------------------------------------------------------------------------------------------------------------


class Side(Record):
    """One of two runs that are compared, over the items that both have."""

    id: str
    given: Given
    share: Share
    usage: Usage
    """Of first attempts at these items."""


class PairedRow(Record):
    """Two runs under one rule, on the same items and labels; differences are of the second minus the first."""

    rule: str
    first: Share
    second: Share
    only_first: int
    """Items that only the first run has right."""
    only_second: int
    p: float
    """Of the exact McNemar test."""


class Discordant(Record):
    """An item that one run has right and the other has not."""

    set: str
    item: str
    became: str
    """What became of it in the run that has it wrong."""
    flagged: bool
    """Whether that answer came with a warning."""


class Comparison(Record):
    """Two runs on the items that both have, by first attempts and the label that is scored first in both."""

    first: Side
    second: Side
    items: int
    rules: tuple[PairedRow, ...]
    """Our own rule first."""
    difference: Estimate | None
    """Of the accuracies, second minus first, under our own rule; the interval resamples clusters."""
    sets: tuple[tuple[Row, Row], ...]
    only_first: tuple[Discordant, ...]
    only_second: tuple[Discordant, ...]
    notes: tuple[str, ...]
    """Where the runs are not alike, one sentence each."""


def compare(first: RunView, second: RunView) -> Comparison:
    """Raises UsageError where the runs have no item with the same label in common."""
    pairs = _pairs(first, second)
    if not pairs:
        raise UsageError(
            f"runs {first.id} and {second.id} have no item in common that both tried; name runs of the same sets"
        )
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    rules = [each.rule for each in first.rules if each.rule in {other.rule for other in second.rules}]
    gains = [float(other.right()) - float(one.right()) for one, other in pairs]
    return Comparison(
        first=_side(first, ones),
        second=_side(second, others),
        items=len(pairs),
        rules=tuple(_paired(rule, pairs) for rule in rules),
        difference=estimate(gains, [one.cluster for one in ones]),
        sets=tuple(zip(*(scoring.rows(each, lambda item: item.set) for each in (ones, others)), strict=True)),
        only_first=tuple(_discordant(other) for one, other in pairs if one.right() and not other.right()),
        only_second=tuple(_discordant(one) for one, other in pairs if other.right() and not one.right()),
        notes=tuple(_notes(first, second, len(pairs))),
    )


def _pairs(first: RunView, second: RunView) -> list[tuple[ScoredItem, ScoredItem]]:
    known = {(each.set, each.item): each for each in scoring.tried(second.items)}
    both = [(each, known.get((each.set, each.item))) for each in scoring.tried(first.items)]
    return [(one, other) for one, other in both if other and one.labels[0] == other.labels[0]]


def _side(view: RunView, items: list[ScoredItem]) -> Side:
    right = [each.right() for each in items]
    return Side(
        id=view.id,
        given=view.given,
        share=share(sum(right), len(right)),
        usage=scoring.usage(each.first for each in items if each.first),
    )


def _paired(rule: str, pairs: Iterable[tuple[ScoredItem, ScoredItem]]) -> PairedRow:
    right = [(one.right(rule), other.right(rule)) for one, other in pairs]
    only_first, only_second = right.count((True, False)), right.count((False, True))
    both = right.count((True, True))
    return PairedRow(
        rule=rule,
        first=share(both + only_first, len(right)),
        second=share(both + only_second, len(right)),
        only_first=only_first,
        only_second=only_second,
        p=mcnemar(only_first, only_second),
    )


def _discordant(wrong: ScoredItem) -> Discordant:
    became, flagged = (wrong.first.became, bool(wrong.first.flags)) if wrong.first else ("", False)
    return Discordant(set=wrong.set, item=wrong.item, became=became, flagged=flagged)


def _notes(first: RunView, second: RunView, pairs: int) -> Iterable[str]:
    for name in ("method", "model", "effort", "temperature", "time_limit", "samples"):
        one, other = getattr(first.given, name), getattr(second.given, name)
        if one != other:
            yield f"{name.replace('_', ' ')}: {one or 'none'} against {other or 'none'}"
    sums = [{each.name: each.checksum for each in run.given.sets} for run in (first, second)]
    changed = [name for name in sums[0] if name in sums[1] and sums[0][name] != sums[1][name]]
    if changed:
        yield f"changed between the runs: {', '.join(changed)}; items whose label differs are left out"
    for run in (first, second):
        if left := run.total.share.total - pairs:
            yield f"{plural(left, 'item')} of {run.id} left out: not tried by the other, or with another label"


def headline(view: RunView) -> str:
    """`accuracy 76.2 % [68.9, 82.2], 156 items`, and how far the run is."""
    total = view.total.share
    if total.value is None:
        return "no answer that could be scored yet"
    rest = f", {view.untried:,} not tried yet" if view.untried else ""
    return f"accuracy {percent(total)}, {plural(total.total, 'item')}{rest}"


def percent(found: Share | Estimate | None) -> str:
    """With its interval: `76.2 % [68.9, 82.2]`."""
    if found is None or found.value is None:
        return "n/a"
    interval = found.interval
    rest = f" [{100 * interval.low:.1f}, {100 * interval.high:.1f}]" if interval else ""
    return f"{100 * found.value:.1f} %{rest}"
