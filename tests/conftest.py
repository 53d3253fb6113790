import pytest
from optwright.agent.llm import client


@pytest.fixture(autouse=True)
def no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves this process unless the test has a server of its own."""
    monkeypatch.setattr(client, "ALLOW_REQUESTS", False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPTWRIGHT_API_KEY", "OPTWRIGHT_BASE_URL", "OPTWRIGHT_MODEL"):
        monkeypatch.delenv(name, raising=False)
