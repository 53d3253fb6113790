"""Text cells, as CSV and Excel hold them, become numbers, truth values, dates, nulls, or stay text.

A column is converted only when every cell of it that is not null says the same; a doubtful one (`1,200`, `$5`, `007`)
stays text and gets a note, because a wrong number is worse than a text that a program has to parse.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from .values import MAX_CELL_SHOWN, Cell, iso_date

NULLS = frozenset({"", "n/a", "#n/a", "nan", "null", "<na>"})
NULLS_AMONG_NUMBERS = NULLS | {
    "na",
    "none",
    "-",
    "--",
    "\N{EN DASH}",
    "\N{EM DASH}",
    "?",
    ".",
    "#div/0!",
    "#value!",
    "#ref!",
    "#num!",
}

# No leading zeros: `007` and `01730` are names, not amounts. At most 18 digits: longer ones are names, too.
INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})", re.ASCII)
NUMBER = re.compile(r"[-+]?(?!0\d|\d{19})(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
COMMA_NUMBER = re.compile(r"[-+]?(?!0\d|\d{19})(?:\d+,?\d*|,\d+)(?:[eE][-+]?\d+)?", re.ASCII)
SURELY_DECIMAL = re.compile(r"[-+]?(?:0,\d+|\d+,(?!\d{3}$)\d+)", re.ASCII)
LOOKS_NUMERIC = re.compile(
    r"[-+]?\s?[$€£¥]?\s?[-+]?(?:\d{1,3}(?:[,.'\u2019\s]\d{3})+|\d+)?(?:[.,]\d*)?(?:[eE][-+]?\d+)?\s?[$€£¥%]?"
)
LONGEST_NUMBER = 40
MOSTLY = 0.8
"""Share of a text column's different cells that must look numeric for the column to be said to look numeric."""


class Cells(NamedTuple):
    values: list[Cell]
    note: str


def typed(cells: Sequence[str], decimal_comma: bool = False) -> Cells:
    """The values of one column of trimmed cells, and what its reader should know about them."""
    distinct = dict.fromkeys(cells)
    values, odd = _convert(distinct, decimal_comma)
    nulls = [cell for cell, value in values.items() if value is None and cell]
    notes = []
    if odd:
        notes.append("looks numeric, kept as text because of " + ", ".join(quoted(cell) for cell in odd[:4]))
    if nulls:
        counted = ", ".join(f"{quoted(cell)} ({cells.count(cell):,})" for cell in nulls[:4])
        notes.append(f"read as None: {counted}")
    return Cells(list(map(values.__getitem__, cells)), "; ".join(notes))


def decimal_commas(columns: Sequence[Sequence[str]]) -> bool:
    """Whether a file not separated by commas writes its decimals with them (`1,5`; `1,500` alone is no proof)."""
    return any(_all_commas({cell for cell in column if cell.lower() not in NULLS_AMONG_NUMBERS}) for column in columns)


def has_header(columns: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns rather than being data itself.

    It is data when each of its cells is a number, or is built like the cells below it (`C0001` above `C0002`).
    A first row 0, 1, 2, … is what data frame libraries write for columns without names, and counts as a header.
    """
    counted = all(cells[0] == str(position) for position, cells in enumerate(columns))
    return (counted and len(columns) > 1) or not all(
        _like_data(cells[0], cells[1:1000]) for cells in columns if any(cells)
    )


def quoted(text: str, limit: int = MAX_CELL_SHOWN) -> str:
    """The text as one JSON string, cut at `limit` characters.

    Line ends, invisible characters, angle brackets and backticks are escaped, so that a cell can
    neither end the section of the prompt that it stands in nor pose as a new one.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return harmless(json.dumps(text, ensure_ascii=False))


def harmless(text: str) -> str:
    """JSON text with everything escaped that a prompt might take for markup, inside its strings only."""
    return "".join(char if char.isprintable() and char not in "<>`" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if char.isascii() else json.dumps(char)[1:-1]


def _convert(distinct: Collection[str], decimal_comma: bool) -> tuple[dict[str, Cell], list[str]]:
    """A value for each different cell, and the cells that keep a column that looks numeric from being numbers."""
    present = [cell for cell in distinct if cell.lower() not in NULLS_AMONG_NUMBERS]
    nulls: dict[str, Cell] = {cell: None for cell in distinct if cell.lower() in NULLS_AMONG_NUMBERS}
    for parse in (_integers, _comma_numbers if decimal_comma else _numbers, _truths, _dates):
        values = parse(present) if present else None
        if values is not None:
            return {**nulls, **values}, []
    if present and sum(map(_looks_numeric, present)) >= MOSTLY * len(present):
        plain = COMMA_NUMBER if decimal_comma else NUMBER
        return {**nulls, **{cell: cell for cell in present}}, [cell for cell in present if not plain.fullmatch(cell)]
    return {cell: None if cell.lower() in NULLS else cell for cell in distinct}, []


def _looks_numeric(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and len(cell) <= LONGEST_NUMBER and bool(LOOKS_NUMERIC.fullmatch(cell))


def _matching(pattern: re.Pattern[str], cells: list[str], convert: Callable[[str], Cell]) -> dict[str, Cell] | None:
    if not all(map(pattern.fullmatch, cells)):
        return None
    return {cell: convert(cell) for cell in cells}


def _integers(cells: list[str]) -> dict[str, Cell] | None:
    return _matching(INTEGER, cells, int)


def _numbers(cells: list[str]) -> dict[str, Cell] | None:
    values = _matching(NUMBER, cells, float)
    return values if values and all(map(math.isfinite, values.values())) else None  # pyright: ignore[reportArgumentType]


def _comma_numbers(cells: list[str]) -> dict[str, Cell] | None:
    values = _numbers([cell.replace(",", ".") for cell in cells]) if all(map(COMMA_NUMBER.fullmatch, cells)) else None
    return values and {cell: values[cell.replace(",", ".")] for cell in cells}


def _truths(cells: list[str]) -> dict[str, Cell] | None:
    if any(cell.lower() not in ("true", "false") for cell in cells):
        return None
    return {cell: cell.lower() == "true" for cell in cells}


def _dates(cells: list[str]) -> dict[str, Cell] | None:
    moments = {cell: iso_date(cell) for cell in cells}
    if not all(moments.values()):
        return None
    whole_days = all(moment and moment.time().isoformat() == "00:00:00" for moment in moments.values())
    return {cell: (moment.date() if whole_days else moment).isoformat() for cell, moment in moments.items() if moment}


def _all_commas(cells: set[str]) -> bool:
    return all(map(COMMA_NUMBER.fullmatch, cells)) and any(map(SURELY_DECIMAL.fullmatch, cells))


def _like_data(cell: str, below: Sequence[str]) -> bool:
    if NUMBER.fullmatch(cell) or COMMA_NUMBER.fullmatch(cell):
        return True
    shape = _shape(cell)
    return "9" in shape and bool(below) and sum(_shape(other) == shape for other in below) >= 0.9 * len(below)


def _shape(cell: str) -> str:
    return re.sub(r"\d+", "9", cell)
