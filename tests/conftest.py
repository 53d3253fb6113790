from collections.abc import Iterator

import hypothesis
import pytest
from endpoint import Server
from optwright.agent.llm import client

# The same examples on every run: a red suite is the change's fault, never the dice's.
hypothesis.settings.register_profile("seeded", derandomize=True)
hypothesis.settings.load_profile("seeded")


@pytest.fixture(autouse=True)
def no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves this process unless the test has a server of its own."""
    monkeypatch.setattr(client, "ALLOW_REQUESTS", False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPTWRIGHT_API_KEY", "OPTWRIGHT_BASE_URL", "OPTWRIGHT_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, no_requests: None) -> Iterator[Server]:
    monkeypatch.setattr(client, "ALLOW_REQUESTS", True)
    server = Server()
    yield server
    server.close()
