"""What each wall is worth: every attack of the book, with each wall missing in turn, with none, and without a sandbox.

`python benchmarks/walls.py` prints a Markdown table; `--write docs/security.md` puts it there, between its markers.
Hostile programs really run here, some without any wall. They are bounded, and go for nothing but canaries; it takes
some minutes.
"""

from __future__ import annotations

import asyncio
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from attack_book import Arena, Attack, GuardedPool, book, strike
from bare import Bare
from canaries import Canaries
from optwright.errors import OptwrightError
from optwright.sandbox import linux
from optwright.sandbox.walls import NAMES

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HOLDS = "✓"
_PATIENCE = 60.0

Column = dict[str, str]
"""What each attack, by name, came to."""


def main() -> None:
    attacks = book()
    columns = asyncio.run(measure(attacks))
    report = f"{summary(columns)}\n\n{table(attacks, columns)}\n"
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), report)
    else:
        print(report)


async def measure(attacks: list[Attack]) -> dict[str, Column]:
    """Column by column. The last two run without capabilities, as for a user who is not root."""
    columns = {}
    with Canaries() as canaries:
        for title, off in {"all walls": (), **{f"no {name}": (name,) for name in NAMES}}.items():
            columns[title] = await column(title, pool_without(off), attacks, canaries)
        linux.no_new_privileges()
        linux.drop_capabilities()
        columns["no wall"] = await column("no wall", pool_without(NAMES), attacks, canaries)
        columns["no sandbox"] = await column("no sandbox", Bare(canaries.folder), attacks, canaries)
    return columns


def pool_without(walls: tuple[str, ...]) -> GuardedPool:
    class Breached(GuardedPool):
        off = walls

    return Breached()


async def column(title: str, arena: Arena, attacks: list[Attack], canaries: Canaries) -> Column:
    found = {}
    for attack in attacks:
        print(f"{title}: {attack.family}/{attack.name}", end="\033[K\r", file=sys.stderr, flush=True)
        found[attack.name] = await cell(arena, attack, canaries)
    print(f"{title}: {held(found)}\033[K", file=sys.stderr)
    await arena.close()
    canaries.clean()
    return found


async def cell(arena: Arena, attack: Attack, canaries: Canaries) -> str:
    try:
        _, leaks = await asyncio.wait_for(strike(arena, attack, canaries), _PATIENCE)
    except (OptwrightError, TimeoutError, AssertionError) as error:
        await arena.close()
        canaries.clean()
        canaries.harm()
        leaks = [f"breaks the sandbox ({type(error).__name__})"]
    return "; ".join(leaks) or HOLDS


def summary(columns: dict[str, Column]) -> str:
    system = f"Linux {'.'.join(platform.release().split('.')[:2])}, {platform.machine()}"
    figures = " · ".join(f"{title}: {held(found)}" for title, found in columns.items())
    return f"Attacks that hold on {system}, Python {platform.python_version()}: {figures}."


def held(found: Column) -> str:
    return f"{list(found.values()).count(HOLDS)} of {len(found)}"


def table(attacks: list[Attack], columns: dict[str, Column]) -> str:
    lines = ["| attack | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for attack in attacks:
        cells = [found[attack.name] for found in columns.values()]
        lines.append(f"| `{attack.family}/{attack.name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(document: Path, report: str) -> None:
    """Replace what stands between the markers. Raises `ValueError` where the document has none."""
    head, _, rest = document.read_text().partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"{document} lacks the lines {BEGIN} and {END}: add them where the table shall stand")
    document.write_text(f"{head}{BEGIN}\n{report}{END}{tail}")


if __name__ == "__main__":
    main()
