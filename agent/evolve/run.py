"""Evolution: the store, the models, the sandbox and the search, put together; `evolve` and `aevolve` in front of it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path

from ...errors import BudgetError, OptwrightError, TaskError
from ...evaluators import evaluation
from ...evaluators.evaluation import evaluate
from ...evaluators.task import Task, load
from ...sandbox.pool import Pool
from ..llm.budget import Meter
from ..llm.cache import Cache
from ..llm.types import LLM, Call
from ..llm.wiring import connect
from ..settings import Settings
from ..store import Store
from .budget import SearchBudget
from .champion import CONTENDERS, crown
from .genetic import Genetic
from .judging import Judging
from .progress import Progress, Tally
from .proposers import ByOperator, Model, Seeds
from .records import Candidate, Champion, Given
from .search import Search
from .strategies import Strategy, strategy
from .tuner import Tuner
from .view import RunView, view

OnProgress = Callable[[Progress], None]
KIND, CANDIDATE, CHAMPION = "evolve", "candidate", "champion"
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
        self.store = self._stack.enter_context(closing(Store.open(self._settings)))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def start(self, given: Given, on_progress: OnProgress | None = None) -> RunView:
        """A new run, to the end of its budget."""
        task = load(given.task)
        run = secrets.token_hex(4)
        self.store.create_run(run, kind=KIND, title=task.words.split("\n")[0][:80], settings=given)
        return await self._go(run, given, task, on_progress)

    async def resume(self, run: str, budget: str | None = None, on_progress: OnProgress | None = None) -> RunView:
        """Go on with a run that was stopped or killed, or that is given a larger budget.

        Raises UsageError where there is no such run or another process works on it, and TaskError where the task's
        file is not what it was.
        """
        given = given_to(self.store, run)
        task = load(given.task)
        if task.source != given.source:
            raise TaskError(f"{given.task} has changed since run {run} was started; restore it, or start a new run")
        if budget is not None:
            given = given.model_copy(update={"budget": str(SearchBudget.parse(budget))})
            self.store.update_settings(run, given)
        return await self._go(run, given, task, on_progress)

    async def _go(self, run: str, given: Given, task: Task, on_progress: OnProgress | None) -> RunView:
        with self.store.claim(run):
            async with Pool(preload=evaluation.preload(task), require_walls=self._settings.require_walls) as pool:
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
        for name in given.models:
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
        self, owner: Evolution, run: str, given: Given, task: Task, pool: Pool, on_progress: OnProgress
    ) -> None:
        self._store, self._run, self._task, self._pool = owner.store, run, task, pool
        self._on_progress = on_progress
        self._budget = SearchBudget.parse(given.budget)
        self._tally = Tally(run, self._budget.candidates, task.better)
        row = strategy(given.strategy)
        self._llms = [] if row.offline else owner.models(run, given, self._budget)
        judging = Judging(task, lambda text, instances: evaluate(pool, task, text, instances))
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
            models=[weight_of(name) for name in given.models] or [1.0],
            on_commit=self._on_commit,
        )

    async def go(self) -> None:
        """Replay what there is, go on to the end of the budget, and crown the best."""
        status = "interrupted"
        try:
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
            if status != "finished":
                self._store.finish_run(self._run, status)
            for llm in self._llms:
                await llm.aclose()

    async def _search_on(self) -> None:
        begun, minutes = time.monotonic(), self._budget.minutes
        try:
            await self._search.run(
                self._budget.candidates, lambda: minutes is not None and time.monotonic() - begun > 60 * minutes
            )
        except BudgetError:
            pass  # that is how a search with a budget ends

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


async def aevolve(
    task: str,
    *,
    strategy: str | None = None,
    budget: str = "candidates=200",
    models: Sequence[str] = (),
    on_progress: OnProgress | None = None,
    llms: Sequence[LLM] = (),
    **flags: object,
) -> RunView:
    """Evolve the candidates of a task; the run as it stands at its end.

    `task` is a shipped task's NAME, `FILE.py` or `FILE.py@FUNCTION`; `strategy` a name of `STRATEGIES` (`offline` where
    there is no model); `budget` as `--budget` takes it; `flags` are fields of `Settings`. `llms` take the place of the
    models. Raises TaskError, SettingsError, NoModelError, ModelError, SandboxError; a spent budget ends the run.
    """
    given = Given(
        task=_absolute(task),
        source=load(task).source,
        strategy=strategy or ("eoh" if models or llms or flags.get("model") else "offline"),
        models=tuple(models),
        seed=int(flags.get("seed") or 0),  # pyright: ignore[reportArgumentType]
        budget=str(SearchBudget.parse(budget)),
    )
    async with Evolution(Settings.load(**flags), llms) as evolution:
        return await evolution.start(given, on_progress)
