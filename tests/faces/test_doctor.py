"""`doctor` says what is here by using it, and never raises for what is missing."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from optwright.agent.cli import app
from optwright.agent.doctor import Findings, _endpoint, _wall, examine
from optwright.agent.settings import Settings
from typer.testing import CliRunner


def found(findings: Findings, name: str):
    return next(check for check in findings.checks if check.name == name)


async def test_here_solvers_solve_and_walls_are_named(tmp_path):
    findings = await examine(Settings(home=tmp_path / "state"))
    assert findings.ok, findings
    assert found(findings, "HiGHS").detail.startswith("solved a model of 2 variables")
    assert found(findings, "SCIP").state == "ok"
    walls = [check for check in findings.checks if check.group == "sandbox"]
    assert {"landlock", "seccomp"} <= {wall.name for wall in walls}
    assert all(wall.state == "ok" if wall.detail == "up" else wall.state == "warning" for wall in walls)
    assert "cgroup" in {wall.name for wall in walls}
    assert found(findings, "endpoint").state == "warning"
    assert found(findings, "runs and cache").detail == f"{tmp_path / 'state' / 'runs.sqlite'}, {tmp_path / 'state'}"


def test_required_walls_are_missing_and_the_cgroup_never_is():
    settings = Settings(require_walls=True)
    assert _wall("seccomp", "no list of system calls", settings).state == "missing"
    assert _wall("cgroup", "not mounted", settings).state == "warning"
    assert _wall("cgroup", "up", settings).state == "ok"


async def test_a_store_that_cannot_be_written_is_missing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("optwright.agent.doctor._machine", nothing)
    findings = await examine(Settings(home=tmp_path / "file" / "state"))
    assert not findings.ok
    assert "cannot write" in found(findings, "runs and cache").detail


async def test_a_store_that_does_not_answer_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("optwright.agent.doctor._machine", nothing)
    findings = await examine(Settings(home=tmp_path, store="postgresql://me:very-secret@127.0.0.1:9/db"))
    shown = found(findings, "runs and cache").detail
    assert not findings.ok and shown.startswith("postgresql://127.0.0.1:9/db: ") and "very-secret" not in shown


async def nothing(settings: Settings) -> list:
    return []


@pytest.fixture
def server():
    """A loopback endpoint; `server.body` is what `/v1/models` answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = server.body.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


MODELS = json.dumps({"object": "list", "data": [{"id": "here", "object": "model", "created": 0, "owned_by": "me"}]})


@pytest.mark.parametrize(
    ("model", "body", "state", "words"),
    [
        ("here", MODELS, "ok", "127.0.0.1 answers, 1 models"),
        ("gone", MODELS, "warning", "does not list 'gone'; it has here"),
        ("here", "<html>hello</html>", "warning", "does not answer /models"),
        ("here", '{"data": 3}', "warning", "does not answer /models"),
    ],
)
async def test_an_endpoint_is_asked_for_its_models(server, tmp_path, model, body, state, words):
    server.body = body
    check = await _endpoint(Settings(model=model, base_url=server.url, api_key="sk-secret", home=tmp_path))
    assert (check.state, words in check.detail) == (state, True), check
    assert "sk-secret" not in check.detail


async def test_an_endpoint_that_is_down_is_a_warning(tmp_path):
    check = await _endpoint(Settings(model="x", base_url="http://127.0.0.1:9/v1", home=tmp_path))
    assert check.state == "warning"
    assert "is the server up?" in check.detail


def test_json_from_the_command_line(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("optwright.agent.doctor._machine", nothing)
    result = CliRunner().invoke(app, ["doctor", "--json"], env={"OPTWRIGHT_HOME": str(tmp_path / "state")})
    assert result.exit_code == 0, result.output
    assert {"Python", "pyomo", "runs and cache"} <= {check["name"] for check in json.loads(result.stdout)["checks"]}
