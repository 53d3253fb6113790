"""Benchmark runs: the sets, the method, the sandbox and the store, put together."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, closing, suppress
from typing import TYPE_CHECKING, Any

from ...datasets.items import Item
from ...datasets.library import Library
from ...datasets.tables import read_data, to_data
from ...errors import BudgetError, OptwrightError, UsageError
from ...evaluators.gold import judged
from ...evaluators.reaches import reaches
from ...evaluators.verdict import SolveOptions, Verdict
from ...sandbox.contract import Sandbox
from ..llm.budget import Budget, Meter
from ..llm.cache import Cache
from ..llm.types import LLM, Call
from ..llm.wiring import connect
from ..pools import sandbox
from ..settings import Settings
from ..store import Store
from ..waiting import wait
from .methods import BUILT_IN, Made, Method, function_of, method
from .progress import Progress, Tally
from .questions import question
from .records import Attempt, Given, Relaxation, SetGiven, Work, part
from .sampling import sample

if TYPE_CHECKING:
    from .view import RunView

OnProgress = Callable[[Progress], None]
KIND, ATTEMPT, RELAXATION = "bench", "attempt", "relaxation"
LISTED = 100
"""Variables, and constraints, of a verdict that a run keeps."""


class Bench:
    """Benchmark runs on one store: `async with Bench(settings) as bench: await bench.start(given)`.

    `llm` takes the place of the model that the settings name.
    """

    def __init__(self, settings: Settings, llm: LLM | None = None) -> None:
        self._settings, self._llm = settings, llm
        self._stack = AsyncExitStack()
        self.library = Library(settings.home)

    async def __aenter__(self) -> Bench:
        self._settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = self._stack.enter_context(closing(Store.of(self._settings)))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def start(self, given: Given, on_progress: OnProgress | None = None) -> str:
        """A new run, to its end or its budget's; its id.

        Raises UsageError, NoModelError, EndpointError, SandboxError, and BudgetError where the budget is spent first:
        `resume` goes on with the run.
        """
        run = secrets.token_hex(4)
        names = ", ".join(each.name for each in given.sets)
        title = f"{names}: {given.method}" + (f", {given.model}" if given.model else "")
        self.store.create_run(run, kind=KIND, title=title, settings=given)
        with self.store.claim(run):
            await self._go(run, given, on_progress)
        return run

    async def resume(self, run: str, budget: str | None = None, on_progress: OnProgress | None = None) -> bool:
        """Go on with a run that was stopped or killed; attempts that it has are kept, replies are not paid for twice.

        False where there was nothing left to do. Raises what `start` raises, and UsageError where a set is not what
        it was, or another process works on the run.
        """
        with self.store.claim(run):
            given = given_to(self.store, run)
            if self.store.run(run).status == "finished":
                return False
            if budget is not None:
                given = given.model_copy(update={"budget": str(Budget.parse(budget))})
                self.store.update_settings(run, given)
            await self._go(run, given, on_progress)
        return True

    async def _go(self, run: str, given: Given, on_progress: OnProgress | None) -> None:
        items = taken(self.library, given, run)
        status = "interrupted"
        try:
            await self._attempt_all(run, given, items, on_progress or (lambda progress: None))
            status = "finished"
        except BudgetError:
            status = "budget spent"
            raise
        except OptwrightError:
            status = "failed"
            raise
        finally:
            with suppress(OptwrightError):  # a store that fails has said so already
                self.store.finish_run(run, status)

    async def _attempt_all(self, run: str, given: Given, items: Sequence[Item], on_progress: OnProgress) -> None:
        tally, done = Tally(run, total=len(items) * given.samples), set[str]()
        by_id = {(item.set, item.id): item for item in items}
        for attempt in attempts(self.store, run):
            done.add(attempt.part)
            tally.add(attempt, by_id[attempt.set, attempt.item], replayed=True)
        on_progress(tally.progress())
        settings = self._settings.model_copy(
            update={"time_limit": given.time_limit, "temperature": given.temperature}
            | ({"effort": given.effort} if given.effort else {})
        )
        left = (
            (item, number)
            for number in range(given.samples)  # every item once before any twice
            for item in items
            if part(item.set, item.id, number) not in done
        )
        async with sandbox(settings) as pool, AsyncExitStack() as stack:
            llm = self._model(run, given) if given.method in BUILT_IN else None
            if llm:
                stack.push_async_callback(llm.aclose)
            worker = _Worker(self.store, run, method(given.method, llm, pool, settings), pool, settings)
            async for attempt, item in worker.all(left):
                self.store.append(run, ATTEMPT, attempt)
                on_progress(tally.add(attempt, item))
            await self._relax(run, items, pool, settings)

    async def _relax(self, run: str, items: Sequence[Item], pool: Sandbox, settings: Settings) -> None:
        """Keep the optimum of each gold model's LP relaxation: what who ignores integrality would answer."""
        done = relaxations(self.store, run)
        for item in items:
            if item.gold is None or (item.set, item.id) in done:
                continue
            data = await asyncio.to_thread(data_of, item)
            verdict = await judged(pool, item.gold, data, settings.solve_options, relax=True)
            found = Relaxation(set=item.set, item=item.id, objective=verdict.objective if verdict.solved else None)
            self.store.append(run, RELAXATION, found)

    def _model(self, run: str, given: Given) -> LLM:
        """Behind what is left of the budget. What it answered this run is kept, also without the reply cache."""
        if self._llm:
            return self._llm
        settings = self._settings.model_copy(update={"model": given.model})
        budget = Budget.parse(given.budget) if given.budget else None
        paid = [call for call in self.store.calls(run) if not call.cached] if budget else []
        tokens = sum(call.input_tokens + call.output_tokens for call in paid)
        spent = len(paid), tokens, sum(call.cost or 0.0 for call in paid)
        llm = connect(settings, Meter(budget.left(*spent) if budget else None))
        keep = settings.cache or settings.model == "replay"
        return llm if keep else Cache(llm, settings.home / "cache.sqlite", run)


class _Worker:
    """Makes attempts, several at once."""

    def __init__(self, store: Store, run: str, method: Method, pool: Sandbox, settings: Settings) -> None:
        self._store, self._run, self._method, self._pool, self._settings = store, run, method, pool, settings

    async def all(self, left: Iterator[tuple[Item, int]]) -> AsyncIterator[tuple[Attempt, Item]]:
        """Every attempt with its item, as they are made. What ends one with an error ends all.

        A budget that is spent ends them too, but only those that need more of it: replies on their way are paid for.
        """
        under_way, spent = set[asyncio.Task[tuple[Attempt, Item]]](), None
        try:
            while True:
                while not spent and len(under_way) < self._settings.concurrency and (next_one := next(left, None)):
                    under_way.add(asyncio.create_task(self._attempt(*next_one)))
                if not under_way:
                    break
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=_failed):  # those without an error first: they are paid for
                    if isinstance(task.exception(), BudgetError):
                        spent = task.exception()
                    else:
                        yield task.result()
            if spent:
                raise spent
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _attempt(self, item: Item, number: int) -> tuple[Attempt, Item]:
        begun, calls = time.monotonic(), list[Call]()

        def on_call(call: Call) -> None:
            calls.append(call)
            self._store.record_call(self._run, call, part(item.set, item.id, number))

        made = await self._method(question(item), number, on_call)
        work = await with_reach(self._pool, item, made, self._settings.solve_options)
        costs = [call.cost for call in calls]
        attempt = Attempt(
            **dict(work.model_copy(update={"verdict": _kept(work.verdict)})),
            set=item.set,
            item=item.id,
            sample=number,
            calls=len(calls),
            input_tokens=sum(call.input_tokens for call in calls),
            output_tokens=sum(call.output_tokens for call in calls),
            cost=None if None in costs else sum(cost or 0.0 for cost in costs),
            seconds=time.monotonic() - begun,
        )
        return attempt, item


async def with_reach(pool: Sandbox, item: Item, made: Made, options: SolveOptions) -> Work:
    """The attempt, and whether the label's quantities are another optimal vertex of its model. Raises SandboxError."""
    work = made.work
    label = next((label for label in item.labels if label.quantities), None)
    verdict = work.verdict
    if label is None or verdict is None or verdict.status != "optimal" or verdict.objective is None:
        return work
    reached = await reaches(pool, work.program, made.data, verdict.objective, label.quantities, options)
    told = {"reaches": reached, "reached": label.release}
    return work.model_copy(update={"answer": work.answer.model_copy(update=told)})


def _failed(task: asyncio.Task[tuple[Attempt, Item]]) -> bool:
    return task.exception() is not None


async def abench(
    sets: str | Sequence[str],
    method: str = "direct",
    *,
    limit: int | None = None,
    samples: int = 1,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    **flags: Any,
) -> RunView:
    """Run a method on sets, and score it.

    `sets` are names of sets that are here, or `all`; `method` is `direct`, `agent` or `module:function`; `limit` items
    of each set; `flags` are fields of `Settings` (`model=`, `base_url=`, `effort=`, `budget=` …).
    Raises UsageError, SettingsError, NoModelError, EndpointError, BudgetError, SandboxError.
    """
    from .reports import scored

    settings = Settings.load(**flags)
    asked = given(settings, [sets] if isinstance(sets, str) else sets, method, limit=limit, samples=samples, seed=seed)
    async with Bench(settings) as bench:
        return scored(settings, await bench.start(asked, on_progress))


def bench(sets: str | Sequence[str], method: str = "direct", **more: Any) -> RunView:
    """`abench`, waiting for it; also where an event loop is running already, as in a notebook."""
    return wait(abench(sets, method, **more))


def given(
    settings: Settings,
    sets: Sequence[str],
    method: str,
    *,
    limit: int | None = None,
    samples: int = 1,
    seed: int = 0,
) -> Given:
    """What a new run is started with; `all` names every set that is here.

    Raises UsageError where a set is not here or there is no such method, and NoModelError where the method needs a
    model and none is named.
    """
    library = Library(settings.home)
    names = library.names() if "all" in sets else tuple(dict.fromkeys(sets))
    asks = method in BUILT_IN
    if asks:
        connect(settings)  # says what is missing before there is a run
    else:
        function_of(method)
    return Given(
        sets=tuple(
            SetGiven(
                name=name,
                checksum=library.checksum(name),
                items=tuple(item.id for item in sample(library.items(name), limit, seed)),
            )
            for name in names
        ),
        method=method,
        model=settings.model or "replay" if asks else "",
        effort=settings.effort if method == "agent" else "",
        samples=samples,
        seed=seed,
        limit=limit,
        time_limit=settings.time_limit,
        temperature=settings.temperature,
        budget=str(settings.budget or ""),
    )


def given_to(store: Store, run: str) -> Given:
    """What a run was started with. Raises UsageError where there is no such run of bench."""
    record = store.run(run)
    if record.kind != KIND:
        raise UsageError(f"run {run} is a run of `{record.kind}`, not of bench; see `optwright runs list --kind bench`")
    return Given.model_validate_json(record.settings)


def taken(library: Library, given: Given, run: str) -> tuple[Item, ...]:
    """A run's items, in order. Raises UsageError where a set is gone, or not what it was when the run began."""
    found: list[Item] = []
    for each in given.sets:
        if library.checksum(each.name) != each.checksum:
            raise UsageError(
                f"the set {each.name} has changed since run {run} began; add the files that it had then, "
                "or start a new run"
            )
        items = {item.id: item for item in library.items(each.name)}
        found += [items[id] for id in each.items]
    return tuple(found)


def attempts(store: Store, run: str) -> Iterator[Attempt]:
    """A run's attempts in the order in which they were made, never all in memory."""
    return (Attempt.model_validate_json(event.body) for event in store.each(run, ATTEMPT))


def relaxations(store: Store, run: str) -> dict[tuple[str, str], float | None]:
    """Optima of LP relaxations of gold models, by set and item; None where there is none."""
    found = (Relaxation.model_validate_json(event.body) for event in store.each(run, RELAXATION))
    return {(each.set, each.item): each.objective for each in found}


def data_of(item: Item) -> dict[str, object]:
    """An item's data files as a program receives them. Raises DataError."""
    return to_data(read_data(item.data))


def _kept(verdict: Verdict | None) -> Verdict | None:
    """What of a verdict a run keeps: a model of industrial size would make it unreadable."""
    if verdict is None:
        return None
    listed = {"variables": verdict.variables[:LISTED], "constraints": verdict.constraints[:LISTED]}
    cut = sum(len(getattr(verdict, name)) - len(kept) for name, kept in listed.items())
    return verdict.model_copy(update={**listed, "lp": None, "omitted": verdict.omitted + cut})
