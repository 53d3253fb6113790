"""The sets as tasks of Inspect: found and asked by its own machinery, judged by ours."""

import os
import tomllib
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest
from bakery_set import LOAVES, MIX, REPLIES, ROLLS, ROWS, written
from inspecting import evaluated
from optwright.agent.bench.sampling import sample
from optwright.datasets.library import Library

ROOT = Path(__file__).parents[2]
MORE = (
    {"id": "mute", "question": "A baker says nothing. How much?", "answer": "1", "type": "LP"},
    {"id": "unsaid", "question": "A baker bakes. How much?", "answer": "", "type": "LP"},
)
needs_inspect = pytest.mark.skipif(
    not (find_spec("inspect_ai") and entry_points(group="inspect_ai", name="optwright")),
    reason="Inspect is not installed, or optwright without it: pip install -e '.[inspect]'",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspect")
    Library(folder / "home").add("bakery", written(folder, ROWS + MORE))
    return folder / "home"


@pytest.fixture(scope="module")
def told(home):
    env = {**os.environ, "OPTWRIGHT_HOME": str(home), "INSPECT_LOG_DIR": str(home / "logs")}
    return evaluated(
        home.parent,
        env,
        REPLIES,
        [
            ("optwright/bakery", {}),
            ("optwright/bakery", {"limit": 2, "seed": 3}),
            ("optwright/own", {"limit": 1}),
            ("optwright/optibench", {}),
            ("optwright/bakery", {"labels": "mended"}),
            ("optwright/bakery", {"method": "agent"}),
        ],
    )


def test_the_entry_point_leads_to_the_tasks():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["inspect_ai"]
    assert find_spec(declared["optwright"]).origin == str(ROOT / "agent" / "bench" / "inspect_tasks.py")


@needs_inspect
def test_right_wrong_infeasible_and_missing_programs_are_scored_by_every_rule(told):
    assert told[0]["status"] == "success"
    scores = {sample["id"]: sample["scores"]["program_judge"] for sample in told[0]["samples"]}
    assert {id: score["explanation"] for id, score in scores.items()} == {
        "loaves": "right",
        "rolls": "wrong value",
        "mix": "right, at another vertex",
        "never": "right",
        "mute": "no answer: the reply held no ```python block",
        "unsaid": "the label is no answer",
    }
    ours = {id: score["value"]["optwright"] for id, score in scores.items() if id != "unsaid"}
    assert ours == {"loaves": "C", "rolls": "I", "mix": "C", "never": "C", "mute": "I"}
    assert scores["mix"]["value"]["optibench_all_keys"] == "I" and scores["mix"]["metadata"]["reaches"]
    assert (scores["rolls"]["answer"], scores["never"]["answer"]) == ("90.0", "infeasible")


@needs_inspect
def test_accuracies_leave_out_items_whose_label_is_no_answer(told):
    by_rule = {score["name"]: score for score in told[0]["results"]["scores"]}
    assert next(iter(by_rule)) == "optwright"
    assert by_rule["optwright"]["metrics"]["accuracy"]["value"] == 3 / 5
    assert by_rule["optibench_all_keys"]["metrics"]["accuracy"]["value"] == 1 / 5
    assert {score["unscored_samples"] for score in by_rule.values()} == {1}


@needs_inspect
def test_the_sandbox_is_gone_when_the_evaluation_is(told):
    assert told[0]["sandboxes"] == 0


@needs_inspect
def test_the_model_is_sent_the_direct_prompt_and_never_the_answer(told):
    samples = {sample["id"]: sample for sample in told[0]["samples"]}
    assert (samples["loaves"]["target"], samples["rolls"]["target"]) == ("120", "80")
    assert samples["mix"]["metadata"] | {"cluster": ""} == {"category": "MIP", "cluster": "", "labels": ["original"]}
    by_text = {
        text: messages for text in (LOAVES, ROLLS, MIX) for messages in told[0]["sent"] if text in messages[1]["text"]
    }
    assert [message["role"] for message in by_text[LOAVES]] == ["system", "user"]
    assert all("120" not in message["text"] for message in by_text[LOAVES])
    assert all("80" not in message["text"] for message in by_text[ROLLS])
    assert "- boxes\n- crates\n- profit" in by_text[MIX][1]["text"]


@needs_inspect
def test_samples_are_those_of_a_bench_run(told, home):
    library = Library(home)
    taken = sorted(item.id for item in sample(library.items("bakery"), 2, 3))
    assert sorted(each["id"] for each in told[1]["samples"]) == taken
    assert told[1]["eval"]["metadata"] == {"checksum": library.checksum("bakery")}


@needs_inspect
def test_our_own_problems_are_a_task(told):
    [only] = told[2]["samples"]
    assert only["id"] in {item.id for item in Library(Path()).items("own")} and told[2]["status"] == "success"


@needs_inspect
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (3, "the set optibench is not here; get it with: optwright bench add"),
        (4, "no item of the run has a label by 'mended'; there are original"),
        (5, "not 'agent'; use optwright bench run bakery --method agent"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(told, number, words):
    assert words in told[number]["refusal"] and "\n" not in told[number]["refusal"]
