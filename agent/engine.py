"""Engine: the store, the model, the sandbox and the graph, put together; `solve` and `asolve` in front of it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict

from ..datasets.tables import Table, Value, read_data
from ..errors import OptwrightError, ProblemError, UsageError
from .formulate.answer import assemble
from .formulate.state import EFFORTS, Context, Question, State
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

Files = tuple[Table | Value, ...]
OnEvent = Callable[["Event"], None]
OnChange = Callable[[State], None]


class Given(BaseModel):
    """What a run was started with, as the store keeps it."""

    model_config = ConfigDict(frozen=True)

    problem: str
    data: tuple[Path, ...]
    effort: str
    chat: str = ""
    """The chat that it belongs to, whose owner alone may see it; empty for a run of nobody's in particular."""


class Listeners(NamedTuple):
    """Who hears of a run while it goes on."""

    event: OnEvent | None = None
    """Of every line of progress."""
    change: OnChange | None = None
    """Of what each finished step changed in the graph's state."""


_NOBODY = Listeners()


class Engine:
    """Everything that solving needs, warm: `async with Engine(settings) as engine: await engine.solve(…)`.

    Many problems may be solved at once. `llm` takes the place of the model that the settings name.
    """

    def __init__(self, settings: Settings, llm: LLM | None = None) -> None:
        self.settings = settings
        self._given = llm
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Engine:
        from .checkpoints import saver
        from .formulate.graph import build

        settings = self.settings
        self.llm = self._given or connect(settings)
        self._stack.push_async_callback(self.llm.aclose)
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = self._stack.enter_context(closing(Store.of(settings)))
        self.pool = await self._stack.enter_async_context(sandbox(settings))
        self._saver = await saver(settings, self._stack)
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
        given = Given(problem=problem, data=paths, effort=effort or self.settings.effort)
        solution = await self._run(self.create(given), {"problem": problem}, files, given, Listeners(on_event))
        assert isinstance(solution, Solution)
        return solution

    def create(self, given: Given) -> str:
        """A new run in the store; its id."""
        run = secrets.token_hex(4)
        self.store.create_run(run, kind="solve", title=_title(given.problem), settings=given)
        return run

    async def resume(self, run: str, on_event: OnEvent | None = None) -> Solution:
        """Go on with a run that was stopped or killed, from its last finished step.

        Raises UsageError where there is no such run, or where it waits for an answer; otherwise as `solve`.
        """
        record = self.store.run(run)
        if record.result:
            return Solution.model_validate_json(record.result)
        if await self.waits(run):
            raise UsageError(f"run {run} waits for an answer: give it in its chat (optwright chat --resume CHAT)")
        given = Given.model_validate_json(record.settings)
        files = await asyncio.to_thread(read_data, given.data)
        begun = await self._graph.aget_state(_thread(run))
        state = None if begun.values else {"problem": given.problem}
        solution = await self._run(run, state, files, given, Listeners(on_event))
        assert isinstance(solution, Solution)
        return solution

    async def talk(
        self, run: str, start: State | str | None, listeners: Listeners = _NOBODY, questions: int = 0
    ) -> Solution | Question:
        """The run of `create`, with a person who may be asked `questions` times: its solution, or the next question.

        `start` is the graph's first state; the answer to the question at which it stopped; or None, to go on after a
        kill. Raises what `solve` raises.
        """
        from langgraph.types import Command

        given = Given.model_validate_json(self.store.run(run).settings)
        files = await asyncio.to_thread(read_data, given.data)
        state = Command(resume=start) if isinstance(start, str) else start
        return await self._run(run, state, files, given, listeners, questions)

    async def waits(self, run: str) -> bool:
        """Whether the run has stopped at a question."""
        return bool((await self._graph.aget_state(_thread(run))).interrupts)

    async def begun(self, run: str) -> bool:
        """Whether there are steps of the run to go on from."""
        return bool((await self._graph.aget_state(_thread(run))).values)

    async def _run(
        self, run: str, state: Any, files: Files, given: Given, listeners: Listeners, questions: int = 0
    ) -> Solution | Question:
        begun, level = time.monotonic(), EFFORTS[given.effort]
        context = Context(
            run=run,
            llm=self.llm,
            pool=self.pool,
            files=files,
            effort=level,
            options=self.settings.solve_options,
            temperature=self.settings.temperature,
            on_call=lambda call: self.store.record_call(run, call),
            questions=questions,
        )
        await self._drive(run, state, context, listeners)
        final = await self._graph.aget_state(_thread(run))
        if final.interrupts:
            return final.interrupts[0].value
        solution = self.assembled(run, final.values, given.effort, time.monotonic() - begun)
        await self._saver.adelete_thread(run)
        return solution

    def assembled(self, run: str, state: State, effort: str, seconds: float) -> Solution:
        """The solution that a final state comes to, kept in the store."""
        solution = assemble(
            state,
            run=run,
            model=self.llm.model,
            effort=effort,
            level=EFFORTS[effort],
            usage=_usage(self.store.calls(run)),
            seconds=seconds,
        )
        self.store.finish_run(run, solution.status, solution)
        return solution

    async def _drive(self, run: str, state: Any, context: Context, listeners: Listeners) -> None:
        stream = self._graph.astream(
            state,
            _thread(run),
            context=context,
            stream_mode=["custom", "updates"],
            durability="sync",
            version="v2",
        )
        async for part in stream:
            if part["type"] == "custom" and listeners.event:
                listeners.event(part["data"])
            elif part["type"] == "updates" and listeners.change:
                for step, changed in part["data"].items():
                    if step != "__interrupt__" and changed:
                        listeners.change(changed)


def _thread(run: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": run}}


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
