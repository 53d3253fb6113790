"""The command line as a user meets it: exit codes, what goes to stdout and what to stderr, and no traceback ever."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from optwright.agent import engine as engine_module
from optwright.agent.cli import app
from optwright.agent.llm import FakeLLM, client
from optwright.agent.llm.cassette import Cassette, Recorder
from optwright.agent.settings import Settings
from typer.testing import CliRunner

TEXTS = {
    "optimal": "A bakery earns $2 with each loaf and $4.50 with each cake. The oven runs at most 40 hours; there are "
    "90 kg of flour. How many loaves and cakes?",
    "infeasible": "A bakery must bake 100 loaves with 90 kg of flour, one kilogram a loaf. How many loaves?",
    "unbounded": "A bakery earns $2 with each loaf. How many loaves?",
    "failed": "A bakery cannot be programmed. How many loaves?",
}
EDITS = {
    "infeasible": ("    return m\n\n\n", "    m.order = pyo.Constraint(expr=m.bread >= 100)\n    return m\n\n\n"),
    "unbounded": ("<= data", ">= data"),
}


def program_of(kind: str, program: str) -> str:
    return "def build_model(data:\n" if kind == "failed" else program.replace(*EDITS.get(kind, ("", "")))


def table(folder: Path) -> None:
    (folder / "shops.csv").write_text("shop,loaves\nnorth,3\n", encoding="utf-8")


@pytest.fixture(scope="session")
def cassette(tmp_path_factory, bakery_reply) -> Path:
    """Recordings of one run of each kind, at the lowest effort."""
    folder = tmp_path_factory.mktemp("recorded")
    path = folder / "bakery.jsonl"
    formulation, program = bakery_reply
    table(folder)

    async def record() -> None:
        for kind, text in TEXTS.items():
            mended = "```python\ndef build_model(data:\n```" if kind == "failed" else "KEEP: the text says so"
            replies = [formulation, f"```python\n{program_of(kind, program)}```", mended, mended]
            llm = Recorder(FakeLLM(replies), Cassette(path), missing_only=False)
            settings = Settings(home=folder, effort="quick")
            async with engine_module.Engine(settings, llm=llm) as engine:
                assert (await engine.solve(text, [folder / "shops.csv"])).status == kind

    asyncio.run(record())
    return path


@pytest.fixture
def clean(tmp_path, monkeypatch):
    """An empty working directory, a state folder of its own, and none of the user's variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("OPTWRIGHT_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPTWRIGHT_HOME", str(tmp_path / "state"))
    table(tmp_path)


@pytest.fixture
def run(clean):
    """`run(*arguments)` → the finished process."""

    def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "optwright", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)

    return run


@pytest.fixture
def invoke(clean):
    """`invoke(*arguments)` → the same in this process, which spares the imports."""
    return lambda *arguments, **options: CliRunner().invoke(app, arguments, **options)


def replayed(cassette: Path) -> tuple[str, ...]:
    return ("--data", "shops.csv", "--model", "replay", "--cassette", str(cassette), "--effort", "quick")


def test_solved_prints_saves_and_exits_0(invoke, cassette, tmp_path):
    problem = tmp_path / "bakery.md"
    problem.write_text(TEXTS["optimal"], encoding="utf-8")
    done = invoke("solve", str(problem), "--save", "out", *replayed(cassette))
    assert done.exit_code == 0, done.stderr
    assert "Optimal: $170" in done.stdout
    assert "Loaves to bake" in done.stdout
    assert "formalize" in done.stderr
    assert "write program" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    saved = tmp_path / "out"
    assert {path.name for path in saved.iterdir()} >= {"model.py", "data.json", "formulation.md", "model.mps"}
    prompts = [json.loads(line)["prompt"] for line in (saved / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert prompts == ["formalize", "write_program"]
    assert json.loads((saved / "data.json").read_text(encoding="utf-8"))["shops"] == [{"shop": "north", "loaves": 3}]
    alone = subprocess.run([sys.executable, "model.py"], cwd=saved, capture_output=True, text=True, timeout=60)
    assert "objective: 170" in alone.stdout, alone.stderr


def test_json_is_json_on_stdout_alone(run, cassette):
    done = run("solve", "-", "--json", *replayed(cassette), input=TEXTS["optimal"])
    assert done.returncode == 0, done.stderr
    solution = json.loads(done.stdout)
    assert solution["objective"] == pytest.approx(170.0)
    assert solution["answers"]["loaves"] == pytest.approx(40.0)


@pytest.mark.parametrize(("kind", "code", "words"), [("infeasible", 3, "at most 40 hours"), ("failed", 1, "Failed: ")])
def test_an_answer_that_is_no_optimum_has_its_exit_code(invoke, cassette, kind, code, words):
    done = invoke("solve", TEXTS[kind], *replayed(cassette))
    assert done.exit_code == code, done.stderr
    assert words in done.stdout
    assert "Traceback" not in done.output


def test_ctrl_c_says_how_to_go_on_and_resume_does(invoke, cassette):
    """Interrupted while the model is slow with the program: the formulation that was paid for is used again."""
    lines = cassette.read_text(encoding="utf-8").splitlines()
    formalized = next(json.loads(line) for line in lines if json.loads(line)["prompt"] == "formalize")
    with slow_server(formalized["reply"]) as url:
        command = [sys.executable, "-m", "optwright", "solve", TEXTS["optimal"], "--base-url", url]
        child = subprocess.Popen(
            [*command, "--data", "shops.csv", "--model", "slow", "--effort", "quick"],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stderr
        assert "formalize" in child.stderr.readline()
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert child.returncode == 130, err
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "nothing that was paid for is lost; go on with: optwright solve --resume " in err
    done = invoke("solve", "--resume", err.split()[-1], *replayed(cassette)[2:])
    assert done.exit_code == 0, done.stderr
    assert "formalize" not in done.stderr
    assert "Optimal: $170" in done.stdout


def slow_server(first: str):
    """A loopback endpoint that answers its first request with `first` and keeps every later one waiting."""
    import contextlib
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    served, closing = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            if served.is_set():
                closing.wait(30)
                return
            served.set()
            message = {"role": "assistant", "content": first}
            reply = {"id": "1", "object": "chat.completion", "created": 0, "model": "slow"}
            reply["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
            body = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    @contextlib.contextmanager
    def serve():
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            closing.set()
            server.shutdown()
            thread.join()
            server.server_close()

    return serve()


# ---- one line for everything that goes wrong


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "plan.md"], "no file plan.md"),
        (["solve", "  ", "--model", "replay"], "the problem is empty"),
        (["solve", "x " * 500_000, "--model", "replay"], "1,000,000 characters"),
        (["solve", "How many?"], "no language model is configured"),
        (["solve", "How many?", "--data", "none.csv", "--model", "replay"], "none.csv"),
        (["solve", "How many?", "--model", "replay"], "no recording answers the prompt `formalize`"),
        (["solve", "How many?", "--model", "replay", "--cassette", "none.jsonl"], "none.jsonl"),
        (["solve", "How many?", "--model", "replay", "--budget", "lots"], "lots"),
        (["solve", "How many?", "--model", "replay", "--time-limit", "-1"], "time_limit"),
        (["solve", "How many?", "--model", "replay", "--save", "/dev/null/out"], "cannot write /dev/null/out"),
        (["solve", "--resume", "nope", "--model", "replay"], "nope"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_2(invoke, arguments, words):
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("error: ")
    assert words in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve"],
        ["solve", "x", "--resume", "y"],
        ["solve", "x", "--effort", "lazy"],
        ["solve", "x", "--gap", "y"],
        ["cook"],
    ],
)
def test_usage_errors_exit_2(invoke, arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
    assert "Traceback" not in result.output


def test_a_server_that_is_down_is_one_line_and_exit_1(invoke, monkeypatch):
    monkeypatch.setattr(client, "ALLOW_REQUESTS", True)
    result = invoke(
        "solve", "How many?", "--base-url", "http://127.0.0.1:9/v1", "--model", "x", env={"OPTWRIGHT_RETRIES": "0"}
    )
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "127.0.0.1" in result.stderr


def test_a_defect_of_ours_is_one_line_and_a_file(invoke, monkeypatch, tmp_path):
    def broken(*_):
        raise ZeroDivisionError("[/bold] division\nby zero")

    monkeypatch.setattr(engine_module, "Engine", broken)
    result = invoke("solve", "How many?", "--model", "replay")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "unexpected ZeroDivisionError: [/bold] division by zero" in result.stderr
    (kept,) = (tmp_path / "state" / "errors").iterdir()
    assert str(kept) in result.stderr
    assert "Traceback" in kept.read_text()


def test_version(invoke):
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("optwright ")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from optwright.agent.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyomo', 'polars', 'openai', 'langgraph', 'litellm', 'numpy', 'pydantic', 'sqlalchemy'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
