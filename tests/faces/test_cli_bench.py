"""`optwright bench` as a user meets it."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from bakery_set import ROWS, reply, written
from optwright.agent.cli import app
from optwright.agent.store import Store
from typer.testing import CliRunner


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def invoke(*args: str):
    return CliRunner().invoke(app, ["bench", *args])


@pytest.fixture
def bakery(home, tmp_path):
    done = invoke("add", "bakery", str(written(tmp_path)))
    assert done.exit_code == 0 and "4 items" in done.stdout, done.output


@pytest.fixture
def run(bakery, server, monkeypatch) -> str:
    server.will(reply)
    monkeypatch.setenv("OPTWRIGHT_BASE_URL", server.url)
    done = invoke("run", "bakery", "--model", "served", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["id"]


def test_sets_are_listed_with_what_is_here(home, bakery):
    listed = invoke("list").stdout
    assert "bakery" in listed and "optibench" in listed and "0 of 605" in listed and "Apache-2.0" in listed
    states = json.loads(invoke("list", "--json").stdout)
    assert {state["manifest"]["name"]: state["items"] for state in states}["bakery"] == 4


def test_a_run_is_reported_in_every_form(home, run):
    shown = " ".join(invoke("report", run).stdout.split())
    assert "accuracy 75.0 % [30.1, 95.4], 4 items" in shown
    assert "right, at another vertex" in shown and "wrong value" in shown and "prints 0" in shown
    found = json.loads(invoke("report", run, "--json").stdout)
    assert found["total"]["share"]["count"] == 3 and len(found["items"]) == 4
    assert invoke("report", run, "--markdown").stdout.startswith("# ")
    assert invoke("report", run, "--html").exit_code == 0
    page = Path(f"{run}.html").read_text()
    assert "build_model" in page and "https://" not in page and "A baker packs" in page
    assert run in CliRunner().invoke(app, ["runs", "list", "--kind", "bench"]).stdout
    assert "accuracy 75.0 %" in CliRunner().invoke(app, ["runs", "show", run]).stdout


def test_progress_is_said_on_stderr(home, bakery, server):
    server.will(reply)
    done = invoke("run", "bakery", "--model", "served", "--base-url", server.url)
    assert done.exit_code == 0 and "4/4 attempts  accuracy 75.0 % [" in done.stderr
    assert "Scoring rules" in done.stdout and "4/4 attempts" not in done.stdout


def test_two_runs_are_compared(home, run, server):
    server.will(lambda asked: reply({"messages": [{"content": ROWS[0]["question"]}]}))  # loaves, whatever is asked
    other = json.loads(invoke("run", "bakery", "--model", "served", "--no-cache", "--json").stdout)["id"]
    shown = " ".join(invoke("compare", run, other).stdout.split())
    assert "McNemar" in shown and run in shown and other in shown
    found = json.loads(invoke("compare", run, other, "--json").stdout)
    assert (found["rules"][0]["only_first"], found["rules"][0]["only_second"]) == (2, 0)
    assert invoke("compare", run, other, "--html").exit_code == 0
    assert Path(f"{run}-{other}.html").exists()
    for form in ((), ("--html",)):
        assert "cannot be compared with itself" in invoke("compare", run, run, *form).stderr
    assert "give one of --html, --json, --markdown" in invoke("compare", run, other, "--html", "--json").stderr
    assert "give one of --html, --json, --markdown" in invoke("report", run, "--json", "--markdown").stderr


def test_a_run_is_scored_under_other_rules(home, run):
    shown = " ".join(invoke("rescore", run).stdout.split())
    assert "optibench_all_keys" in shown and "0 won, 2 lost" in shown
    assert "the same" in invoke("rescore", run, "--rule", "optwright").stdout
    [found] = json.loads(invoke("rescore", run, "--rule", "optibench_all_keys", "--json").stdout)
    assert found["share"]["count"] == 1
    assert {(each["item"], each["right"]) for each in found["changed"]} == {("mix", False), ("never", False)}


def test_other_labels_may_count(home, run, tmp_path):
    assert "no item of the run has a label by 'corrected'" in invoke("report", run, "--labels", "corrected").stderr


def test_a_finished_run_is_left_alone(home, run):
    done = invoke("resume", run)
    assert done.exit_code == 0 and f"run {run} is finished" in done.stdout


def test_a_spent_budget_says_how_to_go_on(home, bakery, server):
    server.will(reply)
    options = ("--base-url", server.url, "--concurrency", "1")
    done = invoke("run", "bakery", "--model", "served", "--budget", "calls=2", *options)
    assert done.exit_code == 1 and "go on with: optwright bench resume" in done.stderr
    run = done.stderr.strip().rpartition(" ")[2]
    assert "2 items, 2 not tried yet" in invoke("report", run).stdout
    assert invoke("resume", run, "--budget", "calls=4", *options).exit_code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("run", "optibench", "--model", "replay"), "the set optibench is not here; get it with: optwright bench add"),
        (("run", "optibanch", "--model", "replay"), "did you mean optibench or optmath?"),
        (("run", "bakery"), "no language model is configured"),
        (("run", "bakery", "--method", "guess"), "no method is named 'guess'"),
        (("run", "bakery", "--method", "json:nothing"), "has no attribute 'nothing'"),
        (("run", "bakery", "--model", "m", "--budget", "lots"), "no limit is named 'lots'"),
        (("run", "bakery", "--model", "m", "--effort", "quick"), "--effort is the agent's; give --method agent"),
        (("run", "bakery", "--limit", "0"), "should be greater than or equal to 1"),
        (("resume", "0000"), "no run '0000'"),
        (("report", "0000"), "no run '0000'"),
        (("compare", "0000", "0001"), "no run '0000'"),
        (("rescore", "0000"), "no run '0000'"),
        (("add", "bakery"), "give either a PATH, or --download"),
        (("add", "bakery", "gone.json"), "gone.json does not exist"),
        (("add", "optibench", "--download"), "optibench cannot be fetched"),
        (("add", "own", "bakery.json"), "own comes with optwright"),
        (("score", "gone.jsonl"), "gone.jsonl: No such file"),
    ],
)
def test_wrong_input_is_one_line_that_says_what_to_do(home, bakery, args, said):
    done = invoke(*args)
    assert done.exit_code == 2 and said in done.stderr and "Traceback" not in done.output


def test_a_rule_that_there_is_not(home, run):
    done = invoke("rescore", run, "--rule", "kind")
    assert done.exit_code == 2 and "no rule is named 'kind'; there are optwright, orlm_rel5pct" in done.stderr


def test_a_killed_run_is_reported_as_far_as_it_came(home, run):
    with closing(Store(home / "runs.sqlite")) as store:
        store.finish_run(run, "running")
    assert "running" in invoke("report", run).stdout
