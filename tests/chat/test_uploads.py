"""Uploads: safe names, sizes and counts, and files that would fill the memory of whoever reads them."""

from __future__ import annotations

import asyncio
import io
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import polars
import pytest
import xlsxwriter
from optwright.agent.chat.uploads import LARGEST_FILE, MOST_FILES, check, keep, keep_stream, safe_name
from optwright.datasets.tables import read_data
from optwright.errors import DataError

CSV = b"name,units\nA,3\nB,4\n"


async def parts_of(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("orders.csv", "orders.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\Stück liste.CSV", "Stück liste.CSV"),
        ("a\x00.csv", "a.csv"),
        ("a\x1b[31m\u202evsc.csv", "a[31mvsc.csv"),
        ("\ud800b.csv", "b.csv"),
        ("...hidden.csv", "hidden.csv"),
        (".csv", "table.csv"),
        ("注文.csv", "注文.csv"),
        ("two\nlines.csv", "twolines.csv"),
        (" . .csv", "table.csv"),
        ("x" * 300 + ".csv", "x" * 100 + ".csv"),
        ("注" * 300 + ".csv", "注" * 66 + ".csv"),
    ],
)
def test_a_name_becomes_nothing_but_a_name(tmp_path, given, kept):
    path = keep(tmp_path / "chat", given, CSV)
    assert path == tmp_path / "chat" / kept
    assert path.read_bytes() == CSV
    assert [each.name for each in tmp_path.iterdir()] == ["chat"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../etc/passwd", "this"),
        ("tool.exe", ".exe"),
        ("csv", "this"),
        ("", "this"),
        ("..", "this"),
        ("a.csv/", "this"),
    ],
)
def test_what_is_no_table_is_refused_by_its_kind(tmp_path, name, kind):
    with pytest.raises(DataError, match=rf"cannot read {kind} files; .csv, .tsv"):
        keep(tmp_path / "chat", name, CSV)
    assert not (tmp_path / "chat").exists()


def test_a_refusal_is_one_line_whatever_the_name():
    with pytest.raises(DataError) as refused:
        safe_name("x\n" * 5000 + "." + "y" * 5000)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_files_of_one_name_stand_beside_each_other(tmp_path):
    kept = [keep(tmp_path, "orders.csv", CSV).name for _ in range(3)]
    assert kept == ["orders.csv", "orders-2.csv", "orders-3.csv"]


async def test_two_at_once_do_not_write_into_one_file(tmp_path):
    both = await asyncio.gather(*(keep_stream(tmp_path, "t.csv", parts_of(CSV + b"C,%d\n" % k, 3)) for k in range(2)))
    assert {path.read_bytes()[-2:] for path in both} == {b"0\n", b"1\n"}


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "t.csv: is empty"),
        ("t.csv", b"\x7fELF\0\0\0", "holds binary data"),
        ("t.csv", b"a,b\n1\n", "line 2: 1 cells where the first row has 2"),
        ("t.json", b"{", "not JSON"),
        ("t.xlsx", CSV, "not a readable Excel file"),
        ("t.xlsx", b"PK\3\4" + bytes(100), "not a readable Excel file"),
        ("t.parquet", b"PAR1", "not a readable Parquet file"),
    ],
)
async def test_a_bad_file_is_refused_at_once_and_leaves_nothing(tmp_path, name, content, words):
    with pytest.raises(DataError, match=words):
        keep(tmp_path, name, content)
    with pytest.raises(DataError, match=words):
        await keep_stream(tmp_path, name, parts_of(content))
    assert not list(tmp_path.iterdir())


async def test_a_chat_takes_so_many_files(tmp_path):
    for _ in range(MOST_FILES):
        keep(tmp_path, "t.csv", CSV)
    with pytest.raises(DataError, match=f"t.csv: this chat holds {MOST_FILES} files already"):
        await keep_stream(tmp_path, "t.csv", parts_of(CSV))
    assert len(list(tmp_path.iterdir())) == MOST_FILES


async def test_too_large_a_file_is_refused_while_it_comes_in(tmp_path):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        part = b"1,2\n" * 250_000
        while sent < 200_000_000:
            sent += len(part)
            yield part

    tracemalloc.start()
    with pytest.raises(DataError, match="larger than the 50 MB that a chat takes"):
        await keep_stream(tmp_path, "t.csv", endless())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent <= LARGEST_FILE + 1_000_000
    assert peak < 10_000_000
    assert not list(tmp_path.iterdir())


async def test_a_sender_who_hangs_up_leaves_nothing(tmp_path):
    async def broken() -> AsyncIterator[bytes]:
        yield CSV
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await keep_stream(tmp_path, "t.csv", broken())
    assert not list(tmp_path.iterdir())


async def test_a_file_of_50_000_rows_is_taken_in_little_time(tmp_path):
    rows = "".join(f"order {k},{k % 97},{k / 7:.3f},2024-03-{k % 28 + 1:02}\n" for k in range(50_000))
    began = time.monotonic()
    path = await keep_stream(tmp_path, "orders.csv", parts_of(("name,units,price,day\n" + rows).encode(), 65_536))
    assert time.monotonic() - began < 20  # half a second on an idle machine
    await check(path)


# Bombs ----------------------------------------------------------------------------------------------------------------

HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FOOT = b"</sheetData></worksheet>"


def workbook(sheet: bytes, repeats: int = 1, foot: bytes = FOOT, strings: bytes = b"") -> bytes:
    """A real workbook whose sheet is replaced: its head, then `sheet` so many times."""
    plain, made = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(plain) as book:
        book.add_worksheet().write_row(0, 0, ["a", "b"])
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename == "xl/sharedStrings.xml" and strings:
                new.writestr(entry.filename, strings)
            elif entry.filename != "xl/worksheets/sheet1.xml":
                new.writestr(entry.filename, old.read(entry))
        with new.open("xl/worksheets/sheet1.xml", "w") as file:
            for part in (HEAD, *([sheet] * repeats), foot):
                file.write(part)
    return made.getvalue()


def cells(*places: str) -> bytes:
    return b"".join(b'<row><c r="%s"><v>1</v></c></row>' % place.encode() for place in places)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """0.4 GB of XML in 0.4 MB: more of it would be refused no later, and take seconds to make."""
    return workbook(b" " * 1_000_000, 400)


def lying(content: bytes) -> bytes:
    """The same, but its directory says that the sheet unpacks to 1,000 bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return content.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))


@pytest.mark.parametrize("change", [bytes, lying], ids=["declared", "real"])
async def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, bomb, change):
    content = change(bomb)
    assert len(content) < 1_000_000
    with pytest.raises(DataError, match=r"t.xlsx: unpacks to more than \d+ MB; 300 MB at most are read"):
        await keep_stream(tmp_path, "t.xlsx", parts_of(content, 65_536))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "sheet",
    [
        cells("A1", "XFD1048576"),
        cells("A1", "zz100000"),
        cells("A1") + b"<row r='1048576'><c t=\"n\"\n x='>' r = 'ABC1048576' ><v>1</v></c></row>",
        b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>" + b"<row><c><v>1</v></c></row>" * 2000,
        b'<x:row xmlns:x="a" r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    ],
    ids=["corners", "small letters", "odd writing", "without places", "prefixed"],
)
def test_a_few_cells_far_apart_are_refused(tmp_path, sheet):
    path = tmp_path / "t.xlsx"
    path.write_bytes(workbook(sheet))
    with pytest.raises(DataError, match=r"t.xlsx: its cells span a grid of [\d,]+, and 20,000,000 at most are read"):
        read_data([path])


def test_a_long_text_in_many_cells_is_refused(tmp_path):
    strings = b'<?xml version="1.0"?><sst xmlns="a"><si><t>' + b"x" * 32_000 + b"</t></si></sst>"
    content = workbook(b'<row><c t="s"><v>0</v></c></row>', 20_000, strings=strings)
    assert len(content) < 20_000
    with pytest.raises(DataError, match=r"20,000 cells share texts of up to 32,\d\d\d characters"):
        keep(tmp_path, "t.xlsx", content)


def test_empty_cells_far_away_do_no_harm(tmp_path):
    content = workbook(cells("A1", "B1", "A2", "B2").replace(b">1<", b">7<") + b'<row><c r="XFD1048576" s="0"/></row>')
    path = keep(tmp_path, "t.xlsx", content)
    assert read_data([path])


def test_a_tag_that_the_reader_could_take_otherwise_is_refused(tmp_path):
    with pytest.raises(DataError, match="a cell's tag is broken"):
        keep(tmp_path, "t.xlsx", workbook(b"<row><c r=XFD1048576><v>1</v></c></row>"))


def test_other_packing_is_refused(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    with pytest.raises(DataError, match="not a readable Excel file"):
        keep(tmp_path, "t.xlsx", made.getvalue())


def test_a_run_of_equal_values_in_parquet_is_refused(tmp_path):
    made = io.BytesIO()
    polars.DataFrame({"n": polars.repeat(7, 30_000_000, dtype=polars.Int8, eager=True)}).write_parquet(made)
    assert len(made.getvalue()) < 1_000_000
    with pytest.raises(DataError, match=r"t.parquet: 30,000,000 cells; 20,000,000 at most"):
        keep(tmp_path, "t.parquet", made.getvalue())


def test_long_equal_texts_in_parquet_are_refused(tmp_path):
    made = io.BytesIO()
    polars.DataFrame({"t": polars.repeat("x" * 100_000, 10_000, eager=True)}).write_parquet(made)
    with pytest.raises(DataError, match=r"t.parquet: its texts come to 1,000,000,000 bytes"):
        keep(tmp_path, "t.parquet", made.getvalue())


def test_packed_text_is_no_table(tmp_path):
    packed = zlib.compress(CSV * 1000)
    with pytest.raises(DataError):
        keep(tmp_path, "t.csv", packed)


def test_an_ordinary_workbook_is_taken(tmp_path):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("Orders")
        for k, row in enumerate([["name", "units"], *([f"order {k}", k] for k in range(2000))]):
            sheet.write_row(k, 0, row)
    path: Path = keep(tmp_path, "t.xlsx", made.getvalue())
    (table,) = read_data([path])
    assert len(table.rows) == 2000  # type: ignore[union-attr]
