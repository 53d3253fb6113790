"""One reader per file format: a path becomes tables, or a value."""

from __future__ import annotations

import csv
import io
import json
import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataError
from .cells import decimal_commas, has_header, quoted, typed
from .values import Cell, Table, Value, make_table
from .workbook import MOST_CELLS, MOST_TEXT, check_workbook

SEPARATORS = "\t;|,"
NO_INFINITY = "neither JSON nor a solver takes that as data, so leave it out or write a large number"


class Grid(NamedTuple):
    """Cells as they stand in a file, blank records left out."""

    lines: list[int]
    """Where each record begins, counted from 1."""
    records: list[Sequence[str]]


def read_delimited(path: Path) -> list[Table | Value]:
    """CSV, TSV and their kin, whatever the separator; a first row without names is told apart by its cells."""
    text = _decode(path)
    separator = _separator(text)
    return [_table(path.name, identifier(path.stem), _cut(path.name, text, separator), separator != ",")]


def read_excel(path: Path) -> list[Table | Value]:
    """One table per sheet that holds anything; a single one is named after the file."""
    import fastexcel

    check_workbook(path)
    try:
        book = fastexcel.read_excel(path)
        sheets = [(name, book.load_sheet(name, header_row=None, dtypes="string")) for name in book.sheet_names]
        grids = [(name, sheet.to_polars().rows()) for name, sheet in sheets if sheet.height]
    except fastexcel.FastExcelError as error:
        raise DataError(
            f"{path.name}: not a readable Excel file ({_first_line(error)}); save it again as .xlsx"
        ) from None
    if not grids:
        raise DataError(f"{path.name}: every sheet is empty")
    alone = len(grids) == 1
    return [_sheet(path, name, identifier(path.stem if alone else name), rows) for name, rows in grids]


def read_json(path: Path) -> list[Table | Value]:
    """A list of flat objects is a table; anything else is a value."""
    text = _decode(path)
    try:
        value = _parse_json(path.name, text)
    except json.JSONDecodeError as error:
        hint = "; one object per line? Name the file .jsonl" if error.msg == "Extra data" else ""
        raise DataError(f"{path.name}, line {error.lineno}: not JSON: {error.msg}{hint}") from None
    return [_objects(path, value)]


def read_json_lines(path: Path) -> list[Table | Value]:
    """One JSON value a line; flat objects make a table, anything else a list."""
    values = []
    for number, line in enumerate(_decode(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            values.append(_parse_json(f"{path.name}, line {number}", line))
        except json.JSONDecodeError as error:
            raise DataError(f"{path.name}, line {number}: not JSON: {error.msg}") from None
    return [_objects(path, values)]


def read_parquet(path: Path) -> list[Table | Value]:
    import polars

    try:
        _check_parquet(path)
        frame = polars.read_parquet(path)
    except polars.exceptions.PolarsError as error:
        raise DataError(f"{path.name}: not a readable Parquet file ({_first_line(error)})") from None
    texts = sum(frame[name].str.len_bytes().sum() or 0 for name in frame.columns if frame.schema[name] == polars.String)
    if texts > MOST_TEXT:
        raise DataError(f"{path.name}: its texts come to {texts:,} bytes; {MOST_TEXT:,} at most, so leave some out")
    columns = [_parquet_column(path.name, frame[name]) for name in frame.columns]
    return [make_table(identifier(path.stem), path.name, frame.columns, columns)]


def _check_parquet(path: Path) -> None:
    """Before it is unpacked: a run of equal values takes a few bytes, however long it is."""
    import polars

    frame = polars.scan_parquet(path)
    schema = frame.collect_schema()
    for name, kind in schema.items():
        if kind.is_nested():
            raise _unusable(path.name, name, kind)
    cells = frame.select(polars.len()).collect().item() * len(schema)
    if cells > MOST_CELLS:
        raise DataError(f"{path.name}: {cells:,} cells; {MOST_CELLS:,} at most, so keep only what the problem needs")


READERS: dict[str, Callable[[Path], list[Table | Value]]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".xls": read_excel,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".parquet": read_parquet,
}


def identifier(text: str) -> str:
    """A Python identifier of at most 60 characters that a reader would recognise the text in."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", text)).strip("_")[:60] or "table"
    if not name.isidentifier():
        name = "t_" + name
    # `readings` is where a program finds the switches between readings of the text.
    return name + "_data" if keyword.iskeyword(name) or name == "readings" else name


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw[:10_000] or raw.startswith(b"PK\3\4"):
        raise DataError(f"{path.name}: holds binary data, not text; name it for what it is (.xlsx, .parquet)")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _separator(text: str) -> str:
    """The separator that cuts the first records into equally many cells; else the commonest one of the first line."""
    head = "\n".join(text[:100_000].splitlines()[:25])
    for separator in SEPARATORS:
        try:
            widths = {len(cells) for cells in csv.reader(io.StringIO(head), delimiter=separator) if cells}
        except csv.Error:
            continue
        if len(widths) == 1 and widths != {1}:
            return separator
    first = re.sub(r'"[^"]*"', "", head.partition("\n")[0])
    return max(reversed(SEPARATORS), key=first.count)


def _cut(source: str, text: str, separator: str) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    grid = Grid([], [])
    start = 1
    try:
        for cells in reader:
            if "".join(cells).strip():
                grid.lines.append(start)
                grid.records.append(cells)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{source}, line {start}: {error}; is a quotation mark missing or left open?") from None
    return grid


def _sheet(path: Path, sheet: str, name: str, rows: Sequence[Sequence[str | None]]) -> Table:
    records = [[cell or "" for cell in row] for row in rows]
    filled: list[Sequence[str]] = [record for record in records if "".join(record).strip()]
    table = _table(f"{path.name}, sheet {quoted(sheet)}", name, Grid([], filled), commas_free=False)
    return table.model_copy(update={"source": path.name})


def _table(place: str, name: str, grid: Grid, commas_free: bool) -> Table:
    """A table from cells; `commas_free` says that commas do not separate cells, so that they may be decimal ones."""
    if not grid.records:
        raise DataError(f"{place}: holds no cells; add a row of column names and rows below it")
    columns = [list(map(str.strip, cells)) for cells in zip(*_squared(place, grid), strict=True)]
    header = has_header(columns)
    names = _names(place, columns) if header else [f"column_{k}" for k in range(1, len(columns) + 1)]
    bodies = [cells[header:] for cells in columns]
    comma = commas_free and decimal_commas(bodies)
    kept = [
        (title, typed(body, comma)) for title, cells, body in zip(names, columns, bodies, strict=True) if any(cells)
    ]
    notes = [] if header else ["the file has no row of names: columns are named by their position"]
    notes += ["decimal commas were read as points"] if comma else []
    titles, values = [title for title, _ in kept], [cells for _, cells in kept]
    return make_table(name, place, titles, [v.values for v in values], [v.note for v in values], notes)


def _squared(place: str, grid: Grid) -> list[Sequence[str]]:
    """The records, all as wide as the first; blank cells beyond it are cut."""
    width = len(grid.records[0])
    for k, cells in enumerate(grid.records):
        if len(cells) == width:
            continue
        if len(cells) < width or any(map(str.strip, cells[width:])):
            raise DataError(
                f"{place}, line {grid.lines[k]}: {len(cells)} cells where the first row has {width}; "
                "quote cells that hold the separator, and leave no cell out"
            )
        grid.records[k] = cells[:width]
    return grid.records


def _names(place: str, columns: list[list[str]]) -> list[str]:
    """Column names from the first row; a nameless column gets one by its position."""
    first = [cells[0] for cells in columns]
    named, filled = sum(map(bool, first)), sum(map(any, columns))
    if filled > 2 and named * 2 < filled:
        raise DataError(f"{place}: the first row names {named} of {filled} columns; put the names in the first row")
    return [" ".join(cell.split()) or f"column_{position}" for position, cell in enumerate(first, 1)]


def _parse_json(place: str, text: str) -> Any:
    def constant(word: str) -> Any:
        if word != "NaN":
            raise DataError(f"{place}: holds {word}; {NO_INFINITY}")

    def number(text: str) -> float:
        return value if math.isfinite(value := float(text)) else constant(text)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(keys := dict(pairs)) < len(pairs):
            twice = next(key for key in keys if sum(key == other for other, _ in pairs) > 1)
            raise DataError(f"{place}: the key {quoted(twice)} stands twice in one object; keep one")
        return keys

    try:
        return json.loads(text, parse_float=number, parse_constant=constant, object_pairs_hook=unique)
    except RecursionError:
        raise DataError(f"{place}: JSON nested too deeply; flatten it") from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            raise
        raise DataError(f"{place}: {_first_line(error)}") from None  # a number of thousands of digits


def _objects(path: Path, value: Any) -> Table | Value:
    if not (isinstance(value, list) and value and all(map(_flat, value))):
        return Value(name=identifier(path.stem), source=path.name, value=value)
    names = list(dict.fromkeys(key for row in value for key in row))
    columns: list[list[Cell]] = [[row.get(name) for row in value] for name in names]
    return make_table(identifier(path.stem), path.name, names, columns)


def _flat(item: Any) -> bool:
    return isinstance(item, dict) and bool(item) and not any(isinstance(cell, (dict, list)) for cell in item.values())


def _parquet_column(source: str, series: Any) -> list[Cell]:
    import polars

    kind = series.dtype
    if kind.is_float() or kind.is_decimal():
        numbers = series.cast(polars.Float64).fill_nan(None)
        if numbers.is_infinite().any():
            raise DataError(f"{source}: column {quoted(series.name)} holds infinity; {NO_INFINITY}")
        return numbers.to_list()
    if kind.is_integer():
        return series.to_list()
    if kind in (polars.Date, polars.Datetime):
        return [moment and moment.isoformat() for moment in series.to_list()]
    if kind in (polars.String, polars.Categorical, polars.Enum, polars.Boolean, polars.Null):
        return series.to_list()
    raise _unusable(source, series.name, kind)


def _unusable(source: str, column: str, kind: object) -> DataError:
    what = f"column {quoted(column)} holds {kind}"
    return DataError(f"{source}: {what}; keep numbers, text, dates and truth values only")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
