"""Engine: the store, the model, the sandbox and the graph, put together; `solve` and `asolve` in front of it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict

from ..datasets.tables import read_data
from ..errors import OptwrightError, ProblemError
from .formulate.answer import assemble
from .formulate.state import EFFORTS, RECORDS, Context
from .llm import LLM, Call, connect
from .pools import sandbox
from .settings import Settings
from .solution import Solution, Usage
from .store import Store
from .waiting import wait

if TYPE_CHECKING:
    from .formulate.graph import Event

LONGEST_PROBLEM = 200_000
"""Characters. Beyond, the words are data, and belong in a file of `data`."""

OnEvent = Callable[["Event"], None]


class Given(BaseModel):
    """What a run was started with, as the store keeps it."""

    model_config = ConfigDict(frozen=True)

    problem: str
    data: tuple[Path, ...]
    effort: str


class Engine:
    """Everything that solving needs, warm: `async with Engine(settings) as engine: await engine.solve(…)`.

    Many problems may be solved at once. `llm` takes the place of the model that the settings name.
    """

    def __init__(self, settings: Settings, llm: LLM | None = None) -> None:
        self.settings = settings
        self._given = llm
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Engine:
        import aiosqlite
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        from .formulate.graph import build

        settings = self.settings
        self.llm = self._given or connect(settings)
        self._stack.push_async_callback(self.llm.aclose)
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = self._stack.enter_context(closing(Store.of(settings)))
        self.pool = await self._stack.enter_async_context(sandbox(settings))
        checkpoints = await self._stack.enter_async_context(aiosqlite.connect(settings.home / "checkpoints.sqlite"))
        # With the write-ahead log a killed process loses nothing; only a power cut could cost the last step.
        await checkpoints.execute("PRAGMA synchronous=NORMAL")
        self._saver = AsyncSqliteSaver(checkpoints, serde=JsonPlusSerializer(allowed_msgpack_modules=RECORDS))
        self._graph = build(self._saver)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def solve(
        self,
        problem: str,
        data: Sequence[Path | str] = (),
        on_event: OnEvent | None = None,
        effort: str | None = None,
    ) -> Solution:
        """Formulate, solve and check `problem`, with the files in `data`; the settings' effort where none is named.

        Raises ProblemError, DataError, NoModelError, ModelError, BudgetError or SandboxError; a
        problem that could not be solved is a Solution that says so.
        """
        problem, paths = _checked(problem), _absolute(data)
        files = await asyncio.to_thread(read_data, paths)  # before the run exists: a bad file is no run
        run, effort = secrets.token_hex(4), effort or self.settings.effort
        given = Given(problem=problem, data=paths, effort=effort)
        self.store.create_run(run, kind="solve", title=_title(problem), settings=given)
        return await self._run(run, {"problem": problem}, files, effort, on_event)

    async def resume(self, run: str, on_event: OnEvent | None = None) -> Solution:
        """Go on with a run that was stopped or killed, from its last finished step.

        Raises UsageError where there is no such run; otherwise as `solve`.
        """
        record = self.store.run(run)
        if record.result:
            return Solution.model_validate_json(record.result)
        given = Given.model_validate_json(record.settings)
        files = await asyncio.to_thread(read_data, given.data)
        begun = await self._graph.aget_state({"configurable": {"thread_id": run}})
        return await self._run(run, None if begun.values else {"problem": given.problem}, files, given.effort, on_event)

    async def _run(self, run: str, state: Any, files: tuple, effort: str, on_event: OnEvent | None) -> Solution:
        begun, calls = time.monotonic(), list[Call]()

        def on_call(call: Call) -> None:
            calls.append(call)
            self.store.record_call(run, call)

        context = Context(
            run=run,
            llm=self.llm,
            pool=self.pool,
            files=files,
            effort=EFFORTS[effort],
            options=self.settings.solve_options,
            temperature=self.settings.temperature,
            on_call=on_call,
        )
        await self._drive(run, state, context, on_event)
        final = await self._graph.aget_state({"configurable": {"thread_id": run}})
        solution = assemble(
            final.values,
            run=run,
            model=self.llm.model,
            effort=effort,
            level=context.effort,
            usage=_usage(self.store.calls(run)),
            seconds=time.monotonic() - begun,
        )
        self.store.finish_run(run, solution.status, solution)
        await self._saver.adelete_thread(run)
        return solution

    async def _drive(self, run: str, state: Any, context: Context, on_event: OnEvent | None) -> None:
        stream = self._graph.astream(
            state,
            {"configurable": {"thread_id": run}},
            context=context,
            stream_mode=["custom"],
            durability="sync",
            version="v2",
        )
        async for part in stream:
            if on_event:
                on_event(part["data"])


def _checked(problem: str) -> str:
    if not problem.strip():
        raise ProblemError("the problem is empty: say what is to be decided, what limits it, and what the goal is")
    if len(problem) > LONGEST_PROBLEM:
        raise ProblemError(
            f"the problem has {len(problem):,} characters, more than {LONGEST_PROBLEM:,}: "
            "put its numbers into a data file (--data) and keep the words"
        )
    return problem.strip()


def _absolute(paths: Sequence[Path | str]) -> tuple[Path, ...]:
    """As they are to be found again by `resume`, from wherever it is called."""
    return tuple(Path(path).resolve() for path in paths)


def _title(problem: str) -> str:
    return " ".join(problem.split())[:80]


def _usage(calls: Sequence[Call]) -> Usage:
    paid = [call.cost for call in calls if not call.cached]
    return Usage(
        calls=len(calls),
        cached=sum(call.cached for call in calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cost=None if any(cost is None for cost in paid) else sum(cost or 0.0 for cost in paid),
    )


# ---- one line in front of it


_engines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Settings, _Warm]] = WeakKeyDictionary()


class _Warm:
    """One engine that opens once, however many ask for it at the same time.

    An asynchronous generator holds it, because `asyncio.run` closes those when its loop ends.
    """

    def __init__(self, settings: Settings) -> None:
        self._generator = self._hold(settings)
        self._opening = asyncio.ensure_future(anext(self._generator))

    @staticmethod
    async def _hold(settings: Settings) -> AsyncIterator[Engine]:
        async with Engine(settings) as engine:
            yield engine

    async def engine(self) -> Engine:
        return await asyncio.shield(self._opening)


async def asolve(
    problem: str,
    data: Sequence[Path | str] = (),
    *,
    on_event: OnEvent | None = None,
    **flags: Any,
) -> Solution:
    """Solve a problem told in plain words; see `Engine.solve` for what is raised.

    `flags` are fields of `Settings` (`model=`, `base_url=`, `effort=`, `time_limit=` …). Calls on one
    event loop with the same flags share one warm engine, which closes with the loop.
    """
    engines = _engines.setdefault(asyncio.get_running_loop(), {})
    settings = Settings.load(**flags)
    if settings not in engines:
        engines[settings] = _Warm(settings)
    try:
        engine = await engines[settings].engine()
    except OptwrightError:
        engines.pop(settings, None)  # so that the next call tries again
        raise
    return await engine.solve(problem, data, on_event)


def solve(problem: str, data: Sequence[Path | str] = (), *, on_event: OnEvent | None = None, **flags: Any) -> Solution:
    """`asolve`, waiting for it; also where an event loop is running already, as in a notebook."""
    return wait(asolve(problem, data, on_event=on_event, **flags))
