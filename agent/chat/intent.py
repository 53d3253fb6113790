"""What a message about a solved problem asks for, where the words alone do not say it: a language model reads them."""

from __future__ import annotations

from typing import Literal

from ... import prompts
from ...evaluators.datum import READINGS, data_of
from ..changes import Edit
from ..explain import family
from ..finished import Finished
from ..formulate.formulation import Element
from ..formulate.nodes import describe_files
from ..llm import LLM
from ..llm.types import OnCall
from ..sections import answer_rows, headline, one_line, value_text
from ..wording import shorten

_LISTED = 150
"""Data, constraints and variables that the prompt names."""
_TOLD = 30_000
"""Characters of the problem that the prompt shows."""


class Intent(Element):
    """See the prompt `converse`."""

    kind: Literal["edit", "change", "why", "relax", "undo", "problem", "talk"]
    edits: list[Edit]
    change: str
    about: str
    reply: str


async def intent_of(llm: LLM, run: Finished, said: str, temperature: float, on_call: OnCall) -> Intent:
    """Raises what `LLM.complete` raises."""
    values = {
        "problem": shorten_lines(run.solution.problem),
        "data": describe_files(run.files),
        "state": _state(run),
        "said": said,
    }
    messages = prompts.load("converse").render(**values)
    reply = await llm.complete(messages, schema=Intent, temperature=temperature, name="converse", on_call=on_call)
    assert isinstance(reply.parsed, Intent)
    return reply.parsed


def shorten_lines(text: str) -> str:
    return text if len(text) <= _TOLD else f"{text[:_TOLD]} …"


def _state(run: Finished) -> str:
    rows, _ = answer_rows(run.solution)
    parts = (
        ("Result", [headline(run.solution)[0], *(f"{name}: {value}" for name, value in rows[:40])]),
        ("Warnings", [flag.message for flag in run.solution.flags]),
        ("Data", _data(run)),
        ("Constraints", _constraints(run)),
        ("Variables", _variables(run)),
    )
    return "\n\n".join(f"*{title}*\n" + "\n".join(map(_line, lines)) for title, lines in parts if lines)


def _line(text: str) -> str:
    return f"- {shorten(one_line(text), 300)}"


def _data(run: Finished) -> list[str]:
    known = {each.name: each for each in run.formulation.parameters}
    lines = []
    for datum in data_of(run.data)[:_LISTED]:
        source = known.get(datum.root)
        value = "" if datum.value is None else f" = {value_text(datum.value)}"
        means = f", {source.description}, in {source.unit or 'no unit'}" if source and not datum.column else ""
        lines.append(f"{datum.path}{value}{means}")
    switches = run.data[READINGS]
    lines += [
        f"readings.{each.name} = {switches[each.name]!r} (or {each.other!r}): {each.question}"
        for each in run.formulation.readings
        if each.other
    ]
    return lines


def _constraints(run: Finished) -> list[str]:
    """Those of the formulation, with the names of some of their rows."""
    rows: dict[str, list[str]] = {}
    for row in run.verdict.constraints:
        rows.setdefault(family(row.name), []).append(row.name)
    lines = [f"{each.name}: {each.expression}{_members(each.name, rows)}" for each in run.formulation.constraints]
    return lines[:_LISTED]


def _variables(run: Finished) -> list[str]:
    columns: dict[str, list[str]] = {}
    for each in run.verdict.variables:
        columns.setdefault(family(each.name), []).append(each.name)
    lines = [f"{each.name}: {each.description}{_members(each.name, columns)}" for each in run.formulation.variables]
    return lines[:_LISTED]


def _members(name: str, listed: dict[str, list[str]]) -> str:
    members = [each for each in listed.get(name, []) if each != name]
    return f" (such as {', '.join(members[:6])})" if members else ""
