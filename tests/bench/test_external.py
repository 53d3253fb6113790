"""`optwright bench score`: answers that something else produced, with a set and on their own."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from bakery_set import LOAVES, MIX, ROLLS, written
from optwright.agent.cli import app
from optwright.agent.store import Store
from optwright.datasets.library import Library
from optwright.evaluators.answers import RULES
from published import SHARED, needed
from typer.testing import CliRunner

RIGHT = {"id": "loaves", "answer": "120"}


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Library(tmp_path / "home").add("bakery", written(tmp_path))
    return tmp_path / "home"


@pytest.fixture
def score(home, tmp_path):
    """`score(rows, *options)`: exit code and what is printed; rows as text are the file as it is."""

    def run(rows, *options: str) -> tuple[int, str]:
        text = rows if isinstance(rows, str) else "\n".join(json.dumps(row) for row in rows)
        (tmp_path / "answers.jsonl").write_text(text)
        done = CliRunner().invoke(app, ["bench", "score", "answers.jsonl", *options], env={"COLUMNS": "200"})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


@pytest.fixture
def scored(score):
    """`scored(rows, *options)`: the report as JSON."""

    def run(rows, *options: str) -> dict:
        code, text = score(rows, *options, "--json")
        assert code == 0, text
        return json.loads(text)

    return run


def judgements(report: dict) -> dict[str, list[str]]:
    return {item["item"]: [each["judgement"] for each in item["attempts"]] for item in report["items"]}


def test_answers_are_found_by_id_or_text_and_become_a_run(scored, home):
    found = scored(
        [
            RIGHT,
            {"question": f"  {ROLLS} ", "prediction": 90},
            {"id": "who knows", "question": MIX, "answer": {"boxes": 10, "crates": 0, "profit": 30}},
            {"id": "never", "answer": "No Best Solution"},
        ],
        "--set",
        "bakery",
    )
    assert judgements(found) == {
        "loaves": ["right"],
        "rolls": ["wrong value"],
        "mix": ["wrong value"],  # no model says which of its numbers is the objective
        "never": ["right"],
    }
    assert [row["rule"] for row in found["rules"]] == list(RULES)
    with closing(Store(home / "runs.sqlite")) as store:
        [run] = store.runs("bench")
    assert run.id == found["id"] and run.status == "finished"


def test_with_an_objective_named_quantities_alone_stay_undecided(scored):
    answer = {"objective": 30, "boxes": 10, "crates": 0, "profit": 30}
    assert judgements(scored([{"id": "mix", "answer": answer}], "--set", "bakery")) == {"mix": ["quantities undecided"]}


def test_rows_with_labels_of_their_own_need_no_set_and_leave_nothing_behind(scored, home):
    found = scored(
        [
            {"item": 0, "en_answer": 3, "execution_best_solution": "3.0"},
            {"item": 1, "en_answer": 100, "execution_best_solution": 104},
            {"item": 2, "en_answer": "No Best Solution", "execution_best_solution": None},
        ]
    )
    assert judgements(found) == {"0": ["right"], "1": ["wrong value"], "2": ["no answer"]}
    share = {row["rule"]: row["share"]["count"] for row in found["rules"]}
    assert share["optwright"] == 1 and share["orlm_rel5pct"] == 2
    assert not (home / "runs.sqlite").exists()


def test_rows_without_an_id_are_numbered(scored):
    found = scored([{"label": 1, "answer": 1}, {"id": None, "label": 1, "answer": 2}])
    assert judgements(found) == {"1": ["right"], "2": ["wrong value"]}


@pytest.mark.parametrize("options", [[], ["--set", "bakery"]])
def test_two_rows_with_one_id_are_samples(scored, options):
    rows = [{"label": "120", **RIGHT, "answer": answer} for answer in (119, 120, 119)]
    found = scored(rows, *options)
    assert judgements(found) == {"loaves": ["wrong value", "right", "wrong value"]}
    assert found["given"]["samples"] == 3
    assert {row["measure"]: row["estimate"]["value"] for row in found["samples"]}["pass@3"] == 1


@pytest.mark.parametrize("options", [[], ["--set", "bakery"]])
@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"id": "loaves", "label": 120}], "row 1: has no answer"),
        ([{**RIGHT, "label": 120}, {"id": "rolls", "label": 80}], "row 2: has no answer"),
        ([{**RIGHT, "label": 120, "prediction": "119"}], "row 1: answer and prediction differ"),
        ("", "is empty"),
        ("[]", "holds no items"),
        ("[1, 2]", "row 1: is no object"),
        ('{"id": "loaves", "answer"', "no JSON"),
    ],
)
def test_wrong_files_are_refused_in_one_line(score, options, rows, complaint):
    code, text = score(rows, *options)
    assert code != 0 and complaint in text and "answers.jsonl" in text
    assert len(text.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "bagels", "answer": 1}, "no item of bakery has its id or text"),
        ({"answer": 1}, "no item of bakery has its id or text"),
        (
            {"id": "rolls", "question": LOAVES, "answer": 1},
            "its id is 'rolls', but its text is that of 'loaves'; leave one out",
        ),
    ],
)
def test_a_row_of_no_item_stores_nothing(score, home, row, complaint):
    code, text = score([RIGHT, row], "--set", "bakery")
    assert code != 0 and f"row 2: {complaint}" in text
    assert not (home / "runs.sqlite").exists()


def test_without_a_set_a_label_is_needed_and_one_only(score):
    assert "row 1: has no label; name the set with --set" in score([RIGHT])[1]
    assert "row 1: label and gold differ" in score([{**RIGHT, "label": 1, "gold": 2}])[1]
    code, text = score([{**RIGHT, "label": 1}, {**RIGHT, "label": 2}])
    assert code != 0 and "row 2: has another label than an earlier row with the id 'loaves'" in text


def test_what_is_no_number_is_no_answer(scored):
    found = scored('{"id": "loaves", "answer": NaN}\n{"id": "rolls", "answer": Infinity}', "--set", "bakery")
    assert found["total"]["share"] | {"interval": None} == {"count": 0, "total": 2, "interval": None}
    unlabelled = scored('{"id": "loaves", "label": NaN, "answer": 1}')
    assert (unlabelled["total"]["share"]["total"], unlabelled["unscorable"]) == (0, 1)


def test_whose_labels_count_is_a_question_to_a_set(score):
    code, text = score([{**RIGHT, "label": 120}], "--labels", "revised")
    assert code == 2 and "--labels needs --set" in text and "unexpected" not in text


def test_several_runs_are_one_list_in_json(scored, home):
    ids = [scored([{**RIGHT, "answer": answer}], "--set", "bakery")["id"] for answer in (120, 119)]
    done = CliRunner().invoke(app, ["bench", "report", *ids, "--json"])
    assert [(each["id"], each["total"]["share"]["count"]) for each in json.loads(done.stdout)] == [
        (ids[0], 1),
        (ids[1], 0),
    ]


def test_an_unknown_set_is_refused(score):
    code, text = score([RIGHT], "--set", "patisserie")
    assert code != 0 and "no set is named 'patisserie'" in text


@needed
@pytest.mark.parametrize(
    ("file", "loose", "strict"), [("nl4opt", 85.7, 77.6), ("mamo_complex", 37.4, 33.2), ("industryor", 38.0, 35.0)]
)
def test_orlms_published_outputs_are_scored_by_one_command(scored, file, loose, strict):
    found = scored((SHARED / f"orlm_outputs/{file}.jsonl").read_text())
    share = {row["rule"]: round(100 * row["share"]["count"] / row["share"]["total"], 1) for row in found["rules"]}
    assert (share["orlm_rel5pct"], share["orlm_1e6"]) == (loose, strict)


@pytest.mark.parametrize(("row", "options"), [(RIGHT, ("--set", "bakery")), ({"label": 1, "answer": 2}, ())])
def test_what_nobody_measured_is_not_reported(score, row, options):
    shown = score([row], *options)[1]
    assert "Scoring rules" in shown and "Outcomes" in shown
    assert not any(word in shown for word in ("without warning", "tokens", "cost", "solver time", "temperature"))
