"""What a language model sees of the data: names, types, statistics and a few rows; never a whole large table.

Everything from the files is quoted as JSON text (see `cells.quoted`), and the whole is bounded whatever they hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from .cells import harmless, quoted
from .values import MAX_NAME, Cell, Column, Table, Value

PER_FILE = 6_000
IN_ALL = 24_000
WHOLE_VALUE = 2_000
SHORTEST_RUN = 6
"""So many columns with counted-up names and one type are described by one line."""
DEEPEST = 5


def describe(files: Sequence[Table | Value]) -> str:
    """One section per table or value: at most 6,000 characters each and 24,000 together."""
    sections = [_section(file, PER_FILE) for file in files]
    room = IN_ALL - 2 * len(files)
    if sum(map(len, sections)) > room:
        limit = _fair_share([len(section) for section in sections], room)
        sections = [_section(file, limit) for file in files]
    return "\n\n".join(sections)


def _fair_share(lengths: list[int], room: int) -> int:
    """The limit for each, when those below it leave their rest to the others."""
    waiting = sorted(lengths)
    while waiting and waiting[0] <= room // len(waiting):
        room -= waiting.pop(0)
    return room // len(waiting) if waiting else max(lengths)


def _section(file: Table | Value, limit: int) -> str:
    text = _table(file, limit) if isinstance(file, Table) else _value(file, limit)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _table(table: Table, limit: int) -> str:
    head = (
        f"Table data[{quoted(table.name)}] from file {quoted(table.source)}: a list of {len(table.rows):,} dicts, "
        f"one per row, with {len(table.columns)} keys each."
    )
    notes = [f"Note: {note}." for note in table.notes]
    used = len(head) + sum(map(len, notes)) + 80
    columns = _fit(_column_lines(table.columns), int((limit - used) * 0.65), "columns")
    rows = _row_lines(table, limit - used - sum(len(line) + 1 for line in columns))
    return "\n".join([head, *notes, "Columns:", *columns, *rows])


def _fit(lines: list[str], room: int, what: str) -> list[str]:
    """As many lines as the room takes, and how many were left out."""
    for count, line in enumerate(lines):
        room -= len(line) + 1
        if room < 60 and count + 1 < len(lines):
            return [*lines[:count], f"  … and {len(lines) - count} more lines of {what}"]
    return lines


def _column_lines(columns: Sequence[Column]) -> list[str]:
    return [_run(run) if len(run) >= SHORTEST_RUN else _column(run[0]) for run in _runs(columns)]


def _runs(columns: Sequence[Column]) -> Iterable[list[Column]]:
    """Columns alone, and runs of `x_1, x_2, x_3, …` of one type together."""
    start = 0
    while start < len(columns):
        stop = start + 1
        while stop < len(columns) and _follows(columns[stop - 1], columns[stop]):
            stop += 1
        stop = stop if stop - start >= SHORTEST_RUN else start + 1
        yield list(columns[start:stop])
        start = stop


def _follows(one: Column, other: Column) -> bool:
    (before, number), (prefix, following) = _counted(one.name), _counted(other.name)
    return one.type == other.type and before == prefix and following - number == 1


def _counted(name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*?)(\d{1,9})", name, re.ASCII)
    return (match[1], int(match[2])) if match else (name, -10)


def _run(run: list[Column]) -> str:
    first, last = run[0], run[-1]
    parts = [f"  {_key(first.name)} … {_key(last.name)}: {len(run)} columns, {first.type}"]
    known = [column for column in run if column.minimum is not None]
    if known:
        low, high = min(c.minimum for c in known), max(c.maximum for c in known)  # pyright: ignore[reportArgumentType]
        parts.append(f"{_literal(low)} to {_literal(high)}")
    nulls = sum(column.nulls for column in run)
    return ", ".join([*parts, f"{nulls:,} None"] if nulls else parts)


def _column(column: Column) -> str:
    parts = [f"  {_key(column.name)}: {column.type}"]
    if column.minimum is not None and column.distinct == 1:
        parts.append(f"always {_literal(column.minimum)}")
    else:
        parts += _spread(column)
    if column.nulls:
        parts.append(f"{column.nulls:,} None")
    if column.type == "text" and column.examples:
        shown = ", ".join(map(quoted, column.examples))
        parts.append(f"{'all' if column.distinct == len(column.examples) else 'such as'} {shown}")
    return ", ".join([*parts, column.note] if column.note else parts)


def _spread(column: Column) -> list[str]:
    limits = [f"{_literal(column.minimum)} to {_literal(column.maximum)}"] if column.minimum is not None else []
    mean = [f"mean {column.mean:.6g}"] if column.mean is not None else []
    return [*limits, *mean, f"{column.distinct:,} different"]


def _row_lines(table: Table, room: int) -> list[str]:
    count = len(table.rows)
    picked = sorted({0, 1, 2, count // 2, count - 1} & set(range(count)))
    each = (room - 20) // len(picked) - 14
    if each < 60:
        return []
    return ["Rows (counted from 0):", *(f"  {k:>7}: {_row(table.rows[k], each)}" for k in picked)]


def _row(row: dict[str, Cell], room: int) -> str:
    cells = []
    for name, cell in row.items():
        cells.append(f"{_key(name)}: {_literal(cell)}")
        room -= len(cells[-1]) + 2
        if room < 6:
            return "{" + ", ".join([*cells[:-1], "…"]) + "}"
    return "{" + ", ".join(cells) + "}"


def _key(name: str) -> str:
    return quoted(name, MAX_NAME)


def _literal(cell: Cell) -> str:
    """The cell as a program finds it, as a Python literal."""
    return quoted(cell) if isinstance(cell, str) else repr(cell)


def _value(value: Value, limit: int) -> str:
    head = f"Value data[{quoted(value.name)}] from file {quoted(value.source)}"
    whole = _whole(value.value, min(WHOLE_VALUE, limit - len(head) - 20))
    if whole is not None:
        return f"{head}, JSON: {whole}"
    return f"{head}, too large to show, by its structure:\n" + _sketch(value.value, limit - len(head) - 50)


def _whole(value: Any, room: int) -> str | None:
    """The value as JSON, or None when the room does not take it; a huge value is not written out to find that out."""
    text = ""
    for chunk in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += harmless(chunk[: room + 1])
        if len(text) > room:
            return None
    return text


def _sketch(value: Any, room: int) -> str:
    """The value's structure with as much detail as the room takes."""
    for breadth in (30, 15, 8, 4, 2):
        text, left = [], room
        for line in _outline("", value, breadth, 0):
            text.append(line)
            left -= len(line) + 1
            if left < 0:
                break
        else:
            return "\n".join(text)
    return next(_outline("", value, 1, 0))


def _outline(label: str, value: Any, breadth: int, depth: int) -> Iterator[str]:
    """A line for the value and lines for what it holds, written as far as they are asked for."""
    if not isinstance(value, (dict, list)):
        yield label + _literal(value)
    elif isinstance(value, list) and len(value) > 1 and all(type(item) in (int, float) for item in value):
        yield label + _numbers(value)
    elif depth >= DEEPEST or not value:
        yield f"{label}{type(value).__name__} of {len(value):,}"
    else:
        yield f"{label}{type(value).__name__} of {len(value):,}:"
        pad, shown = "  " * (depth + 1), min(breadth, 3 if isinstance(value, list) else breadth)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in islice(items, shown):
            name = _key(key) if isinstance(key, str) else f"item {key}"
            yield from _outline(f"{pad}{name}: ", item, breadth, depth + 1)
        if len(value) > shown:
            yield f"{pad}…"


def _numbers(value: list[float]) -> str:
    first = ", ".join(map(repr, value[:3]))
    more = ", …" if len(value) > 3 else ""
    return f"list of {len(value):,} numbers, {min(value)!r} to {max(value)!r}: [{first}{more}]"
