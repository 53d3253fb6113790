"""The attack book: hostile programs, the canaries that they are let loose on, and what they got away with.

An attack is a file in `tests/sandbox/attacks/<family>/`: one line that says what it tries, and a function
`attack(target)` that returns its loot, or `solve(…)` where it goes for the scorer of `attack_driver`. Besides:

    look(target)               runs as the next candidate, and returns what it found of the first one
    bystander(target, secret)  an honest candidate that runs beside it, and returns "unharmed"
    STATUS, VALUE, SECONDS     the Outcome that it deserves, where that is not "ok", [] and any time at all

`strike` runs one and lists, in fixed words, everything that went wrong; an attack holds where that list is empty.
"""

from __future__ import annotations

import ast
import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import attack_driver
from canaries import Canaries
from optwright.sandbox.outcome import Limits, Outcome
from optwright.sandbox.pool import Pool

FOLDER = Path(__file__).parents[1] / "sandbox" / "attacks"
LIMITS = Limits(seconds=5, memory_mb=256, result_bytes=1_000_000, output_bytes=10_000, scratch_mb=8)
HASTY = LIMITS.model_copy(update={"seconds": 0.5})
_OVERTIME = 1.5
_HONEST = "import numpy\ndef f(): return float(numpy.sum(numpy.ones(3)))"


@dataclass(frozen=True)
class Attack:
    family: str
    name: str
    says: str
    source: str
    functions: frozenset[str]
    statuses: tuple[str, ...] = ("ok",)
    value: object = ()
    seconds: float = 0.0
    """The least that must be measured."""

    @property
    def limits(self) -> Limits:
        return HASTY if "timeout" in self.statuses else LIMITS

    @property
    def scored(self) -> bool:
        return "solve" in self.functions


class Arena(Protocol):
    """Where attacks are run: a `GuardedPool`, or the bare process of `bare`."""

    scored_inside: bool
    harm: list[str]
    """What befell the parent itself, in words."""

    async def run(self, source: str, call: str, args: list[Any], limits: Limits) -> Outcome: ...

    async def rest(self) -> tuple[int, list[str]]:
        """Settle down; then the server, and its descriptors."""
        ...

    async def close(self) -> None: ...


class GuardedPool(Pool):
    """A pool that lets its server be looked at."""

    scored_inside = False

    def __init__(self) -> None:
        super().__init__(preload=("numpy", "attack_driver"), size=2)
        self.harm: list[str] = []

    async def rest(self) -> tuple[int, list[str]]:
        for _ in range(2):  # the second one is forked with the first one's limits: there is one process in reserve
            honest = await self.run(_HONEST, "f")
            assert (honest.status, honest.value) == ("ok", 3.0), honest
        assert self._link is not None
        server = _only_child(self._link._process.pid)
        return server, sorted(os.listdir(f"/proc/{server}/fd"))


def _only_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


def book() -> list[Attack]:
    """Every attack, family by family."""
    return [_read(path) for path in sorted(FOLDER.glob("*/*.py"))]


def _read(path: Path) -> Attack:
    source = path.read_text()
    tree = ast.parse(source)
    functions = frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if node.targets[0].id in ("STATUS", "VALUE", "SECONDS")
    }
    status = constants.get("STATUS", "ok")
    return Attack(
        family=path.parent.name,
        name=path.stem,
        says=ast.get_docstring(tree) or "",
        source=source,
        functions=functions,
        statuses=(status,) if isinstance(status, str) else status,
        value=constants.get("VALUE", []),
        seconds=constants.get("SECONDS", 0.0),
    )


async def strike(arena: Arena, attack: Attack, canaries: Canaries) -> tuple[Outcome, list[str]]:
    """Let an attack loose; what became of it, and what went wrong. Whatever it has left behind is removed."""
    server, before = await arena.rest(), canaries.count()
    outcome, leaks = await _let_loose(arena, attack, canaries)
    leaks += _judge(attack, outcome, canaries, arena.scored_inside)
    leaks += arena.harm
    arena.harm = []
    if await arena.rest() != server:
        leaks.append("the server is not as it was")
    leaks += await _left(canaries, before)
    if leaks:
        await arena.close()
        canaries.clean()
    leaks += canaries.harm()
    return outcome, list(dict.fromkeys(leaks))


async def _let_loose(arena: Arena, attack: Attack, canaries: Canaries) -> tuple[Outcome, list[str]]:
    leaks = []
    source, target, limits = attack.source, canaries.target(), attack.limits
    beside = None
    if "bystander" in attack.functions:
        beside = asyncio.create_task(arena.run(source, "bystander", [target, canaries.secret], LIMITS))
        await asyncio.sleep(0.2)
    if attack.scored:
        task = attack_driver.TASK
        call, answers = ("drive_and_score", [canaries.secret]) if arena.scored_inside else ("drive", [])
        outcome = await arena.run(source, f"attack_driver:{call}", [task, *answers], limits)
    else:
        outcome = await arena.run(source, "attack", [target], limits)
    if "look" in attack.functions:
        looked = await arena.run(source, "look", [target], LIMITS)
        leaks += ["found by the next candidate"] if (looked.status, looked.value) != ("ok", []) else []
    if beside is not None and (await beside).value != "unharmed":
        leaks.append("a neighbour harmed")
    return outcome, leaks


def _judge(attack: Attack, outcome: Outcome, canaries: Canaries, scored_inside: bool) -> list[str]:
    """What is wrong with this Outcome."""
    tell_tale = outcome.stdout + outcome.stderr + repr(outcome.value) + repr(outcome.error)
    wrong = {
        f"ended as {outcome.status}": outcome.status not in attack.statuses,
        "secret told": canaries.secret in tell_tale,
        "more output than allowed": max(len(outcome.stdout), len(outcome.stderr)) > LIMITS.output_bytes,
        "more time than allowed": outcome.seconds > attack.limits.seconds + _OVERTIME,
        "more memory than allowed": outcome.peak_mb > 1.5 * LIMITS.memory_mb,
        "time not measured": outcome.seconds < attack.seconds,
    }
    if outcome.status == "ok" and attack.scored:
        worth = outcome.value if scored_inside else attack_driver.score(outcome.value)
        believable = worth is None or (isinstance(worth, float) and worth <= attack_driver.OPTIMUM)
        wrong["scored as it likes"] = not believable
    elif outcome.status == "ok":
        wrong["loot"] = outcome.value != attack.value
    return [words for words, happened in wrong.items() if happened]


async def _left(canaries: Canaries, before: dict[str, int]) -> list[str]:
    """Kinds of things of which there are more than before, after some time to go away."""
    for _ in range(50):
        after = canaries.count()
        more = [f"{kind} left behind" for kind in after if after[kind] > before[kind]]
        if not more:
            break
        await asyncio.sleep(0.02)
    return more
