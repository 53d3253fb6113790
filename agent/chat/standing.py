"""How a chat stands: what its events come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from .events import ENDS, Answered, Asked, Began, Event, Moved, Said, Version


@dataclass(frozen=True)
class Standing:
    versions: Mapping[int, Version]
    head: int
    """Number of the version at hand; 0 where there is none yet."""
    question: Asked | None
    """What was asked last, where it has not been answered."""
    begun: Began | None
    """The run of the last turn, where it is not over; of the question, where one was asked."""
    open: bool
    """Whether the last turn is not over."""
    untold: tuple[Said, ...]
    """What was said since the last answer with a version, or the last move: a problem that is still being told."""

    settled: tuple[str, ...]
    """Names of the readings that were asked about."""

    @property
    def version(self) -> Version | None:
        return self.versions.get(self.head)


def standing(events: Sequence[Event]) -> Standing:
    versions = {each.version.number: each.version for each in events if isinstance(each, Answered) and each.version}
    last = next((each for each in reversed(events) if isinstance(each, (*ENDS, Said, Began))), None)
    question = last if isinstance(last, Asked) else None
    is_open = last is not None and not isinstance(last, ENDS)
    return Standing(
        versions=versions,
        head=next((number for each in reversed(events) if (number := _head(each))), 0),
        question=question,
        begun=_begun(events) if is_open or question else None,
        open=is_open,
        untold=_untold(events),
        settled=tuple(each.question.reading for each in events if isinstance(each, Asked) and each.question.reading),
    )


def _head(event: Event) -> int:
    if isinstance(event, Answered) and event.version:
        return event.version.number
    return event.version if isinstance(event, Moved) else 0


def _begun(events: Sequence[Event]) -> Began | None:
    """The last run, unless its turn is over and another has begun since."""
    since = takewhile(lambda each: not isinstance(each, (Answered, Moved)), reversed(events))
    return next((each for each in since if isinstance(each, Began)), None)


def _untold(events: Sequence[Event]) -> tuple[Said, ...]:
    since: Iterable[Event] = takewhile(lambda each: not _head(each), reversed(events))
    return tuple(each for each in since if isinstance(each, Said))[::-1]
