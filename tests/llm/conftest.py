"""A client that asks the server on loopback, and the ways in which that can answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from endpoint import Answer, Server, completion, refusal
from optwright.agent.llm.client import Client
from optwright.agent.llm.endpoint import OpenAIEndpoint


@dataclass
class Naps:
    """Stands in for sleeping: remembers how long."""

    seconds: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def make(server: Server, naps: Naps):
    """Makes clients of the server that never really sleep; closes them at the end."""
    made: list[Client] = []

    def make(*, key: str | None = None, timeout: float = 5.0, url: str | None = None, **options: Any) -> Client:
        options = {"sleep": naps.sleep, "luck": lambda: 1.0, **options}
        made.append(Client(OpenAIEndpoint(url or server.url, key, timeout), options.pop("model", "m"), **options))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def say() -> Any:
    """The ways in which a server can answer: `say.completion(…)`, `say.refusal(…)`, `say.raw(…)`."""

    class Say:
        completion = staticmethod(completion)
        refusal = staticmethod(refusal)
        raw = staticmethod(Answer)

    return Say
