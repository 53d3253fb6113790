"""Runs as they stand in the store, for pages that follow them: nothing is read twice, and nothing too often."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar
from weakref import WeakValueDictionary

from ....errors import OptwrightError, UsageError
from ...bench import reports
from ...bench import runner as benching
from ...bench.records import Given as BenchGiven
from ...bench.view import RunView as BenchView
from ...engine import Engine
from ...engine import Given as SolveGiven
from ...evolve import run as evolution
from ...evolve.records import Candidate, Champion
from ...evolve.records import Given as EvolutionGiven
from ...evolve.report.view import RunView, Totals
from ...store import Run, Store
from .. import chats

RUNNING = "running"
SOLVE = "solve"
_BUSY = 10
"""What takes long is done so seldom that it takes at most one part in so many of the time."""
_OFTEN, _SELDOM = 0.8, 3.0
"""Seconds from one reading to the next: of what is new, of everything."""


class Feed(ABC):
    """Something that is read in a thread: once for all who ask for it at the same time."""

    def __init__(self, least: float) -> None:
        self._least, self._due = least, 0.0
        self._lock = asyncio.Lock()

    async def update(self) -> None:
        """Read what is new, unless that was done a moment ago. Raises OptwrightError."""
        async with self._lock:
            begun = time.monotonic()
            if begun >= self._due:
                await asyncio.to_thread(self._read)
                took = time.monotonic() - begun
                self._due = begun + took + max(self._least, _BUSY * took)

    @abstractmethod
    def _read(self) -> None: ...


class Row(NamedTuple):
    """What a list says of a run."""

    id: str
    kind: str
    status: str
    title: str
    created: datetime


class Listing(Feed):
    """The runs that everybody may see, the newest first: no chats, and no runs that belong to a chat."""

    def __init__(self, store: Store) -> None:
        super().__init__(_OFTEN)
        self._store = store
        self.rows: tuple[Row, ...] = ()

    def _read(self) -> None:
        self.rows = tuple(
            Row(run.id, run.kind, run.status, run.title, run.created) for run in self._store.runs() if _public(run)
        )

    async def open(self, id: str) -> Run:
        """A run of the list. Raises UsageError, in the same words for one that does not exist and a hidden one."""
        return await asyncio.to_thread(self._opened, id)

    def _opened(self, id: str) -> Run:
        try:
            run = self._store.run(id)
        except UsageError:
            raise _unknown(id) from None
        if not _public(run):
            raise _unknown(id)
        return run


def _public(run: Run) -> bool:
    if run.kind == SOLVE:
        return not SolveGiven.model_validate_json(run.settings).chat
    return run.kind != chats.KIND


def _unknown(id: str) -> UsageError:
    return UsageError(f"There is no run {id!r} here.")


class Evolution(Feed):
    """A run of evolution: each of its events is read once."""

    def __init__(self, store: Store, run: str) -> None:
        super().__init__(_OFTEN)
        self._store, self._run, self._seq = store, run, 0
        self._candidates: list[Candidate] = []
        self._champion: Champion | None = None
        self.totals = _Totals(store, run)
        self.view: RunView | None = None
        """With totals of nothing: they are in `totals`, and come later."""
        self.latest: datetime | None = None
        """When something happened last."""

    def _read(self) -> None:
        record = self._store.run(self._run)  # before the events: with the status `finished` come all of them
        events = self._store.events(self._run, after=self._seq)
        for event in events:
            self._seq, self.latest = event.seq, event.created
            if event.kind == evolution.CANDIDATE:
                self._candidates.append(Candidate.model_validate_json(event.body))
            elif event.kind == evolution.CHAMPION:
                self._champion = Champion.model_validate_json(event.body)
        if self.view is None or events or record.status != self.view.status:
            self.view = RunView(
                id=record.id,
                created=record.created,
                status=record.status,
                given=EvolutionGiven.model_validate_json(record.settings),
                candidates=tuple(self._candidates),
                champion=self._champion,
            )


class _Totals(Feed):
    """What a run of evolution has used. The whole run is read for it, all its exchanges with models included."""

    def __init__(self, store: Store, run: str) -> None:
        super().__init__(_SELDOM)
        self._store, self._run = store, run
        self.found: Totals | None = None
        self.of: tuple[int, str] = (-1, "")
        """Of how many candidates, and of which status."""

    def _read(self) -> None:
        view = evolution.view(self._store, self._run)
        self.found, self.of = view.totals, (len(view.candidates), view.status)


class Bench(Feed):
    """A benchmark run: how far it is."""

    def __init__(self, engine: Engine, run: str) -> None:
        super().__init__(_OFTEN)
        self._store, self._run, self._seq = engine.store, run, 0
        self.scores = _Scores(engine, run)
        self.made = 0
        """Attempts."""
        self.status = RUNNING
        self.given: BenchGiven | None = None

    def _read(self) -> None:
        record = self._store.run(self._run)
        for event in self._store.events(self._run, benching.ATTEMPT, after=self._seq):
            self._seq, self.made = event.seq, self.made + 1
        self.status, self.given = record.status, BenchGiven.model_validate_json(record.settings)

    @property
    def total(self) -> int:
        """Attempts that there will be."""
        return sum(len(each.items) for each in self.given.sets) * self.given.samples if self.given else 0


class _Scores(Feed):
    """A benchmark run, scored: all of it is read for it."""

    def __init__(self, engine: Engine, run: str) -> None:
        super().__init__(_SELDOM)
        self._engine, self._run = engine, run
        self.view: BenchView | None = None
        self.trouble = ""
        """Why it cannot be scored."""
        self.of: tuple[int, str] = (-1, "")
        """Of how many attempts, and of which status."""

    def _read(self) -> None:
        try:
            self.view, self.trouble = reports.scored(self._engine.settings, self._run), ""
            self.of = (self.view.usage.attempts, self.view.status)
        except OptwrightError as error:
            self.trouble = str(error)


F = TypeVar("F", bound=Feed)


class Feeds:
    """The feeds of one engine. Pages on the same run share one; it goes with the last of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.listing = Listing(engine.store)
        self._evolutions: WeakValueDictionary[str, Evolution] = WeakValueDictionary()
        self._benches: WeakValueDictionary[str, Bench] = WeakValueDictionary()

    def evolution(self, run: str) -> Evolution:
        return _shared(self._evolutions, run, lambda: Evolution(self._engine.store, run))

    def bench(self, run: str) -> Bench:
        return _shared(self._benches, run, lambda: Bench(self._engine, run))


def _shared(feeds: WeakValueDictionary[str, F], run: str, make: Callable[[], F]) -> F:
    feed = feeds.get(run)
    if feed is None:
        feed = feeds[run] = make()
    return feed
