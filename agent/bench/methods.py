"""Methods: what makes an answer of a question. `direct`, `agent`, or a function of the user's own.

All of them through the same client, sandbox and judge, so that what differs between two runs is the method.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel

from ... import prompts
from ...datasets.tables import Table, Value, read_data, to_data
from ...errors import ReplyError, UsageError
from ...evaluators.answers import Answered, read_answer
from ...evaluators.program import judge
from ...evaluators.verdict import Failure, SolveOptions, Verdict
from ...sandbox.contract import Sandbox
from ..edits import extract_code
from ..formulate.answer import assemble
from ..formulate.nodes import bind, describe_files
from ..formulate.state import EFFORTS, Context
from ..llm.types import LLM, Call, Completion, OnCall
from ..settings import Settings
from ..solution import Usage
from .questions import Question
from .records import Outcome, Record, Work

APART = 100
"""Distance between the sample numbers of two attempts: more than one attempt asks of a single prompt."""
_VARIED = 0.7
"""Least temperature of further attempts: they are there to differ from the first."""


class Made(NamedTuple):
    """One attempt, and the data that its program was run on."""

    work: Work
    data: dict[str, Any]


class Method(Protocol):
    async def __call__(self, question: Question, sample: int, on_call: OnCall) -> Made:
        """One attempt. A bad reply or program is in the Work.

        Raises EndpointError, BudgetError, NoModelError, SandboxError, DataError: the run cannot go on so.
        """
        ...


class Program(Record):
    """What a function of the user's own returns to have a program run and judged."""

    source: str


def method(name: str, llm: LLM | None, pool: Sandbox, settings: Settings) -> Method:
    """`direct`, `agent`, or `module:function`. Raises UsageError where there is no such function."""
    if name in BUILT_IN:
        assert llm
        return BUILT_IN[name](llm, pool, settings)
    return External(function_of(name), pool, settings)


class Direct:
    """One prompt, one program, one run."""

    def __init__(self, llm: LLM, pool: Sandbox, settings: Settings) -> None:
        self._llm, self._pool = llm, pool
        self._options, self._temperature = settings.solve_options, settings.temperature

    async def __call__(self, question: Question, sample: int, on_call: OnCall) -> Made:
        files = await _files(question)
        try:
            reply = await _Attempting(self._llm, sample).complete(
                direct_prompt(question, files), temperature=self._temperature, name="direct", on_call=on_call
            )
        except ReplyError as error:
            return Made(_refused(error), {})
        return await judged(self._pool, extract_code(reply.text) or "", files, self._options)


def direct_prompt(question: Question, files: Sequence[Table | Value]) -> list[prompts.Message]:
    """What `direct` asks, `files` being those of the question."""
    return prompts.load("direct").render(problem=question.prompt, data=describe_files(files))


class Agent:
    """The formulation graph, at the effort that the settings name."""

    def __init__(self, llm: LLM, pool: Sandbox, settings: Settings) -> None:
        from ..formulate.graph import build  # LangGraph takes 0.4 s to import

        self._llm, self._pool, self._settings = llm, pool, settings
        self._graph = build(None)

    async def __call__(self, question: Question, sample: int, on_call: OnCall) -> Made:
        begun, settings, calls = time.monotonic(), self._settings, list[Call]()

        def heard(call: Call) -> None:
            calls.append(call)
            on_call(call)

        context = Context(
            run=question.id,
            llm=_Attempting(self._llm, sample),
            pool=self._pool,
            files=await _files(question),
            effort=EFFORTS[settings.effort],
            options=settings.solve_options,
            temperature=settings.temperature,
            on_call=heard,
        )
        try:
            state = await self._graph.ainvoke({"problem": question.prompt}, context=context)
        except ReplyError as error:
            return Made(_refused(error), {})
        solution = assemble(
            state,
            run=question.id,
            model=self._llm.model,
            effort=settings.effort,
            level=context.effort,
            usage=Usage(),  # the run counts for itself
            seconds=time.monotonic() - begun,
        )
        work = Work(
            outcome="incomplete" if solution.status == "incomplete" else _outcome(solution.program, solution.verdict),
            answer=_answered(solution.verdict),
            flags=solution.flags,
            program=solution.program,
            formulation=solution.formulation,
            verdict=solution.verdict,
            opinions=solution.samples,
            rounds=len(solution.repairs),
            error=solution.error,
        )
        return Made(work, bind(solution.formulation, context.files) if solution.formulation else {})


class External:
    """A function of the user's own: `function(question) -> answer or Program`, plain or `async`.

    It runs in this process, with all its rights; a Program that it returns runs in the sandbox.
    """

    def __init__(self, function: Callable[[Question], Any], pool: Sandbox, settings: Settings) -> None:
        self._function, self._pool, self._options = function, pool, settings.solve_options
        self._threads = ThreadPoolExecutor(settings.concurrency)  # the loop's own are a few more than there are cores

    async def __call__(self, question: Question, sample: int, on_call: OnCall) -> Made:
        try:
            given = await self._called(question)
        except (Exception, SystemExit) as error:  # whatever the user's code raises is that attempt's result
            failed = Answered(status="none", failure="exception")
            return Made(Work(outcome="crash", answer=failed, error=_one_line(error)), {})
        if isinstance(given, Program):
            return await judged(self._pool, given.source, await _files(question), self._options)
        answer = read_answer(given)
        return Made(Work(outcome="no program" if answer.status == "none" else "answered", answer=answer), {})

    async def _called(self, question: Question) -> Any:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(question)
        given = await asyncio.get_running_loop().run_in_executor(self._threads, self._function, question)
        return await given if inspect.isawaitable(given) else given  # an object or a lambda may be async as well


BUILT_IN: dict[str, Callable[[LLM, Sandbox, Settings], Method]] = {"direct": Direct, "agent": Agent}


class _Attempting:
    """The model as attempt number `sample` asks it: equal prompts of different attempts get replies of their own."""

    def __init__(self, llm: LLM, sample: int) -> None:
        self.model = llm.model
        self._llm, self._sample = llm, sample

    async def complete(
        self,
        messages: Sequence[prompts.Message],
        *,
        schema: type[BaseModel] | None = None,
        sample: int = 0,
        temperature: float = 0.0,
        name: str = "",
        on_call: OnCall | None = None,
    ) -> Completion:
        return await self._llm.complete(
            messages,
            schema=schema,
            sample=APART * self._sample + sample,
            temperature=max(temperature, _VARIED) if self._sample else temperature,
            name=name,
            on_call=on_call,
        )

    async def aclose(self) -> None:
        """The run closes the model."""


def function_of(name: str) -> Callable[[Question], Any]:
    """The function behind `module:function`. Raises UsageError where there is none."""
    place, colon, attribute = name.partition(":")
    if not colon or not place or not attribute:
        raise UsageError(f"no method is named {name!r}; there are {', '.join(BUILT_IN)}, and module:function")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: the user's file lies in the working folder
    try:
        found = getattr(importlib.import_module(place), attribute)
    except (Exception, SystemExit) as error:  # importing runs the user's code
        raise UsageError(f"method {name!r}: {_one_line(error)}; name it as module:function") from None
    if not callable(found):
        raise UsageError(f"method {name!r}: {attribute} is no function")
    return found


async def _files(question: Question) -> tuple[Table | Value, ...]:
    return await asyncio.to_thread(read_data, question.data)


async def judged(pool: Sandbox, program: str, files: Sequence[Table | Value], options: SolveOptions) -> Made:
    """What a reply's program comes to; empty where the reply held none. Raises SandboxError."""
    if not program:
        error = "the reply held no ```python block"
        return Made(Work(outcome="no program", answer=Answered(status="none"), error=error), {})
    data = to_data(files)
    verdict = await judge(pool, program, data, options)
    work = Work(
        outcome=_outcome(program, verdict),
        answer=_answered(verdict),
        program=program,
        verdict=verdict,
        error=_failed(verdict.failure) if verdict.failure else "",
    )
    return Made(work, data)


def _failed(failure: Failure) -> str:
    return f"{failure.kind}: {' '.join(failure.message.split())}"[:300]


def _refused(error: ReplyError) -> Work:
    return Work(outcome="refused", answer=Answered(status="none"), error=_one_line(error))


def _outcome(program: str, verdict: Verdict | None) -> Outcome:
    if verdict is None or not program:
        return "no program"
    if verdict.status == "failed":
        return "crash"
    return "limit" if verdict.status == "limit" else "answered"


def _answered(verdict: Verdict | None) -> Answered:
    if verdict is None:
        return Answered(status="none")
    return Answered(
        status="none" if verdict.status == "failed" else verdict.status,
        objective=verdict.objective,
        quantities=verdict.report,
        failure=verdict.failure.kind if verdict.failure else None,
    )


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
