"""RunView: all that a report is made from, and what follows from it."""

from __future__ import annotations

import statistics
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ....evaluators.task import SPLITS, Split
from ...wording import plural
from ..records import Candidate, Champion, Given, Record, Status

SEED = "seed"
"""The operator of first candidates."""
MEANING: Mapping[Status, str] = {
    "ok": "scored on every train instance",
    "unpromising": "stopped after the cheap instances",
    "duplicate": "the same program or scores as an earlier one",
    "no_code": "the reply held no program",
    "no_reply": "the model gave nothing usable",
    "forbidden": "not run: no such function, or an import that is not allowed",
    "error": "raised an exception",
    "timeout": "took too long",
    "memory": "needed too much memory",
    "output": "printed or returned too much",
    "crashed": "ended its process",
    "infeasible": "its solution breaks a rule",
    "invalid": "its solution could not be scored",
}
_EXAMPLES = 3


class Totals(Record):
    """What a run has used so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """US dollars; None where no price is known."""
    seconds: float = 0.0
    """Of wall time, interruptions left out."""

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class RunView(Record):
    """One run, as plain records: nothing in here reads the store or runs a task."""

    id: str
    created: datetime
    status: str
    given: Given
    candidates: tuple[Candidate, ...] = ()
    """In order of commits."""
    champion: Champion | None = None
    """None until the run's best candidates were held out."""
    totals: Totals = Totals()

    @cached_property
    def by_number(self) -> dict[int, Candidate]:
        return {each.number: each for each in self.candidates}

    @cached_property
    def ranked(self) -> tuple[Candidate, ...]:
        """Candidates with a score, the best first; the earlier one where two are equal."""
        scored = [each for each in self.candidates if each.ok and each.score is not None]
        return tuple(sorted(scored, key=lambda each: (-self.merit(each.score or 0.0), each.number)))

    @property
    def best(self) -> Candidate | None:
        """The champion; where there is none yet, the best by train score."""
        if self.champion and self.champion.number in self.by_number:
            return self.by_number[self.champion.number]
        return self.ranked[0] if self.ranked else None

    def merit(self, score: float) -> float:
        """The score turned such that more is better."""
        return -score if self.given.direction == "minimize" else score

    def chain(self, candidate: Candidate) -> tuple[Candidate, ...]:
        """A candidate's line, from the seed to itself, always by the parent that was changed."""
        line = [candidate]
        while (parent := self._parent(line[-1])) is not None:
            line.append(parent)
        return tuple(reversed(line))

    def _parent(self, candidate: Candidate) -> Candidate | None:
        known = [self.by_number[each] for each in candidate.parents[:1] if each in self.by_number]
        return known[0] if known and known[0].number < candidate.number else None

    def gain(self, candidate: Candidate) -> float | None:
        """By how much it beats the best of its parents, above 0 where it does; None where that cannot be said."""
        parents = [self.by_number.get(each) for each in candidate.parents]
        merits = [self.merit(each.score) for each in parents if each and each.score is not None]
        if not candidate.ok or candidate.score is None or not merits:
            return None
        return self.merit(candidate.score) - max(merits)


# What happened --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcomes:
    """Candidates of one status."""

    status: Status
    count: int
    examples: tuple[Candidate, ...]
    """A few with different reasons, the earliest first."""


def outcomes(view: RunView) -> tuple[Outcomes, ...]:
    """By status: ok first, then the most frequent."""
    groups: dict[Status, list[Candidate]] = {}
    for each in view.candidates:
        groups.setdefault(each.status, []).append(each)
    found = [Outcomes(status, len(group), _different(group)) for status, group in groups.items()]
    return tuple(sorted(found, key=lambda each: (each.status != "ok", -each.count, each.status)))


def _different(group: Sequence[Candidate]) -> tuple[Candidate, ...]:
    firsts: dict[str, Candidate] = {}
    for each in group:
        if each.reason and len(firsts) < _EXAMPLES:
            firsts.setdefault(each.reason, each)
    return tuple(firsts.values())


@dataclass(frozen=True)
class OperatorRow:
    name: str
    tries: int
    ok: int
    improved: int
    """Beat every parent."""
    records: int
    """Were the best of the run when they came."""
    tokens: int

    @property
    def tokens_per_improvement(self) -> float | None:
        return self.tokens / self.improved if self.improved and self.tokens else None


def operators(view: RunView) -> tuple[OperatorRow, ...]:
    """The most productive first; seeds left out."""
    records = {each.number for each in bests(view)}
    groups: dict[str, list[Candidate]] = {}
    for each in view.candidates:
        if each.operator != SEED:
            groups.setdefault(each.operator, []).append(each)
    rows = (
        OperatorRow(
            name=name,
            tries=len(group),
            ok=sum(each.ok for each in group),
            improved=sum((view.gain(each) or 0) > 0 for each in group),
            records=sum(each.number in records for each in group),
            tokens=sum(each.tokens for each in group),
        )
        for name, group in groups.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.improved, -row.ok, row.name)))


def bests(view: RunView) -> tuple[Candidate, ...]:
    """Each candidate that was the best of the run when it came, in order."""
    found: list[Candidate] = []
    for each in view.candidates:
        if each.ok and each.score is not None and (not found or _beats(view, each, found[-1])):
            found.append(each)
    return tuple(found)


def _beats(view: RunView, one: Candidate, other: Candidate) -> bool:
    assert one.score is not None and other.score is not None
    return view.merit(one.score) > view.merit(other.score)


def medians(view: RunView, last: int) -> tuple[tuple[int, float], ...]:
    """(number, median score of the `last` ok candidates up to it), for each ok candidate."""
    recent: list[float] = []
    window: list[float] = []
    found = []
    for each in view.candidates:
        if each.ok and each.score is not None:
            recent.append(each.score)
            insort(window, each.score)
            if len(recent) > last:
                window.remove(recent[-last - 1])
            found.append((each.number, statistics.median(window)))
    return tuple(found)


# The champion, held out -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """The champion's scores on one split, beside others'."""

    split: Split
    mean: float | None
    scores: tuple[float, ...]
    """By instance."""
    baselines: Mapping[str, float]
    """With the best seed's on train."""


def standings(view: RunView) -> tuple[Standing, ...]:
    """For each split on which there is any score."""
    held = dict(view.champion.scores) if view.champion else {}
    if not held and view.best:
        held = {"train": view.best.scores}
    found = []
    for split in SPLITS:
        scores, others = held.get(split, ()), dict(view.given.baselines.get(split, {}))
        if split == "train" and (first := seed_score(view)) is not None:
            others = {"seed": first, **others}
        if scores or others:
            found.append(Standing(split, statistics.fmean(scores) if scores else None, scores, others))
    return tuple(found)


def seed_score(view: RunView) -> float | None:
    """The best first candidate's score on train."""
    scores = [each.score for each in view.candidates if each.operator == SEED and each.ok and each.score is not None]
    return max(scores, key=view.merit) if scores else None


def mean_on(view: RunView, split: Split) -> float | None:
    """The champion's mean on a split; on train also that of a best candidate that was not held out."""
    return next((each.mean for each in standings(view) if each.split == split), None)


def headline(view: RunView) -> str:
    """One sentence: what came out of it."""
    best = view.best
    if best is None:
        return f"Of {plural(len(view.candidates), 'candidate')}, none is ok" if view.candidates else "No candidate yet"
    split = "test" if mean_on(view, "test") is not None else "train"
    scored = f"#{best.number} scores {figure(mean_on(view, split))} on {split}"
    if view.champion is None:
        return f"Best so far: {scored}; not held out yet"
    return f"Champion {scored}, {'verified' if view.champion.verified else 'NOT verified'}"


def sense(view: RunView) -> str:
    return "lower is better" if view.given.direction == "minimize" else "higher is better"


def commands(view: RunView) -> tuple[str, str]:
    """To go on with it, and to take the best candidate away."""
    file = "best.py" if view.given.kind == "code" else "best.json"
    return f"optwright evolve resume {view.id}", f"optwright runs export {view.id} {file}"


def figure(score: float | None) -> str:
    """A score with six significant digits; all digits of large whole ones. However small, it is not taken for 0."""
    if score is None:
        return "n/a"
    whole = 1e6 <= abs(score) < 1e15
    return f"{score:,.0f}" if whole else f"{score:,.6g}"


def cost(totals: Totals) -> str:
    if totals.cost is not None:
        return f"${totals.cost:,.4f}" if totals.cost < 1 else f"${totals.cost:,.2f}"
    return "unknown" if totals.calls else "none"
