"""`optwright evolve` and `optwright runs` as a user meets them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import guessing
import pytest
from optwright.agent.cli import app
from typer.testing import CliRunner

LINE = guessing.LINE


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def invoke(*args: str):
    return CliRunner().invoke(app, list(args))


@pytest.fixture
def run(home) -> str:
    done = invoke("evolve", LINE, "--offline", "--budget", "30", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["id"]


def test_a_run_is_begun_listed_shown_and_exported(home, run):
    listed = invoke("runs", "list").stdout
    assert run in listed and "line: offline, seed 0" in listed and "finished" in listed
    shown = invoke("runs", "show", run).stdout
    assert "Champion" in shown and "verified" in shown and "def guess" in shown
    assert json.loads(invoke("runs", "show", run, "--json").stdout)["given"]["budget"] == "candidates=30"
    assert invoke("runs", "export", run, "best.py").exit_code == 0
    assert "def guess" in Path("best.py").read_text()
    assert invoke("runs", "show", run, "--html").exit_code == 0
    assert "<svg" in Path(f"{run}.html").read_text() and "https://" not in Path(f"{run}.html").read_text()


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(home):
    done = invoke("evolve", LINE, "--offline", "--budget", "45")
    lines = [line for line in done.stderr.splitlines() if "candidates  best" in line]
    assert [line.split()[2] for line in lines] == ["20/45", "40/45", "45/45"]


def test_runs_are_compared(home, run):
    other = json.loads(invoke("evolve", LINE, "--offline", "--budget", "20", "--seed", "1", "--json").stdout)["id"]
    compared = invoke("runs", "compare", run, other)
    assert compared.exit_code == 0 and run in compared.stdout and other in compared.stdout


def test_a_larger_budget_goes_on(home, run):
    done = invoke("evolve", "resume", run, "--budget", "40", "--json")
    assert len(json.loads(done.stdout)["candidates"]) == 40


def test_the_tasks_and_strategies_are_listed(home):
    listed = invoke("evolve", "tasks").stdout
    assert "online_bin_packing" in listed and "mapelites" in listed


def test_a_task_is_checked(home, tmp_path):
    assert invoke("evolve", "check", LINE).exit_code == 0
    broken = tmp_path / "broken.py"
    broken.write_text(Path(LINE).read_text().replace('"test": 20', '"test": 10'))
    done = invoke("evolve", "check", str(broken))
    assert done.exit_code == 2 and "dev and test share 3" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("evolve", "nothing", "--offline"), "no task is named 'nothing'"),
        (("evolve", "nothing.py", "--offline"), "cannot read the task"),
        (("evolve", LINE, "--strategy", "eoh"), "none is configured"),
        (("evolve", LINE, "--strategy", "best", "--model", "m"), "no strategy is named 'best'"),
        (("evolve", LINE, "--offline", "--model", "m"), "--offline takes no"),
        (("evolve", LINE, "--offline", "--budget", "lots"), "no limit is named 'lots'"),
        (("evolve", LINE, "--offline", "--budget", "calls=-1"), "calls must be a whole number"),
        (("evolve", "resume", "0000"), "no run '0000'"),
        (("runs", "show", "0000"), "no run '0000'"),
        (("runs", "export", "0000", "x.py"), "no run '0000'"),
        (("runs", "compare", "0000", "0001"), "no run '0000'"),
        (("evolve", LINE, "--cassette-mode", "sing", "--model", "m"), "cassette_mode='sing'"),
    ],
)
def test_wrong_input_is_one_line_that_says_what_to_do(home, args, said):
    done = invoke(*args)
    assert done.exit_code == 2 and said in done.stderr and "Traceback" not in done.output


def test_a_file_that_cannot_be_written_says_so(home, run):
    done = invoke("runs", "export", run, "no/such/folder/best.py")
    assert done.exit_code == 2 and "cannot write no/such/folder/best.py" in done.stderr


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(home, tmp_path):
    command = [sys.executable, "-m", "optwright", "evolve", LINE, "--offline", "--budget", "100000"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert "candidates" in process.stderr.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130 and "Traceback" not in rest
    (run,) = [line.rpartition(" ")[2] for line in rest.splitlines() if "go on with: optwright evolve resume" in line]
    assert "interrupted" in invoke("runs", "list").stdout
    done = invoke("evolve", "resume", run, "--budget", "25", "--json")
    assert done.exit_code == 0 and len(json.loads(done.stdout)["candidates"]) >= 25
