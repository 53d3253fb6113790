from collections.abc import Iterator

import pytest
from endpoint import Server
from optwright.agent.llm import client


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
