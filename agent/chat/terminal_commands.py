"""The terminal's slash commands: one row each. What they do is the session's."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from typing import Any, NamedTuple

from ...errors import UsageError
from ..changes import Edit
from ..llm.wiring import connect
from ..render import terminal
from ..sections import formulation_section, grid, one_line
from ..wording import shorten
from . import terminal_view as view
from .terminal_desk import Desk, paths_of
from .terminal_input import Left

_PAIR = re.compile(r"\s*(?P<name>[^=\[]*?(?:\[[^\]]*\][^=\[]*?)*)\s*=\s*")
"""`NAME =`; brackets of a name may hold anything."""
_NEXT = re.compile(r",(?=[^=,\[]*(?:\[[^\]]*\][^=,\[]*)*=)")
"""The comma before another `NAME =`."""
_QUOTED = re.compile(r"(['\"])(.*)\1", re.DOTALL)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


class Command(NamedTuple):
    takes: str
    """What follows it; empty for nothing, in brackets what may be left out."""
    means: str
    run: Callable[[Desk, str], Awaitable[None]]


async def obey(desk: Desk, text: str) -> None:
    """Run the command in `text`, which begins with a slash. Raises OptwrightError, and Left at `/quit`."""
    name, *rests = text.split(maxsplit=1)
    command, rest = COMMANDS.get(name), "".join(rests).strip()
    if command is None:
        near = get_close_matches(name, COMMANDS, n=3, cutoff=0.5)
        meant = f"did you mean {' or '.join(near)}?" if near else "/help lists them all"
        raise UsageError(f"there is no command {shorten(one_line(name), 80)!r}; {meant}")
    if bool(rest) != bool(command.takes) and not command.takes.startswith("["):
        lacks = "takes nothing after it" if rest else f"needs something after it: {name} {command.takes}"
        raise UsageError(f"{name} {lacks}")
    await command.run(desk, rest)


def usage(name: str) -> str:
    return f"{name} {COMMANDS[name].takes}".strip()


# ---- turns


async def _what_if(desk: Desk, rest: str) -> None:
    edits = pairs(rest)
    await desk.turn(lambda: desk.session.what_if(edits))


async def _why(desk: Desk, rest: str) -> None:
    await desk.turn(lambda: desk.session.why(rest or "whole"))


async def _relax(desk: Desk, rest: str) -> None:
    await desk.turn(desk.session.relax)


async def _undo(desk: Desk, rest: str) -> None:
    await desk.turn(desk.session.undo)


async def _go(desk: Desk, rest: str) -> None:
    number = desk.number(rest)
    await desk.turn(lambda: desk.session.go(number))


def pairs(text: str) -> list[Edit]:
    """`hours = 250, price['wheat, durum'] = 3, units = whole`. Raises UsageError."""
    text, edits, at = text.rstrip(" ,"), [], 0
    while at < len(text):
        found = _PAIR.match(text, at)
        if not found or not found["name"].strip():
            raise UsageError(
                f"nothing like NAME = VALUE in {shorten(one_line(text[at:]), 80)!r}; give data and their new values, "
                "such as /whatif hours = 250, price['wheat'] = 3"
            )
        value, at = _value(text, found.end())
        edits.append(Edit(name=found["name"].strip(), value=value))
    return edits


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins there, and where the next pair does."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
        rest = text[end:].lstrip()
        if not rest or _NEXT.match(rest):
            return value, len(text) - len(rest[1:])
    except (ValueError, RecursionError):
        pass
    following = _NEXT.search(text, at)
    end = following.start() if following else len(text)
    words = _QUOTED.sub(r"\2", text[at:end].strip())
    if not words:
        raise UsageError(f"no value after {shorten(one_line(text[:at]), 80)!r}; write NAME = VALUE")
    return float(words.replace(",", "")) if _THOUSANDS.fullmatch(words) else words, end + 1


# ---- what there is


async def _versions(desk: Desk, rest: str) -> None:
    if not desk.session.standing.versions:
        raise UsageError("there is no version yet: tell the problem first")
    for line in view.tree(desk.session.standing):
        desk.screen.result(line)


async def _compare(desk: Desk, rest: str) -> None:
    numbers = [desk.number(each) for each in rest.split()]
    if len(numbers) != 2:
        raise UsageError("/compare takes two versions, such as /compare 1 2")
    found, program = await desk.session.compare(*numbers)
    versions = desk.session.standing.versions
    for shown in view.compared(versions[numbers[0]], versions[numbers[1]], found):
        desk.screen.result(shown)
    if program:
        for shown in (*view.section("Difference of the programs", ()), view.diff(program)):
            desk.screen.result(shown)


async def _show(desk: Desk, rest: str) -> None:
    desk.screen.result(terminal(desk.session.solution()))


async def _formulation(desk: Desk, rest: str) -> None:
    if found := formulation_section(desk.session.solution().formulation):
        for shown in view.section(found.title, found.blocks):
            desk.screen.result(shown)


async def _program(desk: Desk, rest: str) -> None:
    desk.screen.result(view.program(desk.session.solution().program))


# ---- files and the model


async def _data(desk: Desk, rest: str) -> None:
    if rest == "-":
        desk.attached = []
    elif rest:
        await desk.attach(_words(rest))
    names = ", ".join(path.name for path in desk.attached)
    desk.screen.note(f"goes with the next message: {names}" if names else "nothing is attached")


async def _save(desk: Desk, rest: str) -> None:
    words = _words(rest)
    if len(words) != 1:
        raise UsageError(f"/save takes one folder, not {len(words)}; put its name in quotes")
    (folder,) = paths_of(words)
    paths = await desk.session.save(folder)
    desk.screen.note(f"written to {folder}: {', '.join(path.name for path in paths)}")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise UsageError(f"a quote is not closed in {shorten(one_line(text), 80)!r}") from None


async def _model(desk: Desk, rest: str) -> None:
    if rest:
        old, desk.engine.llm = desk.engine.llm, connect(desk.load(model=rest), desk.meter)
        await old.aclose()
    desk.screen.note(f"the language model is {desk.engine.llm.model}")


async def _help(desk: Desk, rest: str) -> None:
    rows = [(usage(name), each.means) for name, each in COMMANDS.items()]
    blocks = [grid("", ("command", "does"), rows, cap=len(rows))]
    for shown in view.section("Commands", blocks):
        desk.screen.result(shown)


async def _quit(desk: Desk, rest: str) -> None:
    raise Left


COMMANDS: dict[str, Command] = {
    "/data": Command("[FILE …]", "attach tables or values to the next message; - takes them back", _data),
    "/whatif": Command("NAME = VALUE, …", "other data, the same program; no model is asked", _what_if),
    "/why": Command("[NAME]", "about a constraint, a variable, or the whole", _why),
    "/relax": Command("", "take the cheapest way out of an infeasible version", _relax),
    "/undo": Command("", "back to the version before the last change", _undo),
    "/go": Command("VERSION", "to another version; the next change branches off there", _go),
    "/versions": Command("", "all versions, and what each came to", _versions),
    "/compare": Command("VERSION VERSION", "two versions side by side", _compare),
    "/show": Command("", "the whole solution, as solve prints it", _show),
    "/formulation": Command("", "sets, parameters, variables, objective and constraints", _formulation),
    "/program": Command("", "the Pyomo program", _program),
    "/save": Command("DIR", "write the model, its data and a report", _save),
    "/model": Command("[NAME]", "ask another language model from now on", _model),
    "/help": Command("", "this list; everything else is a message in your own words", _help),
    "/quit": Command("", "leave; the chat can be gone on with later", _quit),
}
