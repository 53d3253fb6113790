"""The ten conversations of datasets/conversations: played through a session, and recorded.

`python tests/support/conversations.py NAME --base-url URL --model MODEL` plays one against a model and records what its
cassette lacks; the replies are recorded as they come.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import shutil
import tempfile
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optwright.agent.chat.chats import Chats
from optwright.agent.chat.events import Answered, Asked, Event, Moved
from optwright.agent.chat.session import Session
from optwright.agent.engine import Engine
from optwright.agent.settings import Settings

ROOT = Path(__file__).parents[2] / "datasets"
FOLDER = ROOT / "conversations"
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))


@dataclass(frozen=True)
class Turn:
    say: str
    files: tuple[Path, ...]
    asks: str
    """Kind of the question with which the turn ends; empty where it ends with an answer."""
    status: str
    """Of the version that comes about; empty where none does."""
    objective: float | None


def cassette(name: str) -> Path:
    return ROOT / "cassettes" / f"chat_{name}.jsonl"


def turns(name: str, folder: Path) -> list[Turn]:
    """The turns, with their files written to `folder`."""
    given = tomllib.loads((FOLDER / f"{name}.toml").read_text())["turn"]
    return [_turn(each, folder) for each in given]


def _turn(given: dict[str, Any], folder: Path) -> Turn:
    files = tuple(_placed(file, folder) for file in given.get("files", ()))
    return Turn(
        say=" ".join(given["say"].split()),
        files=files,
        asks=given.get("asks", ""),
        status=given.get("status", ""),
        objective=given.get("objective"),
    )


def _placed(file: str, folder: Path) -> Path:
    target = folder / file
    target.parent.mkdir(parents=True, exist_ok=True)
    if file == "parcels.csv":
        target.write_text(parcels())
    else:
        shutil.copyfile(FOLDER / file, target)
    return target


def parcels(rows: int = 50_000) -> str:
    """Parcels with a zone and a weight, the same ones every time."""
    luck = random.Random(2026)
    weights = [0.9, 1.4, 1.1, 0.6, 1.6, 1.0, 0.8, 1.2, 0.7, 1.3, 0.5, 0.9]
    zones = luck.choices([f"Z{number:02d}" for number in range(1, 13)], weights, k=rows)
    lines = (f"P{at:05d},{zone},{luck.lognormvariate(1.6, 0.7):.2f}" for at, zone in enumerate(zones, 1))
    return "parcel,zone,weight_kg\n" + "\n".join(lines) + "\n"


async def play(session: Session, name: str, folder: Path) -> AsyncIterator[tuple[Turn, Event]]:
    """Each turn with the event that ended it."""
    for turn in turns(name, folder):
        session.say(turn.say, turn.files)
        yield turn, await session.settled()


def check(turn: Turn, event: Event) -> None:
    """Whether the turn ended as it is meant to."""
    if turn.asks:
        assert isinstance(event, Asked) and event.question.kind == turn.asks, event
        return
    assert isinstance(event, Answered | Moved), event
    version = event.version if isinstance(event, Answered) else None
    assert (version.status if version else "") == turn.status, event
    if turn.objective is not None and version:
        assert version.objective is not None and math.isclose(version.objective, turn.objective, rel_tol=1e-5), event


async def record(name: str, settings: Settings, folder: Path) -> None:
    async with Engine(settings) as engine:
        session = Chats(engine).new("recording")
        async for turn, event in play(session, name, folder):
            print(f"> {turn.say}")
            print("\n".join(event.text if isinstance(event, Answered) else [_words(event)]), flush=True)


def _words(event: Event) -> str:
    return event.question.text if isinstance(event, Asked) else str(event)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(
            model=given.model,
            base_url=given.base_url,
            home=Path(home),
            cassette=cassette(given.name),
            cassette_mode="record-missing",
            timeout=3600,
        )
        asyncio.run(record(given.name, settings, Path(home) / "files"))


if __name__ == "__main__":
    main()
