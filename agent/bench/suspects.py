"""Labels that one should look at before believing them: releases that disagree, answers that agree against them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from ...datasets.items import Label
from ...evaluators.answers import DEFAULT, Answered, scorable, scores
from .records import Record
from .scoring import ScoredItem
from .stats import Vote, grouped

AGREEING = 2
"""So many independent answers that agree with each other make a label suspect."""


class Suspect(Record):
    """An item whose label may be wrong. Which side errs is for a reader to decide."""

    set: str
    item: str
    labels: dict[str, str]
    """What each release says, by release."""
    disagreeing: bool
    """Whether releases contradict each other under our own rule."""
    answers: tuple[Vote, ...] = ()
    """The answers that agree with each other against the label that is scored first; at least two, or none."""
    of: int = 0
    """Sound answers that there are."""


def suspects(items: Iterable[ScoredItem]) -> tuple[Suspect, ...]:
    """In the items' order."""
    return tuple(found for each in items if (found := _suspect(each)))


def _suspect(item: ScoredItem) -> Suspect | None:
    votes = _votes(item)
    against = _against(item.labels[0], votes)
    disagreeing = _disagree(item.labels)
    if not disagreeing and not against:
        return None
    return Suspect(
        set=item.set,
        item=item.item,
        labels={label.release: label.text for label in item.labels},
        disagreeing=disagreeing,
        answers=against,
        of=len(votes),
    )


def _votes(item: ScoredItem) -> list[Vote]:
    """Of the attempts that pass every check, and of the opinions that agree with the attempt they belong to."""
    votes: list[Vote] = []
    for attempt in item.attempts:
        if attempt.sound:
            votes += [attempt.vote, *(each for each in attempt.opinions if each is not None)]
    return votes


def _against(label: Label, votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """The largest group of votes, where it is large enough and the label contradicts it."""
    groups = grouped(votes)
    largest: list[Vote] = [votes[at] for at in max(groups, key=len)] if groups else []
    if len(largest) < AGREEING or not scorable(label) or _accepts(label, largest[0]):
        return ()
    return tuple(largest)


def _accepts(label: Label, said: Vote) -> bool:
    """By one number alone: a model that has another optimal vertex does not contradict the label."""
    answer = Answered(status="infeasible") if isinstance(said, str) else Answered(status="optimal", objective=said)
    return any(scores(each, answer)[DEFAULT] for each in _scalars(label))


def _scalars(label: Label) -> tuple[Label, ...]:
    """The label, or one for each of its quantities: which of them is the objective, no set says."""
    numbers = [
        {"text": each.text, "kind": "number", "value": each.value, "quantities": ()} for each in label.quantities
    ]
    return tuple(label.model_copy(update=each) for each in numbers) or (label,)


def _disagree(labels: Sequence[Label]) -> bool:
    return any(not _same(one, other) for one, other in combinations(filter(scorable, labels), 2))


def _same(one: Label, other: Label) -> bool:
    """Releases round differently, so it is enough if either accepts what the other says."""
    return any(_accepts(other, _said(each)) for each in _scalars(one)) or any(
        _accepts(one, _said(each)) for each in _scalars(other)
    )


def _said(label: Label) -> Vote:
    return "no solution" if label.kind == "no solution" else label.value
