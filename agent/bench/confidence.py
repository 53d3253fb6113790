"""Whether answers that the method flags are the wrong ones: what matters is being wrong without warning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from ..solution import FlagKind
from .records import Record
from .scoring import Scored, ScoredItem, tried
from .stats import Coverage, Share, risk_area, risk_coverage, share

_KINDS: tuple[FlagKind, ...] = get_args(FlagKind)


class FlagRow(Record):
    """Accuracy of answers with a flag of this kind, whatever others they have."""

    kind: FlagKind
    share: Share


class Confidence(Record):
    """Of first attempts that give an answer, by our own rule and the label that is scored first."""

    unflagged: Share
    flagged: Share
    wrong_without_warning: Share
    """Wrong ones without a flag, of all answers."""
    kinds: tuple[FlagRow, ...]
    curve: tuple[Coverage, ...]
    """Coverage is of all items, answered or not."""
    area: float | None
    """Under the curve: the share of wrong answers where flags tell nothing, less where they tell."""


def confidence(items: Iterable[ScoredItem]) -> Confidence:
    some = tried(items)
    answers = [(each.first, each.right()) for each in some if each.first and each.first.answered]
    unflagged = [good for attempt, good in answers if not attempt.flags]
    flags, right = [len(attempt.flags) for attempt, _ in answers], [good for _, good in answers]
    return Confidence(
        unflagged=_accuracy(unflagged),
        flagged=_accuracy([good for attempt, good in answers if attempt.flags]),
        wrong_without_warning=share(unflagged.count(False), len(answers)),
        kinds=tuple(_kinds(answers)),
        curve=risk_coverage(flags, right, len(some)),
        area=risk_area(flags, right),
    )


def _accuracy(right: Sequence[bool]) -> Share:
    return share(sum(right), len(right))


def _kinds(answers: Sequence[tuple[Scored, bool]]) -> Iterable[FlagRow]:
    for kind in _KINDS:
        right = [good for attempt, good in answers if kind in attempt.flags]
        if right:
            yield FlagRow(kind=kind, share=_accuracy(right))
