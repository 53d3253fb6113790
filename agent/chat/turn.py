"""One turn of a chat: a message or a button becomes a run of the graph, a what-if, or an explanation.

Everything is said through `emit`; what a turn comes to is its last event. Only the graph and `intent` ask the model.
"""

from __future__ import annotations

import asyncio
import difflib
import json
import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...datasets.tables import Table, Value, read_data
from ...errors import UsageError
from ...evaluators.program import judge
from ...evaluators.verdict import Progress, Verdict
from .. import whatif
from ..changes import Change, Edit, changed_files, edited, folded, sentence, together
from ..engine import Engine, Given, Listeners
from ..explain import diagnosed, explain, relaxes
from ..finished import Finished, load
from ..formulate import asking
from ..formulate.graph import Event as GraphEvent
from ..formulate.nodes import Data, bind, outcome_line, progress_line
from ..formulate.state import Question, State
from ..prices import relaxed
from ..relax import apply_relaxation
from ..sections import answer_rows, headline, model_line, title
from ..solution import Solution
from ..wording import amount, plural
from .events import Answered, Asked, Began, Event, Formulated, Judged, Moved, Programmed, Step, Version
from .intent import intent_of
from .standing import Standing
from .understand import edits_in

QUESTIONS = 3
"""How many questions one turn may ask before it goes on with what it has."""
_FEW_WORDS = 8
"""A first message with fewer words, no number and no file is no problem yet."""
_ROWS = 20
"""Quantities that an answer names; the solution has them all."""
_TELL = (
    "Tell me the problem in your own words: what is to be decided, what limits it, and what the goal is.",
    "Numbers may stand in the text or in files.",
)


@dataclass
class Turn:
    engine: Engine
    chat: str
    """Id of the chat's own run in the store, which keeps what the model was asked beside the graph."""
    folder: Path
    """Where changed tables are written."""
    effort: str
    standing: Standing
    emit: Callable[[Event], None]

    # ---- what a turn can begin with

    async def hear(self, text: str, files: tuple[Path, ...]) -> None:
        """Words, and files that came with them."""
        if self.standing.question and self.standing.begun:
            await self._answer(text, files, self.standing.question.question, self.standing.begun)
        elif not self.standing.version:
            await self._tell(text, files)
        elif files:
            await self._new_files(text, files)
        else:
            await self._respond(text)

    async def edit(self, edits: Sequence[Edit], said: str = "") -> None:
        """Other data, the same program: no model is asked."""
        base = await self._base()
        data, changes = edited(base, edits)
        files = changed_files(base, data)
        paths = self._paths(base)
        if files != base.files:
            paths = await asyncio.to_thread(_written, self.folder / f"v{len(self.standing.versions) + 1}", files)
        await self._again(base, data, changes, paths, said)

    async def why(self, about: str) -> None:
        base = await self._base()
        found = await explain(self.engine.pool, base, about, self.engine.settings.solve_options)
        self.emit(Answered(text=found.text, relaxes=relaxes(base.solution)))

    async def relax(self) -> None:
        """The cheapest way out of an infeasible version: as other data where that does it, else as another model."""
        base = await self._base()
        found = base.verdict.diagnosis
        if not relaxes(base.solution) or not found:
            raise UsageError(f"the version at hand is {base.solution.status}: there is nothing to relax")
        edits = await apply_relaxation(self.engine.pool, base, self.engine.settings.solve_options)
        if edits:
            await self.edit(edits, "the cheapest way out")
        else:
            await self._change("; ".join(relaxed(base.formulation, each) for each in found.relaxations))

    def move(self, number: int) -> None:
        version = self.standing.versions.get(number)
        if version is None:
            known = ", ".join(map(str, self.standing.versions)) or "none yet"
            raise UsageError(f"there is no version {number}; there are: {known}")
        self.emit(Moved(version=number, text=f"Back to version {number}: {outcome(version)}"))

    def undo(self) -> None:
        version = self.standing.version
        if version is None or not version.parent:
            why = "the version at hand is the first" if version else "there is no model yet"
            raise UsageError(f"there is nothing to undo: {why}")
        self.move(version.parent)

    async def go_on(self) -> None:
        """A turn that was cut short, from the last step of its run that was finished."""
        begun = self.standing.begun
        if begun is None or not await self.engine.begun(begun.run):
            raise UsageError("this turn was cut short before anything of it was done: say it again")
        if await self.engine.waits(begun.run):
            raise UsageError("this turn was cut short while it was being answered: give the answer again")
        await self._talk(begun, None)

    # ---- words

    async def _tell(self, text: str, files: tuple[Path, ...]) -> None:
        """A problem, or more of one that has no version yet."""
        before = [each for each in self.standing.untold if not _is_small_talk(each.text, each.files)]
        if not before and _is_small_talk(text, files):
            self.emit(Answered(text=_TELL))
            return
        told = [each.text for each in before] + [text]
        known = [Path(path) for each in before for path in each.files]
        await self._formulate("\n\n".join(told), (*known, *files))

    async def _formulate(self, problem: str, paths: Sequence[Path]) -> None:
        begun = Began(run=self._create(problem, tuple(paths)))
        await self._talk(begun, State(problem=problem))

    async def _answer(self, text: str, files: tuple[Path, ...], question: Question, begun: Began) -> None:
        """The graph goes on with the answer; with files it begins anew, as also where the question is long gone."""
        given = self._given(begun.run)
        if not files and await self.engine.waits(begun.run):
            await self._talk(begun, text)
        elif begun.change:
            await self._change(f"{begun.change}\n{text}")
        else:
            said = asking.picked(text, question.choices) or text  # a number says nothing without the list
            await self._formulate(asking.with_answer(given.problem, question.text, said), (*given.data, *files))

    async def _respond(self, text: str) -> None:
        base = await self._base()
        if edits := edits_in(text, base):
            await self.edit(edits, text)
            return
        self.emit(Step(step="understand", message="reading what you ask for"))
        store = self.engine.store
        found = await intent_of(
            self.engine.llm,
            base,
            text,
            self.engine.settings.temperature,
            lambda call: store.record_call(self.chat, call),
        )
        match found.kind:
            case "edit":
                await self.edit(found.edits, text)
            case "change":
                await self._change(found.change or text)
            case "why":
                await self.why(found.about)
            case "relax":
                await self.relax()
            case "undo":
                self.undo()
            case "problem":
                await self._formulate(text, ())
            case "talk":
                self.emit(Answered(text=(found.reply or "I did not understand that: say it in other words.",)))

    async def _change(self, change: str) -> None:
        """A structural change: a minimal edit of the program at hand, through the graph."""
        base = await self._base()
        problem = _and_then(base.solution.problem, change)
        begun = Began(run=self._create(problem, self._paths(base)), change=change)
        start = State(
            problem=problem,
            formulation=base.formulation,
            program=base.solution.program,
            change=change,
            settled=list(self.standing.settled),
        )
        await self._talk(begun, start)

    # ---- runs of the graph

    async def _talk(self, begun: Began, start: State | str | None) -> None:
        self.emit(begun)
        base = await self._base() if begun.change else None
        listeners = Listeners(self._told, _Watch(self.emit, base.solution.program if base else "").changed)
        found = await self.engine.talk(begun.run, start, listeners, QUESTIONS)
        if isinstance(found, Question):
            self.emit(Asked(question=found))
        elif found.verdict is None or found.verdict.status == "failed":
            self.emit(Answered(text=(headline(found)[0], *_lacking(found))))
        else:
            comparison = whatif.compare(base, (), found.verdict) if base else None
            version = self._version(found, begun.change, base, (), (begun.change,) if begun.change else ())
            self._answered(found, version, comparison)

    def _told(self, event: GraphEvent) -> None:
        self.emit(Step(step=event.step, message=event.message, seconds=event.seconds, progress=event.progress))

    def _create(self, problem: str, paths: tuple[Path, ...]) -> str:
        return self.engine.create(Given(problem=problem, data=paths, effort=self.effort, chat=self.chat))

    # ---- other data

    async def _again(
        self, base: Finished, data: Data, changes: Sequence[Change], paths: tuple[Path, ...], said: str
    ) -> None:
        """The program at hand on other data."""
        begun = time.monotonic()
        engine, told = self.engine, "; ".join(map(sentence, changes))
        problem = _and_then(base.solution.problem, told) if told else base.solution.problem
        run = self._create(problem, paths)
        verdict = await judge(engine.pool, base.solution.program, data, engine.settings.solve_options, self._progress)
        self.emit(judged(verdict))
        if verdict.failure:
            raise UsageError(f"the program does not run on these data: {verdict.failure.message.splitlines()[0]}")
        state = State(
            problem=problem,
            formulation=folded(base, data),
            program=base.solution.program,
            verdict=verdict,
            repairs=[],
        )
        solution = engine.assembled(run, state, "quick", time.monotonic() - begun)
        version = self._version(solution, said or told, base, changes, ())
        self._answered(solution, version, whatif.compare(base, changes, verdict))

    def _progress(self, progress: Progress) -> None:
        self.emit(Step(step="solve", message=progress_line(progress), seconds=progress.seconds, progress=progress))

    async def _new_files(self, text: str, paths: tuple[Path, ...]) -> None:
        """Tables in the place of those with their names and columns: solved again. Any others: formulated anew."""
        base = await self._base()
        old = {each.name: each for each in base.files}
        read = await asyncio.to_thread(read_data, paths)
        new = {each.name: each for each in (_named_as(each, old) for each in read)}
        if all(_replaces(new[name], old.get(name)) for name in new):
            files = tuple(new.get(each.name, each) for each in base.files)
            kept = await asyncio.to_thread(_written, self.folder / f"v{len(self.standing.versions) + 1}", files)
            changes = [Change(name=name, before=_size(old[name]), after=_size(new[name])) for name in new]
            await self._again(base, bind(base.formulation, files), changes, kept, text)
        else:
            await self._formulate(_and_then(base.solution.problem, text), (*self._paths(base), *paths))

    # ---- versions

    async def _base(self) -> Finished:
        version = self.standing.version
        if version is None:
            raise UsageError("there is no model yet: tell the problem first")
        return await load(self.engine.store, version.run)

    def _given(self, run: str) -> Given:
        return Given.model_validate_json(self.engine.store.run(run).settings)

    def _paths(self, base: Finished) -> tuple[Path, ...]:
        return self._given(base.solution.run).data

    def _version(
        self, solution: Solution, said: str, base: Finished | None, edits: Sequence[Change], rules: tuple[str, ...]
    ) -> Version:
        parent = self.standing.version if base else None
        return Version(
            number=len(self.standing.versions) + 1,
            parent=parent.number if parent else 0,
            run=solution.run,
            title=title(solution),
            status=solution.status,
            objective=solution.objective,
            unit=solution.formulation.objective.unit if solution.formulation else "",
            said=said,
            edits=together(parent.edits if parent else (), edits),
            rules=(*(parent.rules if parent else ()), *rules),
        )

    def _answered(self, solution: Solution, version: Version, comparison: whatif.Comparison | None) -> None:
        text = whatif.told(comparison, version.unit).splitlines() if comparison else told(solution)
        self.emit(
            Answered(
                text=tuple(text),
                version=version,
                comparison=comparison,
                relaxes=relaxes(solution),
            )
        )


class _Watch:
    """Turns what the graph's steps change into events, each thing once."""

    def __init__(self, emit: Callable[[Event], None], program: str) -> None:
        self._emit, self._program = emit, program

    def changed(self, state: State) -> None:
        if "formulation" in state:
            self._emit(Formulated(formulation=state["formulation"]))
        if (program := state.get("program", "")) and program != self._program:
            self._emit(Programmed(source=program, diff=diff(self._program, program) if self._program else ""))
            self._program = program
        if "verdict" in state:
            self._emit(judged(state["verdict"]))


# ---- words for what happened


def judged(verdict: Verdict) -> Judged:
    return Judged(status=verdict.status, line=outcome_line(verdict), model=model_line(verdict))


def told(solution: Solution) -> list[str]:
    """A solution in a few lines."""
    rows, _ = answer_rows(solution)
    lines = [headline(solution)[0], *(f"{name}: {value}" for name, value in rows[:_ROWS])]
    lines += [f"and {len(rows) - _ROWS:,} more"] if len(rows) > _ROWS else []
    why = diagnosed(solution).text if solution.status in ("infeasible", "unbounded") else ()
    return [*lines, *why, *(f"! {flag.kind}: {flag.message}" for flag in solution.flags)]


def outcome(version: Version) -> str:
    """`optimal, 1,200 EUR`"""
    known = version.objective is not None
    return f"{version.status}, {amount(version.objective, version.unit)}" if known else version.status


def diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=2)
    return "\n".join(lines)


def _is_small_talk(text: str, files: Sequence[object]) -> bool:
    return not files and len(text.split()) < _FEW_WORDS and not re.search(r"\d", text)


def _and_then(problem: str, change: str) -> str:
    """The problem as it would be told from now on."""
    return f"{problem}\n\nChanged afterwards: {change}"


def _lacking(solution: Solution) -> list[str]:
    return [f"{each.name}: {each.why}" for each in solution.formulation.missing] if solution.formulation else []


# ---- files


def _named_as(new: Table | Value, old: Collection[str]) -> Table | Value:
    """A second upload of shops.csv is kept as shops-2.csv, and still means the table `shops`."""
    first = re.sub(r"_\d+$", "", new.name)
    return new.model_copy(update={"name": first}) if new.name not in old and first in old else new


def _replaces(new: Table | Value, old: Table | Value | None) -> bool:
    """Whether the program that read the one can read the other."""
    if isinstance(new, Table) and isinstance(old, Table):
        return {each.name for each in old.columns} <= {each.name for each in new.columns}
    return isinstance(new, Value) and isinstance(old, Value) and type(new.value) is type(old.value)


def _size(file: Table | Value) -> str:
    return plural(len(file.rows), "row") if isinstance(file, Table) else "a value"


def _written(folder: Path, files: Sequence[Table | Value]) -> tuple[Path, ...]:
    """Each table or value as a JSON file of its name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tuple(_write(folder / f"{each.name}.json", each) for each in files)


def _write(path: Path, file: Table | Value) -> Path:
    content = file.rows if isinstance(file, Table) else file.value
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
