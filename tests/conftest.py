from collections.abc import Iterator
from pathlib import Path

import hypothesis
import postgres as support
import pytest
from endpoint import Server
from optwright.agent.llm import client

# The same examples on every run: a red suite is the change's fault, never the dice's.
hypothesis.settings.register_profile("seeded", derandomize=True)
hypothesis.settings.load_profile("seeded")

OURS = ("API_KEY", "BASE_URL", "MODEL", "STORE")


@pytest.fixture(autouse=True)
def no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves this process unless the test has a server of its own."""
    monkeypatch.setattr(client, "ALLOW_REQUESTS", False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", *(f"OPTWRIGHT_{name}" for name in OURS)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, no_requests: None) -> Iterator[Server]:
    monkeypatch.setattr(client, "ALLOW_REQUESTS", True)
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[support.Postgres]:
    if support.BINARIES is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = support.Postgres()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new store may be, for each kind of database."""
    if request.param == "sqlite":
        return tmp_path / "deep" / "runs.sqlite"
    return request.getfixturevalue("postgres").database()
