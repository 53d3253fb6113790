"""Files of sets in their authors' own formats, and files that are none."""

import json
from pathlib import Path

import pytest
from optwright.datasets.loaders import entries
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
        ("just words\nand more", "neither JSON nor a table"),
        (json.dumps([1, 2]), "row 1: is no object"),
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


def test_rows_that_hold_nothing_are_left_out(tmp_path):
    assert len(entries(written(tmp_path, "problem_class,question,answer\n[],,\nDiet,Q,1\n"))) == 1


def test_a_folder_without_instances_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"no NAME/instance\.json"):
        entries(tmp_path)
    with pytest.raises(DataError, match="No such file"):
        entries(tmp_path / "gone.json")
