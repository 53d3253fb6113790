"""A run's attempts under every rule and every release of the labels, and what that adds up to.

One pass over the attempts, of which only small records stay: neither programs nor verdicts.

Tables score each item's first attempt, as somebody who asks once would have it; several samples have a table of their
own. Items whose label cannot be scored are left out of every accuracy, and counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from ...datasets.items import Item, Label
from ...errors import DataError
from ...evaluators.answers import DEFAULT, Answered, Judgement, judgement, scorable, scores
from ...evaluators.verdict import FailureKind
from ..solution import Flag, FlagKind
from .records import Attempt, Outcome, Record
from .stats import Estimate, Share, Vote, clustered_mean, estimate, pass_at_k, plurality, share

Right = dict[str, dict[str, bool]]
"""By release of the label, then by rule; releases whose label cannot be scored are left out."""
Trivial = Mapping[str, Callable[[Item], Answered | None]]
"""Answerers that understand nothing, by name: what each says to an item; None where it says nothing."""
_UNSOUND: frozenset[FlagKind] = frozenset({"cross-check", "feasibility", "limit"})
"""Flags of a check of the model itself that did not pass; the others doubt the text."""


class Scored(Record):
    """One attempt at one item, scored."""

    sample: int
    outcome: Outcome
    failure: FailureKind | None
    answered: bool
    """Whether there is an answer, right or wrong."""
    vote: Vote
    """What it says the answer is, as other samples' answers are compared with it; None without an objective."""
    right: Right
    judgement: Judgement | None
    """Under our own rule, by the label that is scored first; None where that cannot be scored."""
    flags: tuple[FlagKind, ...]
    sound: bool
    """Proved optimal, or to have no solution, and no check of the model failed."""
    opinions: tuple[Vote, ...]
    """Of the agent's independent programs for the same item."""
    rounds: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float
    error: str

    @property
    def became(self) -> str:
        """What became of it, in the words of the table of outcomes."""
        if self.outcome == "answered":
            return self.judgement or "answered, label not scorable"
        return f"{self.outcome}: {self.failure}" if self.failure else self.outcome


class ScoredItem(Record):
    """One item with its attempts, by sample; without text and model."""

    set: str
    item: str
    category: str
    cluster: str
    labels: tuple[Label, ...]
    attempts: tuple[Scored, ...]
    trivial: dict[str, Right]
    """Of the answerers that understand nothing."""

    @property
    def first(self) -> Scored | None:
        """None also where a run that stopped has later attempts alone: they are sampled at another temperature."""
        return self.attempts[0] if self.attempts and self.attempts[0].sample == 0 else None

    @property
    def release(self) -> str:
        """Whose label is scored first."""
        return self.labels[0].release

    @property
    def scorable(self) -> bool:
        return scorable(self.labels[0])

    def right(self, rule: str = DEFAULT, attempt: Scored | None = None) -> bool:
        """Whether the attempt, or else the first, is right by the label that is scored first; False without any."""
        attempt = attempt or self.first
        return bool(attempt and attempt.right.get(self.release, {}).get(rule))


def score(items: Iterable[Item], attempts: Iterable[Attempt], trivial: Trivial) -> tuple[ScoredItem, ...]:
    """The items in their order, each with its attempts; of two attempts with one number the later one counts.

    Raises DataError where an attempt is at an item that is not among them.
    """
    known = {(item.set, item.id): item for item in items}
    found: dict[tuple[str, str], dict[int, Scored]] = {key: {} for key in known}
    for attempt in attempts:
        key = (attempt.set, attempt.item)
        if key not in known:
            raise DataError(f"the run has an answer to {attempt.item!r} of {attempt.set}, which has no such item now")
        found[key][attempt.sample] = _scored(known[key], attempt)
    return tuple(_item(item, found[key], trivial) for key, item in known.items())


def _item(item: Item, attempts: Mapping[int, Scored], trivial: Trivial) -> ScoredItem:
    said = {name: answerer(item) for name, answerer in trivial.items()}
    return ScoredItem(
        set=item.set,
        item=item.id,
        category=item.category,
        cluster=item.cluster,
        labels=item.labels,
        attempts=tuple(attempts[sample] for sample in sorted(attempts)),
        trivial={name: _right(item, answer) for name, answer in said.items() if answer},
    )


def _right(item: Item, answer: Answered) -> Right:
    return {label.release: scores(label, answer) for label in item.labels if scorable(label)}


def _scored(item: Item, attempt: Attempt) -> Scored:
    label, answer = item.labels[0], attempt.answer
    kinds: tuple[FlagKind, ...] = tuple(dict.fromkeys(flag.kind for flag in attempt.flags))
    return Scored(
        **attempt.model_dump(
            include={"sample", "outcome", "rounds", "calls", "input_tokens", "output_tokens", "cost", "seconds"}
        ),
        error=attempt.error,
        failure=answer.failure,
        answered=answer.status not in ("limit", "none"),
        vote=vote(answer.status, answer.objective),
        right=_right(item, answer),
        judgement=judgement(label, answer) if scorable(label) else None,
        flags=kinds,
        sound=_sound(attempt),
        opinions=tuple(vote(each.status, each.objective, proved=True) for each in attempt.opinions),
    )


def vote(status: str, objective: float | None, proved: bool = False) -> Vote:
    """What an answer says; a point that is not `proved` optimal also counts, unless asked for."""
    if status in ("infeasible", "unbounded"):
        return "no solution"
    return objective if status == "optimal" or (status == "feasible" and not proved) else None


def _sound(attempt: Attempt) -> bool:
    feasible = attempt.verdict is None or attempt.verdict.feasibility is None or attempt.verdict.feasibility.ok
    proved = vote(attempt.answer.status, attempt.answer.objective, proved=True) is not None
    return attempt.outcome == "answered" and proved and feasible and not _kinds(attempt.flags) & _UNSOUND


def _kinds(flags: Iterable[Flag]) -> set[FlagKind]:
    return {flag.kind for flag in flags}


# What it adds up to ---------------------------------------------------------------------------------------------------


class Row(Record):
    """Accuracy of one group of items, by our own rule and the label that is scored first."""

    name: str
    share: Share
    clusters: int
    macro: float | None
    """The mean over clusters, each of which counts once."""


class RuleRow(Record):
    """Accuracy under one rule, by the label that is scored first."""

    rule: str
    share: Share
    macro: float | None
    trivial: dict[str, Share]
    """What answerers that understand nothing come to, each on the items that it has an answer for."""


class ReleaseRow(Record):
    """Accuracy by one release's labels, under every rule."""

    release: str
    rules: dict[str, Share]
    first: Share
    """On the same items, under our own rule, by the label that is scored first."""


class OutcomeRow(Record):
    """First attempts of which the same became; means over them."""

    name: str
    share: Share
    rounds: float
    tokens: float
    cost: float | None
    """None where some cost is unknown."""
    seconds: float


class RoundsRow(Record):
    """Accuracy of first attempts that took so many repairs."""

    rounds: int
    share: Share


class SamplesRow(Record):
    """What several samples come to, over items that have all of them."""

    measure: str
    estimate: Estimate
    items: int


class Usage(Record):
    """Of all attempts, not only the first."""

    attempts: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    """US dollars; None where some cost is unknown."""
    seconds: float
    """Sum of wall times; attempts run beside each other."""

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


def tried(items: Iterable[ScoredItem]) -> list[ScoredItem]:
    """Those that accuracies are of: there is an attempt, and a label that can be scored."""
    return [each for each in items if each.first and each.scorable]


def row(name: str, items: Sequence[ScoredItem]) -> Row:
    """`items` as from `tried`."""
    right = [each.right() for each in items]
    clusters = [each.cluster for each in items]
    return Row(
        name=name,
        share=share(sum(right), len(right)),
        clusters=len(set(clusters)),
        macro=clustered_mean(right, clusters),
    )


def rows(items: Iterable[ScoredItem], key: Callable[[ScoredItem], str]) -> tuple[Row, ...]:
    """By group, in order of appearance."""
    groups: defaultdict[str, list[ScoredItem]] = defaultdict(list)
    for each in tried(items):
        groups[key(each)].append(each)
    return tuple(row(name, group) for name, group in groups.items())


def macro(items: Iterable[ScoredItem]) -> Estimate | None:
    """The mean over clusters of their accuracies, with its interval; None of nothing."""
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for each in tried(items):
        groups[each.cluster].append(each.right())
    means = [sum(group) / len(group) for group in groups.values()]
    return estimate(means, range(len(means))) if means else None


def by_rule(items: Iterable[ScoredItem]) -> tuple[RuleRow, ...]:
    """Our own rule first, then the others in their order."""
    some = tried(items)
    rules = list(dict.fromkeys(rule for each in some for rule in _of(each)))
    return tuple(_rule_row(rule, some) for rule in sorted(rules, key=lambda rule: rule != DEFAULT))


def _of(item: ScoredItem) -> dict[str, bool]:
    return item.first.right[item.release] if item.first else {}


def _rule_row(rule: str, items: Sequence[ScoredItem]) -> RuleRow:
    right = [each.right(rule) for each in items]
    said: defaultdict[str, list[bool]] = defaultdict(list)
    for each in items:
        for name, found in each.trivial.items():
            said[name].append(found[each.release][rule])
    return RuleRow(
        rule=rule,
        share=share(sum(right), len(right)),
        macro=clustered_mean(right, [each.cluster for each in items]),
        trivial={name: share(sum(found), len(found)) for name, found in said.items()},
    )


def by_release(items: Iterable[ScoredItem]) -> tuple[ReleaseRow, ...]:
    """In order of appearance; items that a release lacks, or whose label there cannot be scored, are left out."""
    found: defaultdict[str, list[ScoredItem]] = defaultdict(list)
    for each in items:
        for release in each.first.right if each.first else ():
            found[release].append(each)
    return tuple(_release_row(release, group) for release, group in found.items())


def _release_row(release: str, items: Sequence[ScoredItem]) -> ReleaseRow:
    right = Counter(rule for each in items if each.first for rule, good in each.first.right[release].items() if good)
    rules = dict.fromkeys(rule for each in items if each.first for rule in each.first.right[release])
    both = tried(items)
    return ReleaseRow(
        release=release,
        rules={rule: share(right[rule], len(items)) for rule in sorted(rules, key=lambda rule: rule != DEFAULT)},
        first=share(sum(each.right() for each in both), len(both)),
    )


def outcomes(items: Iterable[ScoredItem]) -> tuple[OutcomeRow, ...]:
    """What became of first attempts: the right ones first, then the most frequent."""
    groups: defaultdict[str, list[Scored]] = defaultdict(list)
    good: set[str] = set()
    for each in items:
        if each.first:
            groups[each.first.became].append(each.first)
            good |= {each.first.became} if each.right() else set()
    total = sum(map(len, groups.values()))
    order = sorted(groups, key=lambda name: (name not in good, -len(groups[name]), name))
    return tuple(_outcome_row(name, groups[name], total) for name in order)


def _outcome_row(name: str, attempts: Sequence[Scored], total: int) -> OutcomeRow:
    used, count = usage(attempts), len(attempts)
    return OutcomeRow(
        name=name,
        share=share(count, total),
        rounds=sum(each.rounds for each in attempts) / count,
        tokens=used.tokens / count,
        cost=None if used.cost is None else used.cost / count,
        seconds=used.seconds / count,
    )


def by_rounds(items: Iterable[ScoredItem]) -> tuple[RoundsRow, ...]:
    groups: defaultdict[int, list[bool]] = defaultdict(list)
    for each in tried(items):
        if each.first:
            groups[each.first.rounds].append(each.right())
    return tuple(RoundsRow(rounds=at, share=share(sum(groups[at]), len(groups[at]))) for at in sorted(groups))


def by_samples(items: Iterable[ScoredItem], samples: int) -> tuple[SamplesRow, ...]:
    """pass@1, pass@k and maj@k where items are sampled more than once."""
    whole = [each for each in tried(items) if len(each.attempts) >= samples]
    if samples < 2 or not whole:
        return ()
    clusters = [each.cluster for each in whole]
    measures = {
        "pass@1": [_passed(each, 1) for each in whole],
        f"pass@{samples}": [_passed(each, samples) for each in whole],
        f"maj@{samples}": [_majority(each, samples) for each in whole],
    }
    return tuple(
        SamplesRow(measure=name, estimate=estimate(values, clusters), items=len(whole))
        for name, values in measures.items()
    )


def _passed(item: ScoredItem, k: int) -> float:
    right = sum(item.right(attempt=each) for each in item.attempts)
    return pass_at_k(len(item.attempts), right, k)


def _majority(item: ScoredItem, k: int) -> float:
    taken = plurality([each.vote for each in item.attempts[:k]])
    return float(taken is not None and item.right(attempt=item.attempts[taken]))


def usage(attempts: Iterable[Scored]) -> Usage:
    every = list(attempts)
    costs = [each.cost for each in every]
    return Usage(
        attempts=len(every),
        calls=sum(each.calls for each in every),
        input_tokens=sum(each.input_tokens for each in every),
        output_tokens=sum(each.output_tokens for each in every),
        cost=None if None in costs else sum(each for each in costs if each is not None),
        seconds=sum(each.seconds for each in every),
    )
