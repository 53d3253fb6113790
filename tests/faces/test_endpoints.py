"""A model's server on a bad day, seen from the command line: one line, exit 1, and what was paid for is kept."""

import json

import pytest
from endpoint import Answer, completion, refusal
from optwright.agent.cli import app
from optwright.agent.llm.types import Call
from optwright.agent.store import Store
from typer.testing import CliRunner
from workshop import PROGRAM, TEXT, fenced, formulation


@pytest.fixture
def invoke(server, tmp_path, monkeypatch):
    """`invoke()` asks the server for the workshop's solution, without retries and with little patience."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPTWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("OPTWRIGHT_RETRIES", "0")
    monkeypatch.setenv("OPTWRIGHT_TIMEOUT", "3")
    flags = ["--base-url", server.url, "--model", "m", "--effort", "quick"]
    return lambda *more: CliRunner().invoke(app, ["solve", TEXT, *flags, *more])


BAD = {
    "429": (refusal(429, "slow down"), "429"),
    "500": (refusal(500, "out of order"), "500"),
    "HTML": (Answer(b"<html><h1>Bad gateway</h1></html>", 502, {"Content-Type": "text/html"}), "502"),
    "HTML with 200": (Answer(b"<html>Log in</html>", 200, {"Content-Type": "text/html"}), "html"),
    "truncated JSON": (Answer(b'{"id": "x", "choices": [{"mess'), "not with a completion"),
    "empty choice": (completion(None), "usable reply"),
    "no choices": (Answer(b'{"id": "x", "object": "chat.completion", "model": "m", "choices": []}'), "usable reply"),
    "prose": (completion("I would rather talk about the weather."), "usable reply"),
    "too slow": (Answer(b"{}", delay=5.0), "3 s"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_answer_is_one_line_and_exit_1(server, invoke, kind):
    answer, says = BAD[kind]
    server.will(answer)
    result = invoke()
    assert result.exit_code == 1 and result.stdout == ""
    error = result.stderr.splitlines()[-1]
    assert error.startswith("error: ") and says in error.casefold()
    assert "Traceback" not in result.output


def test_what_was_paid_for_is_in_the_record_and_in_the_cache(server, invoke, tmp_path):
    server.will(completion(formulation().model_dump_json()), refusal(500, "gone"))
    assert invoke().exit_code == 1
    store = Store(tmp_path / "runs.sqlite")
    calls: tuple[Call, ...] = store.calls(store.runs()[0].id)
    assert [(call.prompt, bool(call.error)) for call in calls] == [("formalize", False), ("write_program", True)]
    server.asked.clear()
    server.will(completion(fenced(PROGRAM)))
    result = invoke("--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["objective"] == pytest.approx(4116.6667)
    assert len(server.asked) == 1  # the formulation came from the cache
