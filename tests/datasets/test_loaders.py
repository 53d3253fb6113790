"""Files of sets in their authors' own formats, and files that are none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.datasets.loaders import blank, entries, rows
from optwright.datasets.tables import read_data, to_data
from optwright.errors import DataError
from published import FILES, SHARED, needed

ROWS = [
    {"question": "How many loaves?", "answer": "12"},
    {"question": "How many rolls?", "answer": "30.5"},
]


def written(folder: Path, text: str | bytes, name: str = "set.json") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lines(*rows: object) -> str:
    return "\n".join(map(json.dumps, rows))


@needed
@pytest.mark.parametrize(("file", "count"), [(file, count) for _, file, _, count in FILES])
def test_every_published_file_is_read_whole(file, count):
    found = entries(SHARED / file)
    assert len(found) == count
    assert all(entry.text.strip() for entry in found)


@needed
def test_industrial_instances_have_their_parameters_and_their_files():
    found = {entry.id: entry for entry in entries(SHARED / "miplib_nl")}
    flugpl = found["flugpl"]
    assert "initial_fleet: 60" in flugpl.text and "periods.csv" in flugpl.text and "1201500" not in flugpl.text
    assert set(to_data(read_data(flugpl.data))) == {"periods", "parameters"}
    assert not [entry.id for entry in found.values() if "{n}" in entry.text]
    assert [entry.id for entry in found.values() if entry.answer is None] == ["ex1010-pi"]  # published without its data


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        lines(*ROWS),
        "\ufeff" + json.dumps(ROWS),
        json.dumps({"1": ROWS[0], "2": ROWS[1]}),
        lines({"1": ROWS[0]}, {"2": ROWS[1]}),
        "question,answer\nHow many loaves?,12\nHow many rolls?,30.5\n",
        "\ufeffquestion,answer\r\nHow many loaves?,12\r\nHow many rolls?,30.5\r\n",
    ],
    ids=["list", "lines", "list with a mark", "by id", "lines by id", "csv", "csv with a mark"],
)
def test_the_content_tells_the_format_whatever_the_name(tmp_path, text):
    found = entries(written(tmp_path, text, "anything.txt"))
    assert [(entry.id, entry.text, entry.answer) for entry in found] == [
        ("1", "How many loaves?", "12"),
        ("2", "How many rolls?", "30.5"),
    ]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"en_question": "Q", "en_answer": 3, "id": 7}, ("7", "Q", 3, "")),
        ({"Question": "Q", "Answer": "3", "Type": "easy"}, ("1", "Q", "3", "easy")),
        ({"description": "Q", "ground_truth": 3.0, "task_id": "A1"}, ("A1", "Q", 3.0, "")),
        ({"question": "Q", "answer": "[3.0]", "problem_class": "['Diet', 'Mix']"}, ("1", "Q", "[3.0]", "Diet")),
        ({"text": "Q", "label": None}, ("1", "Q", None, "")),
    ],
)
def test_fields_go_by_several_names(tmp_path, fields, found):
    [entry] = entries(written(tmp_path, json.dumps([fields])))
    assert (entry.id, entry.text, entry.answer, entry.category) == found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lines(*ROWS) + '\n{"question": "Ho', "line 3: is no JSON .* cut short"),
        (json.dumps(ROWS)[:-3], "line 1: is no JSON"),
        (b'[{"question": "caf\xe9", "answer": 1}]', "line 1: is not UTF-8"),
        ("", "is empty"),
        ("  \n", "is empty"),
        ("[]", "holds no items"),
        ("{}", "holds no items"),
        ("question,answer\n", "holds no items"),
        ("question,answer\n,\n", "holds no items"),
        ("question,answer\nQ,1\nHow many, then?,2,3\n", "row 2: has more cells than the header"),
        ("question,answer\nQ,1\nHow man", "row 2: has fewer cells than the header; the file may be cut short"),
        ("[" * 100_000, "nested too deeply"),
        ('{"question": "Q", "answer": ' + "[" * 100_000, "nested too deeply"),
        (lines(*ROWS) + '\n{"question": "Q", "answer": ' + "[" * 100_000, "line 3: is no JSON .*nested too deeply"),
        ('[{"question": "Q", "answer": ' + "1" * 5_000 + "}]", "an integer has too many digits"),
        (lines(ROWS[0]) + '\n{"question": "Q", "answer": ' + "1" * 5_000 + "}", "line 2: .*too many digits"),
        ("just words\nand more", "neither JSON nor a table"),
        (json.dumps([1, 2]), "row 1: is no object"),
        ('{"1": {"question": "Q", "answer": 1}, "1": {"question": "R", "answer": 2}}', "'1' stands twice"),
        (json.dumps([{"question": "Q"}]), "row 1: has no answer"),
        (json.dumps([{"answer": 4}]), "row 1: has no text"),
        (json.dumps([*ROWS, {"question": " ", "answer": 4}]), "row 3: has no text"),
        (json.dumps([{"id": 1, **ROWS[0]}, {"id": 1, **ROWS[1]}]), "two rows have the id '1'"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as failed:
        entries(written(tmp_path, content))
    assert "set.json" in str(failed.value) and "\n" not in str(failed.value)


def test_a_table_may_hold_long_texts(tmp_path):
    long = "How many loaves? " * 20_000
    [entry] = entries(written(tmp_path, f'question,answer\n"{long}",3\n'))
    assert entry.text == long


def test_rows_that_hold_nothing_are_left_out(tmp_path):
    assert len(entries(written(tmp_path, "problem_class,question,answer\n[],,\nDiet,Q,1\n"))) == 1


@given(st.text() | st.binary())
def test_any_content_is_items_or_one_line_that_says_what_is_wrong(tmp_path_factory, content):
    path = written(tmp_path_factory.getbasetemp(), content if isinstance(content, bytes) else content.encode("utf-8"))
    try:
        assert all(entry.text.strip() for entry in entries(path))
    except DataError as error:
        assert "\n" not in str(error)


def test_a_character_that_is_none_is_replaced(tmp_path):
    content = r'[{"id": "\ud800", "question": "Is \ud83d\ude00 \ud800?", "answer": {"\udfff": "1\ud8ff"}}]'
    [entry] = entries(written(tmp_path, content))
    assert (entry.id, entry.text, entry.answer) == ("\ufffd", "Is \U0001f600 \ufffd?", {"\ufffd": "1\ufffd"})


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"])
def test_lines_end_at_line_feeds_alone(tmp_path, separator):
    text = f"Loaves{separator}or rolls?"
    content = "\r\n".join(json.dumps({"question": text, "answer": n}, ensure_ascii=False) for n in (1, 2))
    assert [entry.text for entry in entries(written(tmp_path, content))] == [text, text]


@pytest.mark.parametrize(
    "content", ["id,question,answer\n,Q,1\nb,R,2\n \t,S,3\n", '[{"id":"","question":"Q","answer":1}]']
)
def test_an_id_that_is_empty_is_the_number_of_the_row(tmp_path, content):
    found = entries(written(tmp_path, content))
    assert [entry.id for entry in found] == ["1", "b", "3"][: len(found)]


def test_retail_scenarios_have_their_data_behind_their_text_and_a_status_for_an_answer_that_is_none(tmp_path):
    row = {"scenario_id": "f1_v0", "prompt": "Plan it.\n", "reference_status": "OPTIMAL", "reference_objective": 7.5}
    other = {**row, "scenario_id": "f1_v1", "reference_status": "INFEASIBLE", "reference_objective": None}
    content = lines({**row, "data": {"periods": 2}}, {**other, "data": '{"periods": 3}'})
    assert [(entry.id, entry.text, entry.answer) for entry in entries(written(tmp_path, content))] == [
        ("f1_v0", 'Plan it.\n\nData:\n{"periods": 2}', 7.5),
        ("f1_v1", 'Plan it.\n\nData:\n{"periods": 3}', "INFEASIBLE"),
    ]


def folder(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (path := root / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_a_folder_of_questions_and_answers(tmp_path):
    files = {
        "prob_001/question.txt": "How many trucks?\n",
        "prob_001/answer.json": '{"status": "optimal", "obj": 30.0}',
        "prob_001/code.py": "import gurobipy",
        "prob_002/question.txt": "How many ships?",
        "prob_002/answer.json": '{"status": "infeasible"}',
        "prob_003/question.txt": "How many planes?",
    }
    trucks, ships, planes = entries(folder(tmp_path, files))
    assert (trucks.id, trucks.text, trucks.answer) == ("prob_001", "How many trucks?", 30.0)
    assert trucks.gold and (trucks.gold.kind, trucks.gold.source) == ("gurobipy", "import gurobipy")
    assert (ships.answer, ships.gold, planes.answer) == ("infeasible", None, None)


def test_a_folder_of_descriptions_and_samples(tmp_path):
    samples = [{"input": {"widths": [2, 3]}, "output": [6]}, {"input": {"widths": [4]}, "output": ["Infeasible"]}]
    files = {"cutting/description.txt": "Cut `widths`.", "cutting/sample.json": json.dumps(samples)}
    assert [(entry.id, entry.text, entry.answer) for entry in entries(folder(tmp_path, files))] == [
        ("cutting", 'Cut `widths`.\n\nData:\n{"widths": [2, 3]}', [6]),
        ("cutting-2", 'Cut `widths`.\n\nData:\n{"widths": [4]}', ["Infeasible"]),
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a/question.txt": " ", "a/answer.json": "{}"}, r"a/question\.txt: cannot be read \(has no text\)"),
        ({"a/question.txt": "Q", "a/answer.json": "[1]"}, r"a/question\.txt: cannot be read"),
        ({"a/question.txt": "Q", "a/answer.json": "{"}, r"a/question\.txt: cannot be read"),
        ({"a/description.txt": "Q"}, r"a/description\.txt: cannot be read .*No such file"),
        ({"a/description.txt": "Q", "a/sample.json": "[]"}, "holds no items"),
        ({"a/description.txt": "Q", "a/sample.json": '[{"input": 1}]'}, r"a/description\.txt: cannot be read"),
        ({"a/instance.json": '{"abstract_problem": "Q"}'}, r"a/instance\.json: cannot be read \(lacks 'parameters'\)"),
        ({"a/instance.json": "[" * 100_000}, r"a/instance\.json: .*nested too deeply"),
    ],
)
def test_a_damaged_folder_is_named(tmp_path, files, message):
    with pytest.raises(DataError, match=message) as failed:
        entries(folder(tmp_path, files))
    assert "\n" not in str(failed.value)


def test_rows_of_any_file_are_counted_as_they_are_read(tmp_path):
    path = written(tmp_path, "question,answer\nQ,1\n,\n")
    assert (len(rows(path)), blank(path)) == (2, 1)


def test_a_folder_without_instances_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"holds none of NAME/instance\.json"):
        entries(tmp_path)
    with pytest.raises(DataError, match="No such file"):
        entries(tmp_path / "gone.json")
