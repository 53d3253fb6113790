"""The sets as tasks of Inspect (extra `inspect`): `inspect eval optwright/optibench --model …`.

Inspect asks the model, and keeps the log; the prompt, the sandbox and the scoring are those of `bench run`. A task is
listed for every set that is known or here when Inspect loads this module, through the package's entry point.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import NamedTuple, NoReturn

from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError  # the only error that its command line prints as one line
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import TaskState, generate

from ...datasets.catalog import manifests
from ...datasets.items import Item
from ...datasets.library import Library
from ...datasets.tables import read_data
from ...errors import OptwrightError, UsageError
from ...evaluators.answers import judgement, scorable, scores
from ...sandbox.contract import Sandbox
from ..edits import extract_code
from ..pools import sandbox
from ..settings import Settings
from .methods import BUILT_IN, direct_prompt, judged
from .questions import question
from .records import Work
from .runner import with_reach
from .sampling import labelled, sample

METHOD = "direct"
_MESSAGES: dict[str, type[ChatMessageSystem | ChatMessageUser]] = {"system": ChatMessageSystem, "user": ChatMessageUser}


def task_of(name: str) -> Callable[..., Task]:
    """The task of one set, registered under its name."""

    @task(name=name)
    def of_set(limit: int | None = None, seed: int = 0, labels: str | None = None, method: str = METHOD) -> Task:
        """`limit`, `seed`: as `bench run` samples; `labels`: whose count, each item's first without.

        Raises PrerequisiteError where the set is not here, its files are damaged, or an argument makes no sense.
        """
        try:
            return _task(name, limit, seed, labels, method)
        except OptwrightError as error:
            _stop(error)

    return of_set


def _task(name: str, limit: int | None, seed: int, labels: str | None, method: str) -> Task:
    if method != METHOD:
        how = f"optwright bench run {name} --method {method}"
        raise UsageError(f"Inspect runs method={METHOD} only, not {method!r}" + f"; use {how}" * (method in BUILT_IN))
    library = Library(Settings.load().home)
    items = sample(labelled(library.items(name), labels), limit, seed)
    return Task(
        dataset=MemoryDataset([_sample(item) for item in items], name=name),
        solver=generate(),
        scorer=program_judge(name, labels),
        metadata={"checksum": library.checksum(name)},
    )


def _stop(error: OptwrightError) -> NoReturn:
    raise PrerequisiteError(str(error)) from None


def _sample(item: Item) -> Sample:
    """Of what the labels say, only the names of the quantities that are asked for get into the input."""
    asked = question(item)
    messages: list[ChatMessage] = [
        _MESSAGES[message["role"]](content=message["content"])
        for message in direct_prompt(asked, read_data(asked.data))
    ]
    releases = [label.release for label in item.labels]
    return Sample(
        id=item.id,
        input=messages,
        target=item.labels[0].text,
        metadata={"category": item.category, "cluster": item.cluster, "labels": releases},
    )


@scorer(metrics={"*": [accuracy(), stderr(cluster="cluster")]})
def program_judge(set: str, labels: str | None = None) -> Scorer:
    """Runs the reply's program in the sandbox and judges what it finds under every rule, our own first.

    Items whose label is no answer are not scored. Raises SandboxError where the sandbox itself is broken.
    """
    settings = Settings.load()
    items = {item.id: item for item in labelled(Library(settings.home).items(set), labels)}

    async def score(state: TaskState, target: Target) -> Score:
        item = items[str(state.sample_id)]
        if not scorable(item.labels[0]):
            return Score.unscored(explanation="the label is no answer", reason="no label")
        return _score(item, await _work(item, state.output.completion, settings))

    return score


async def _work(item: Item, reply: str, settings: Settings) -> Work:
    pool = await _pool(settings)
    files = await asyncio.to_thread(read_data, item.data)
    made = await judged(pool, extract_code(reply) or "", files, settings.solve_options)
    return await with_reach(pool, item, made, settings.solve_options)


def _score(item: Item, work: Work) -> Score:
    label, found = item.labels[0], work.answer
    said = judgement(label, found)
    return Score(
        value={rule: CORRECT if right else INCORRECT for rule, right in scores(label, found).items()},
        answer=found.status if found.value is None else repr(found.value),
        explanation=f"{said}: {work.error}" if work.error else said,
        metadata={
            "judgement": said,
            "outcome": work.outcome,
            "release": label.release,
            **found.model_dump(mode="json"),
        },
    )


# One sandbox an event loop, for all tasks that run in it: Inspect tells nobody when a task ends, its loop does.


class _Open(NamedTuple):
    opened: AsyncGenerator[Sandbox, None]
    """Kept, or it would be closed as garbage."""
    pool: asyncio.Future[Sandbox]


_POOLS: dict[asyncio.AbstractEventLoop, _Open] = {}


async def _pool(settings: Settings) -> Sandbox:
    """Open from the first reply on, until the loop shuts down."""
    loop = asyncio.get_running_loop()
    if loop not in _POOLS:
        opened = _opened(loop, settings)
        _POOLS[loop] = _Open(opened, asyncio.ensure_future(anext(opened)))
    return await asyncio.shield(_POOLS[loop].pool)  # a reply whose time is up must not stop it for the others


async def _opened(loop: asyncio.AbstractEventLoop, settings: Settings) -> AsyncGenerator[Sandbox, None]:
    try:
        async with sandbox(settings) as pool:
            yield pool
    finally:
        del _POOLS[loop]


def _listed() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*manifests(), *Library(Settings.load().home).names())))


TASKS = {name: task_of(name) for name in _listed()}
"""By set."""
