"""Evolution: the store, the models, the sandbox and the search, put together; `evolve` and `aevolve` in front of it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path
from typing import Any

from ...errors import BudgetError, NoModelError, OptwrightError, TaskError, UsageError
from ...evaluators import evaluation
from ...evaluators.check import ready
from ...evaluators.evaluation import evaluate
from ...evaluators.task import Task, load
from ...sandbox.contract import Sandbox
from ..llm.budget import Meter
from ..llm.cache import Cache
from ..llm.cassette import WAYS
from ..llm.types import LLM, Call
from ..llm.wiring import connect
from ..pools import sandbox
from ..settings import Settings
from ..store import Event, Store
from ..waiting import wait
from .budget import SearchBudget
from .champion import CONTENDERS, crown
from .genetic import Genetic
from .judging import Judging
from .progress import Progress, Tally
from .proposers import ByOperator, Model, Seeds
from .records import Begun, Candidate, Champion, Given
from .report.view import RunView, Totals
from .search import Search
from .strategies import strategy as find
from .tuner import Tuner

OnProgress = Callable[[Progress], None]
KIND, BEGUN, CANDIDATE, CHAMPION = "evolve", "begun", "candidate", "champion"
DEFAULT_BUDGET = "candidates=200"
_TEMPERATURE = 1.0
"""A search lives on different replies; `temperature` in the settings overrules it where it is not 0."""


class Evolution:
    """Runs of evolution, on one store: `async with Evolution(settings) as evolution: await evolution.start(given)`.

    `llms` take the place of the models that the settings name.
    """

    def __init__(self, settings: Settings, llms: Sequence[LLM] = ()) -> None:
        self._settings, self._llms = settings, tuple(llms)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Evolution:
        self._settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = self._stack.enter_context(closing(Store.of(self._settings)))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def start(self, given: Given, on_progress: OnProgress | None = None) -> RunView:
        """A new run, to the end of its budget. Raises what `aevolve` raises."""
        task, run = load(given.task), secrets.token_hex(4)
        self.store.create_run(run, kind=KIND, title=f"{task.name}: {given.strategy}, seed {given.seed}", settings=given)
        with self.store.claim(run):
            return await self._go(run, given, task, on_progress)

    async def resume(self, run: str, budget: str | None = None, on_progress: OnProgress | None = None) -> RunView:
        """Go on with a run that was stopped or killed, or that is given a larger budget.

        Raises UsageError where there is no such run or another process works on it, and TaskError where the task's
        file is not what it was.
        """
        with self.store.claim(run):
            given = given_to(self.store, run)
            task = load(given.task)
            if task.source != given.source:
                raise TaskError(f"{given.task} has changed since run {run} was started; restore it, or start a new run")
            if budget is not None:
                given = given.model_copy(update={"budget": str(SearchBudget.parse(budget))})
                self.store.update_settings(run, given)
            return await self._go(run, given, task, on_progress)

    async def _go(self, run: str, given: Given, task: Task, on_progress: OnProgress | None) -> RunView:
        async with sandbox(self._settings, evaluation.preload(task), places()) as pool:
            session = _Session(self, run, given, task, pool, on_progress or (lambda progress: None))
            await session.go()
        return view(self.store, run)

    def models(self, run: str, given: Given, budget: SearchBudget) -> list[LLM]:
        """The run's models, behind one budget. What one of them answered is kept, also without the reply cache."""
        if self._llms:
            return list(self._llms)
        calls = [call for call in self.store.calls(run) if not call.cached]
        tokens = sum(call.input_tokens + call.output_tokens for call in calls)
        meter = Meter(budget.left(len(calls), tokens, sum(call.cost or 0.0 for call in calls)))
        models: list[LLM] = []
        for name, _ in map(_weight, given.models):
            llm = connect(self._settings.model_copy(update={"model": name}), meter)
            keep = self._settings.cache or self._settings.model == "replay"
            models.append(llm if keep else Cache(llm, self._settings.home / "cache.sqlite", run))
        return models

    @property
    def temperature(self) -> float:
        return self._settings.temperature or _TEMPERATURE


class _Session:
    """One process's work on a run."""

    def __init__(
        self, owner: Evolution, run: str, given: Given, task: Task, pool: Sandbox, on_progress: OnProgress
    ) -> None:
        self._store, self._run, self._task, self._pool = owner.store, run, task, pool
        self._on_progress = on_progress
        self._budget = SearchBudget.parse(given.budget)
        self._tally = Tally(run, self._budget.candidates, task.better)
        row = find(given.strategy)
        self._llms = [] if row.offline else owner.models(run, given, self._budget)
        judging = Judging(task, lambda text, instances: evaluate(pool, task, text, instances), row.staged)
        proposers = {
            "seed": Seeds(task),
            "model": Model(task, self._llms, owner.temperature, self._on_call),
            "genetic": Genetic(task),
            "tuner": Tuner(task, judging),
        }
        self._search = Search(
            task,
            row.model_copy(update={"window": given.window}),
            ByOperator(proposers),
            judging,
            seed=given.seed,
            models=[weight for _, weight in map(_weight, given.models)] or [1.0],
            on_commit=self._on_commit,
        )

    async def go(self) -> None:
        """Replay what there is, go on to the end of the budget, and crown the best."""
        status = "interrupted"
        try:
            await ready(self._pool, self._task)
            self._store.append(self._run, BEGUN, Begun())
            events = self._store.events(self._run, CANDIDATE)
            done = [Candidate.model_validate_json(event.body) for event in events]
            for candidate in done:
                self._tally.commit(candidate, replayed=True)
            self._search.replay(done, self._budget.candidates)
            self._on_progress(self._tally.progress(replayed=True))
            await self._search_on()
            await self._crown()
            status = "finished"
        except OptwrightError:
            status = "failed"
            raise
        finally:
            for llm in self._llms:
                await llm.aclose()
            if status != "finished":
                with suppress(OptwrightError):  # a store that fails has said so already
                    self._store.finish_run(self._run, status)

    async def _search_on(self) -> None:
        begun, minutes = time.monotonic(), self._budget.minutes
        with suppress(BudgetError):  # that is how a search with a budget ends
            await self._search.run(
                self._budget.candidates, lambda: minutes is not None and time.monotonic() - begun > 60 * minutes
            )

    async def _crown(self) -> None:
        champion = await crown(self._pool, self._task, self._search.archive.best(CONTENDERS))
        if champion is not None:
            self._store.append(self._run, CHAMPION, champion)
        self._store.finish_run(self._run, "finished", champion)

    def _on_commit(self, candidate: Candidate) -> None:
        self._store.append(self._run, CANDIDATE, candidate)
        self._on_progress(self._tally.commit(candidate))

    def _on_call(self, call: Call) -> None:
        self._store.record_call(self._run, call)
        self._tally.call(call)


def given(
    settings: Settings, task: str, strategy: str | None, models: Sequence[str], budget: str | None, seed: int
) -> Given:
    """What a new run is started with. Raises TaskError, SettingsError, NoModelError.

    Without a strategy it is `eoh` where there is a model, and `offline` where there is none.
    """
    found = load(task)
    named = tuple(models) or ((settings.model,) if settings.model else ())
    row = find(strategy or ("eoh" if named else "offline"))
    if not named and not row.offline:
        raise NoModelError(
            f"the strategy {row.name} asks a language model, and none is configured; {WAYS}; or --offline"
        )
    return Given(
        task=_absolute(task),
        source=found.source,
        words=found.words,
        direction=found.direction,
        kind=found.kind,
        baselines={split: dict(scores) for split, scores in found.baselines.items()},
        strategy=row.name,
        models=() if row.offline else named,
        seed=seed,
        window=row.window,
        budget=str(SearchBudget.parse(budget or DEFAULT_BUDGET)),
    )


def view(store: Store, run: str) -> RunView:
    """A run as it stands in the store. Raises UsageError where there is no such run of evolution."""
    record, begun = store.run(run), given_to(store, run)
    events = store.events(run)
    champions = [Champion.model_validate_json(event.body) for event in events if event.kind == CHAMPION]
    return RunView(
        id=run,
        created=record.created,
        status=record.status,
        given=begun,
        candidates=tuple(Candidate.model_validate_json(event.body) for event in events if event.kind == CANDIDATE),
        champion=champions[-1] if champions else None,
        totals=_totals(store.calls(run), _seconds(events)),
    )


def given_to(store: Store, run: str) -> Given:
    """What a run was started with. Raises UsageError where there is no such run of evolution."""
    record = store.run(run)
    if record.kind != KIND:
        raise UsageError(f"run {run} is a run of `{record.kind}`, not of evolve; see `optwright runs list`")
    return Given.model_validate_json(record.settings)


def _totals(calls: Sequence[Call], seconds: float) -> Totals:
    asked = [call for call in calls if not call.cached]
    costs = [call.cost for call in asked if call.cost is not None]
    return Totals(
        calls=len(asked),
        input_tokens=sum(call.input_tokens for call in asked),
        output_tokens=sum(call.output_tokens for call in asked),
        cost=sum(costs) if costs else None,
        seconds=seconds,
    )


def _seconds(events: Sequence[Event]) -> float:
    """From each beginning to the last thing that happened before the next."""
    total, begun = 0.0, None
    for event, following in zip(events, [*events[1:], None], strict=True):
        begun = event.created if event.kind == BEGUN else begun
        if begun is not None and (following is None or following.kind == BEGUN):
            total += (event.created - begun).total_seconds()
    return total


def places() -> int:
    """Candidates that are evaluated at once: one more than CPUs, so that none of these waits for this process."""
    return 1 + (os.cpu_count() or 1)


def _weight(model: str) -> tuple[str, float]:
    """`NAME` or `NAME=WEIGHT`."""
    name, _, weight = model.rpartition("=")
    try:
        return (name, float(weight)) if name else (model, 1.0)
    except ValueError:
        return model, 1.0


def _absolute(task: str) -> str:
    """As it is to be found again by `resume`, from wherever it is called."""
    place, at, function = task.partition("@")
    return f"{Path(place).expanduser().resolve()}{at}{function}" if place.endswith(".py") else task


async def aevolve(
    task: str,
    *,
    strategy: str | None = None,
    models: Sequence[str] = (),
    budget: str = DEFAULT_BUDGET,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    **flags: Any,
) -> RunView:
    """Evolve the candidates of a task, to the end of the budget.

    `task` is a shipped task's NAME, `FILE.py` or `FILE.py@FUNCTION`; `strategy` a row of `STRATEGIES`; `budget` as
    `--budget` takes it; `flags` are fields of `Settings` (`model=`, `base_url=`, `concurrency=` …).
    Raises TaskError, SettingsError, NoModelError, EndpointError, SandboxError. A budget that is spent ends the run.
    """
    if models:
        flags["model"] = _weight(models[0])[0]
    settings = Settings.load(**flags)
    async with Evolution(settings) as evolution:
        return await evolution.start(given(settings, task, strategy, models, budget, seed), on_progress)


def evolve(task: str, **more: Any) -> RunView:
    """`aevolve`, waiting for it; also where an event loop is running already, as in a notebook."""
    return wait(aevolve(task, **more))
