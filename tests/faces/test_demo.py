"""The demo: bundled problems with recorded completions, and a table that says what was real."""

import asyncio
import io

import pytest
from optwright.agent import demo
from optwright.agent.cli import app
from optwright.agent.console import Progress
from optwright.agent.engine import Engine
from optwright.agent.llm import FakeLLM
from optwright.agent.llm.cassette import Cassette, Recorder
from optwright.agent.settings import Settings
from optwright.datasets.bundled import BundledProblem
from rich.console import Console
from typer.testing import CliRunner


def problem(objective: float) -> BundledProblem:
    return BundledProblem(
        name="bakery",
        title="A [bold]bakery[/]",
        text="A loaf earns $2, a cake $4.50. The oven runs at most 40 hours; there are 90 kg of flour.",
        data=(),
        kind="LP",
        expected_status="optimal",
        expected_objective=objective,
        tags=(),
        demo=True,
    )


@pytest.fixture(scope="module")
def cassette(tmp_path_factory, bakery_reply):
    """The recording of one run at the demo's effort, its second opinion included."""
    folder = tmp_path_factory.mktemp("demo")
    formulation, program = bakery_reply
    data = '{"bread_profit": 2, "cake_profit": 4.5, "oven_hours": 40, "flour": 90}'
    second = program.replace("def build_model(data):\n", f"def build_model(data):\n    data = {data}\n")
    replies = [formulation, f"```python\n{program}```", f"```python\n{second}```"]

    async def record():
        llm = Recorder(FakeLLM(replies), Cassette(folder / "demo.jsonl"), missing_only=False)
        async with Engine(Settings(home=folder), llm=llm) as engine:
            await engine.solve(problem(170.0).text)

    asyncio.run(record())
    return folder / "demo.jsonl"


@pytest.fixture
def run(monkeypatch, cassette, tmp_path):
    """`run(objective)` → the demo's result, where 170 is what the one problem really comes to."""
    monkeypatch.setattr(demo, "BUNDLED", cassette)
    monkeypatch.setenv("OPTWRIGHT_HOME", str(tmp_path / "untouched"))
    monkeypatch.setenv("OPTWRIGHT_EFFORT", "thorough")
    monkeypatch.setenv("COLUMNS", "80")

    def run(objective: float):
        monkeypatch.setattr(demo, "problems", lambda: (problem(objective),))
        return CliRunner().invoke(app, ["demo"])

    return run


def test_the_table_says_what_came_out_and_what_was_recorded(run, tmp_path):
    result = run(170.0)
    assert result.exit_code == 0, result.output
    row = next(line for line in result.stdout.splitlines() if "[bold]bakery[/]" in line)
    assert row.split()[2:5] == ["LP", "optimal", "170"]
    words = " ".join(result.stdout.split())
    assert "1 of 1 problem came out as expected" in words
    assert "completions were recorded earlier. Everything else just happened here" in words
    assert "1/1" in result.stderr
    assert not (tmp_path / "untouched").exists()


def test_another_objective_is_said_and_exits_1(run):
    result = run(171.0)
    assert result.exit_code == 1
    assert "bakery: expected optimal 171.0, got optimal 170.0" in result.stdout
    assert "0 of 1 problem came out as expected" in result.stdout


def test_a_missing_recording_is_one_line_and_exits_2(run, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "BUNDLED", tmp_path)
    result = run(170.0)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no recording answers the prompt `formalize`")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(not list(demo.BUNDLED.glob("*.jsonl")), reason="no bundled recordings in datasets/cassettes")
async def test_the_bundled_demo_comes_out_as_expected():
    with Progress() as progress:
        plays = await demo.play(progress)
    file = io.StringIO()
    Console(file=file, width=100).print(demo.report(plays))
    assert all(play.as_expected for play in plays), file.getvalue()
    assert len(plays) >= 8
