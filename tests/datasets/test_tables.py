"""User files become tables, whatever wrote them; what cannot be read is refused in one line."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path

import polars
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optwright.datasets.tables import Table, Value, describe, read_data, to_data
from optwright.errors import DataError

MIPLIB = Path(__file__).parents[3] / "shared" / "data" / "miplib_nl"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(path: Path) -> Table:
    (only,) = read_data([path])
    assert isinstance(only, Table)
    return only


def test_csv_gets_types_statistics_and_iso_dates(tmp_path):
    text = "item, units ,price,day,fragile\nA,3,1.5,2024-02-01,true\n B ,5,2,2024-03-01 00:00,FALSE\n\n"
    text += ",1,.5,2023-01-01,true\n\n\n"
    read = table(write(tmp_path, "stock list.csv", text))
    assert (read.name, read.source) == ("stock_list", "stock list.csv")
    assert read.rows == [
        {"item": "A", "units": 3, "price": 1.5, "day": "2024-02-01", "fragile": True},
        {"item": "B", "units": 5, "price": 2.0, "day": "2024-03-01", "fragile": False},
        {"item": None, "units": 1, "price": 0.5, "day": "2023-01-01", "fragile": True},
    ]
    assert [column.type for column in read.columns] == ["text", "integer", "number", "date", "true/false"]
    item, units, _, day, _ = read.columns
    assert (item.nulls, item.distinct, item.examples) == (1, 2, ("A", "B"))
    assert (units.minimum, units.maximum, units.mean) == (1, 5, 3.0)
    assert (day.minimum, day.maximum) == ("2023-01-01", "2024-03-01")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1,5;2\n3,25;4\n", [{"a": 1.5, "b": 2}, {"a": 3.25, "b": 4}]),
        ("a\tb\nx\t-1\n", [{"a": "x", "b": -1}]),
        ("a|b\n1|2\n", [{"a": 1, "b": 2}]),
        ('name,size\n"Smith, J","5"" pipe"\n', [{"name": "Smith, J", "size": '5" pipe'}]),
        ('a,b\n"two\nlines",1\n', [{"a": "two\nlines", "b": 1}]),
        ("only\n7\n", [{"only": 7}]),
        ("a,b\r\n1,2\r\n", [{"a": 1, "b": 2}]),
        ("a,b,,\n1,2,,\n3,4,,\n", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        (",x\nr1,1\nr2,2\n", [{"column_1": "r1", "x": 1}, {"column_1": "r2", "x": 2}]),
        ("id,n\n007,1\n012,2\n", [{"id": "007", "n": 1}, {"id": "012", "n": 2}]),
        ("id\n1234567890123456789012\n", [{"id": "1234567890123456789012"}]),
        ("n\n1e3\n-2.5E-1\n", [{"n": 1000.0}, {"n": -0.25}]),
        ("n\n1e999\n1\n", [{"n": "1e999"}, {"n": "1"}]),
        ("n\n1_000\n2\n", [{"n": "1_000"}, {"n": "2"}]),
    ],
)
def test_separators_quotes_and_numbers(tmp_path, text, expected):
    assert table(write(tmp_path, "t.csv", text)).rows == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_encodings(tmp_path, encoding):
    read = table(write(tmp_path, "t.csv", "Stück,Ort\n3,Köln\n".encode(encoding)))
    assert read.rows == [{"Stück": 3, "Ort": "Köln"}]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("C0001,266.5\nC0002,37.2\n", False),
        ("C0001,C0002,0,0,1.49\nC0002,C0003,C0345,4.0,-1.45\n", False),
        ("C0015,C0177\nC0029,C0192\n", False),
        ("5,3\n1,2\n", False),
        ("city,2023,2024\nA,1,2\n", True),
        (",2023,2024\nA,1,2\n", True),
        ("0,1,2\n5,6,7\n", True),
        ("M1,M2\n17,93\n", True),
        ("id1,id2\n0,1\n", True),
        ("from_state,to_state\na1,a2\n", True),
    ],
)
def test_a_first_row_of_data_is_not_taken_for_names(tmp_path, text, header):
    read = table(write(tmp_path, "t.csv", text))
    assert len(read.rows) == text.count("\n") - header
    assert read.columns[0].name == (text.split(",")[0] or "column_1" if header else "column_1")
    assert ("no row of names" in describe([read])) != header


def test_nulls_among_numbers_are_spelled_in_many_ways_and_noted(tmp_path):
    read = table(write(tmp_path, "t.csv", "n,t\n1,none\n,-\nn/a,x\n-,N/A\n?,\n2,y\n"))
    assert [row["n"] for row in read.rows] == [1, None, None, None, None, 2]
    assert [row["t"] for row in read.rows] == ["none", "-", "x", None, None, "y"]
    assert read.columns[0].nulls == 4
    assert 'read as None: "n/a" (1), "-" (1), "?" (1)' in describe([read])


@pytest.mark.parametrize("odd", ["1,200", "$5", "12 %", "1 200.5", "€ 3", "tbd"])
def test_doubtful_numbers_stay_text_and_are_named_even_far_below(tmp_path, odd):
    read = table(write(tmp_path, "t.csv", "n\n" + "".join(f"{k}\n" for k in range(5000)) + f'"{odd}"\nn/a\n'))
    assert read.columns[0].type == "text"
    assert read.rows[-2:] == [{"n": odd}, {"n": None}]
    assert f'looks numeric, kept as text because of "{odd}"' in describe([read])


@pytest.mark.parametrize("cells", ["(0,0) (1,4)", "red 2 blue", "24,32,35 8,28,34"])
def test_other_text_is_not_said_to_look_numeric(tmp_path, cells):
    read = table(write(tmp_path, "t.csv", "n\n" + "".join(f'"{cell}"\n' for cell in cells.split())))
    assert "looks numeric" not in describe([read])


def test_thousands_or_decimals_is_left_open_when_nothing_tells(tmp_path):
    read = table(write(tmp_path, "t.csv", "a;b\n1,200;x\n2,500;y\n"))
    assert [row["a"] for row in read.rows] == ["1,200", "2,500"]
    read = table(write(tmp_path, "t.csv", "a;b;c\n1,200;0,5;1.5\n2,500;7;2.5\n"))
    assert [row["a"] for row in read.rows] == [1.2, 2.5]
    assert [row["c"] for row in read.rows] == ["1.5", "2.5"]  # a point in a file with decimal commas
    assert "decimal commas were read as points" in describe([read])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.csv", "", "t.csv: is empty"),
        ("t.csv", " \n\n", "t.csv: holds no cells"),
        ("t.csv", "a,b\n", "no rows"),
        ("t.csv", "a,b\n1,2\n\n3\n", "t.csv, line 4: 1 cells where the first row has 2"),
        ("t.csv", "a,b\n1,2\n3,4,5\n", "t.csv, line 3: 3 cells where the first row has 2"),
        ("t.csv", 'a,b\n"x\ny",2\n3\n', "t.csv, line 4: 1 cells"),
        ("t.csv", 'a,b\n1,2\n"3,4\n5,6\n', "t.csv, line 3: .*quotation mark"),
        ("t.csv", 'a,b\n"1"2,3\n', "t.csv, line 2: .*quotation mark"),
        ("t.csv", "a, b ,b\n1,2,3\n", "t.csv: columns 2 and 3 are both named 'b'"),
        ("t.csv", "x" * 300 + ",b\n1,2\n", "the name of column 1 has 300 characters"),
        ("t.csv", "Report,,,\nx,y,z,w\n1,2,3,4\n", "names 1 of 4 columns"),
        ("t.csv", b"PK\x03\x04rest", "t.csv: holds binary data"),
        ("t.csv", b"a,b\n\x00\x01", "t.csv: holds binary data"),
        ("t.json", '{"a": 1,\n "b": }', "t.json, line 2: not JSON"),
        ("t.json", '{"a": 1}\n{"a": 2}', r"Name the file .jsonl"),
        ("t.json", '{"a": 1, "a": 2}', 'the key "a" stands twice'),
        ("t.json", '{"a": Infinity}', "holds Infinity"),
        ("t.json", '{"a": 1e999}', "holds 1e999"),
        ("t.json", "[" * 100_000, "nested too deeply"),
        ("t.json", "9" * 5000, "t.json: .*digits"),
        ("t.jsonl", '{"a": 1}\n{"a": \n', "t.jsonl, line 2: not JSON"),
        ("t.xlsx", "no workbook", "t.xlsx: not a readable Excel file"),
        ("t.xlsx", b"PK\x03\x04rest", "t.xlsx: not a readable Excel file"),
        ("t.parquet", "no parquet", "t.parquet: not a readable Parquet file"),
        ("t.pdf", "x", r"t.pdf: cannot read .pdf files; .csv, .tsv, .xlsx, .*can be read"),
        ("t", "x", "t: cannot read this files"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path, name, text, message):
    with pytest.raises(DataError, match=message) as error:
        read_data([write(tmp_path, name, text)])
    assert "\n" not in str(error.value)


def test_missing_files_folders_and_name_clashes(tmp_path):
    with pytest.raises(DataError, match=r"no data file '.*gone.csv'; check the path"):
        read_data([tmp_path / "gone.csv"])
    with pytest.raises(DataError, match="is a folder"):
        read_data([tmp_path])
    one, other = write(tmp_path, "a b.csv", "x\n1\n"), write(tmp_path, "a-b.csv", "x\n2\n")
    with pytest.raises(DataError, match=r"a b.csv and a-b.csv both give a table 'a_b_csv'; rename one"):
        read_data([one, other])


def test_files_that_differ_in_their_ending_only_are_told_apart(tmp_path):
    paths = [write(tmp_path, "plan.csv", "x\n1\n"), write(tmp_path, "plan.json", "3"), write(tmp_path, "b.json", "4")]
    assert to_data(read_data(paths)) == {"plan_csv": [{"x": 1}], "plan_json": 3, "b": 4}


def test_too_large_a_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_001)  # sparse: takes no space
    with pytest.raises(DataError, match=r"huge.csv: 2.0 GB; 2 GB at most"):
        read_data([path])


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("2024 plan.csv", "t_2024_plan"),
        ("class.csv", "class_data"),
        ("readings.csv", "readings_data"),
        ("ß-1.csv", "ß_1"),
    ],
)
def test_names_are_identifiers(tmp_path, file, name):
    assert table(write(tmp_path, file, "x\n1\n")).name == name
    assert name.isidentifier()


def test_json_tables_values_and_lines(tmp_path):
    rows = write(tmp_path, "rows.json", '[{"a": 1, "b": "x"}, {"a": 2.5, "c": null}, {"a": NaN, "b": true}]')
    lines = write(tmp_path, "lines.jsonl", '{"a": "\u2028"}\n\n{"a": "y"}\n')
    value = write(tmp_path, "rules.json", '{"limit": 3, "costs": [[1, 2], [3, 4]]}')
    files = read_data([rows, lines, value])
    assert isinstance(files[2], Value)
    assert to_data(files) == {
        "rows": [{"a": 1, "b": "x", "c": None}, {"a": 2.5, "b": None, "c": None}, {"a": None, "b": True, "c": None}],
        "lines": [{"a": "\u2028"}, {"a": "y"}],
        "rules": {"limit": 3, "costs": [[1, 2], [3, 4]]},
    }
    assert "mixed types: bool, str" in describe(files)


def test_excel_gives_one_table_per_sheet(tmp_path):
    path = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        costs, empty, demand = (book.add_worksheet(name) for name in ("Costs 2024", "Empty", "Demand"))
        costs.write_row(2, 1, ["site", "cost", "from", "open", "code", "n"])  # a table need not start at the corner
        for k in range(3):
            costs.write_row(3 + k, 1, [f"S{k}", 1.5 * k])
            costs.write_datetime(3 + k, 3, datetime.datetime(2024, 1, 1 + k), day)
            costs.write_boolean(3 + k, 4, k == 1)
            costs.write_string(3 + k, 5, f"0{k}")
            costs.write(3 + k, 6, "n/a" if k == 2 else 1000 * k)
        demand.write_column(0, 0, ["units", 4, 5])
        assert empty.get_name() == "Empty"
    costs_table, demand_table = read_data([path])
    assert isinstance(costs_table, Table)
    assert (costs_table.name, costs_table.source, demand_table.name) == ("Costs_2024", "plan.xlsx", "Demand")
    assert costs_table.rows[1] == {
        "site": "S1",
        "cost": 1.5,
        "from": "2024-01-02",
        "open": True,
        "code": "01",
        "n": 1000,
    }
    assert costs_table.rows[2]["n"] is None
    assert to_data([demand_table]) == {"Demand": [{"units": 4}, {"units": 5}]}


def test_a_single_sheet_is_named_after_its_file(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "costs.xlsx") as book:
        book.add_worksheet().write_column(0, 0, ["cost", 4])
    assert table(tmp_path / "costs.xlsx").name == "costs"


def test_parquet_keeps_its_types(tmp_path):
    frame = polars.DataFrame(
        {
            "n": [1, None],
            "x": [float("nan"), 2.5],
            "t": ["007", "b"],
            "d": [datetime.date(2024, 1, 5), None],
            "b": [True, False],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    read = table(tmp_path / "t.parquet")
    assert read.rows[0] == {"n": 1, "x": None, "t": "007", "d": "2024-01-05", "b": True}
    assert [column.type for column in read.columns] == ["integer", "number", "text", "date", "true/false"]


@pytest.mark.parametrize(("cell", "message"), [(float("inf"), "holds infinity"), ([1, 2], "holds List")])
def test_parquet_columns_that_are_no_data_are_refused(tmp_path, cell, message):
    polars.DataFrame({"x": [cell]}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=message):
        read_data([tmp_path / "t.parquet"])


CELL = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6))
def test_any_quoted_cells_are_read_back(tmp_path, rows):
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = write(tmp_path, "t.csv", "\n".join(["first name,second name", *quoted]) + "\n")
    filled = [row for row in rows if "".join(row).strip()]
    if not filled:
        with pytest.raises(DataError, match="no rows"):
            read_data([path])
        return
    read = table(path)
    assert len(read.rows) == len(filled)
    for cells, row in zip(filled, read.rows, strict=True):
        for cell, value in zip(cells, row.values(), strict=True):
            assert value is None or isinstance(value, bool) or str(value) == cell.strip() or float(value) == float(cell)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".tsv", ".json", ".jsonl"]))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path, raw, suffix):
    path = write(tmp_path, "t" + suffix, raw)
    try:
        files = read_data([path])
    except DataError as error:
        assert "\n" not in str(error)
    else:
        json.dumps(to_data(files), allow_nan=False)
        assert len(describe(files)) <= 6_000


def test_a_large_csv_is_read_and_described_quickly(tmp_path):
    lines = (
        f"{k},S{k % 50},{k * 7 % 900},{k % 977 / 8},2024-01-{1 + k % 28:02d},{'yes' if k % 2 else 'no'}"
        for k in range(200_000)
    )
    path = write(tmp_path, "sales.csv", "order,store,units,price,day,paid\n" + "\n".join(lines))
    start = time.process_time()
    files = read_data([path])
    text = describe(files)
    assert time.process_time() - start < 6  # about 1.5 s; far from what a quadratic step would take
    assert "200,000 dicts" in text
    assert len(text) < 2_000
    assert len(to_data(files)["sales"]) == 200_000


@pytest.mark.skipif(not MIPLIB.is_dir(), reason="no development data in ../shared/data/miplib_nl")
def test_all_industrial_instances_are_read():
    folders = sorted(MIPLIB.glob("*/data"))
    assert folders
    for folder in folders:
        files = read_data(sorted(folder.glob("*.csv")))
        text = describe(files)
        assert len(text) <= 24_000, folder.parent.name
        for file in files:
            lines = [line for line in (folder / file.source).read_text().splitlines() if line.strip(", ")]
            assert isinstance(file, Table)
            assert len(file.rows) in (len(lines), len(lines) - 1), file.source
            assert f'data["{file.name}"]' in text
