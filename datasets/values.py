"""What a user's file becomes: a `Table` (rows and statistics) or a `Value` (any other JSON)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from ..errors import DataError

Cell = float | int | str | bool | None
ColumnType = Literal["integer", "number", "text", "true/false", "date"]

MAX_NAME = 200
MAX_CELL_SHOWN = 60
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?")


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Record):
    name: str
    type: ColumnType
    nulls: int
    distinct: int
    """Different values, nulls apart."""
    minimum: float | int | str | None = None
    """Of numbers and dates; None for other types and for a column of nulls."""
    maximum: float | int | str | None = None
    mean: float | None = None
    examples: tuple[str, ...] = ()
    """The first different values: 8 of text, 3 of numbers; each cut at 60 characters."""
    note: str = ""
    """What a reader should know: spellings that were read as null, text that looks numeric."""


class Table(Record):
    name: str
    """A Python identifier: the key in `data`."""
    source: str
    """Name of the file, without its folder."""
    rows: SkipValidation[list[dict[str, Cell]]] = Field(repr=False)
    """One dict per row, all with the same keys; dates are ISO text."""
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()


class Value(Record):
    name: str
    source: str
    value: SkipValidation[Any] = Field(repr=False)
    """JSON: dict, list, text, number, bool or None."""


def make_table(
    name: str,
    source: str,
    names: Sequence[str],
    columns: Sequence[Sequence[Cell]],
    column_notes: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Table:
    """A table from its columns, all of one length and free of NaN and infinity.

    Raises DataError for names that cannot be keys and for no rows.
    """
    _check_names(source, names)
    if not columns or not columns[0]:
        raise DataError(f"{source}: the table has column names but no rows; add rows or leave the file out")
    described = zip(names, columns, column_notes or [""] * len(names), strict=True)
    return Table(
        name=name,
        source=source,
        rows=[dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)],
        columns=tuple(_column(*entry) for entry in described),
        notes=tuple(notes),
    )


def iso_date(text: str) -> datetime | None:
    """The moment that `YYYY-MM-DD`, with or without a time, stands for; None for any other text."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _check_names(source: str, names: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        if len(name) > MAX_NAME:
            raise DataError(f"{source}: the name of column {position} has {len(name)} characters; {MAX_NAME} at most")
        if name in seen:
            raise DataError(f"{source}: columns {seen[name]} and {position} are both named {name!r}; rename one")
        seen[name] = position


def _column(name: str, cells: Sequence[Cell], note: str) -> Column:
    present = [cell for cell in cells if cell is not None]
    distinct = list(dict.fromkeys(present))
    kind, mixed = _type(distinct)
    numeric = kind in ("integer", "number")
    ordered = numeric or kind == "date"
    return Column(
        name=name,
        type=kind,
        nulls=len(cells) - len(present),
        distinct=len(distinct),
        minimum=min(distinct) if ordered and distinct else None,  # pyright: ignore[reportArgumentType]
        maximum=max(distinct) if ordered and distinct else None,  # pyright: ignore[reportArgumentType]
        mean=_mean(present) if numeric else None,
        examples=tuple(str(cell)[:MAX_CELL_SHOWN] for cell in distinct[: 3 if numeric else 8]),
        note="; ".join(filter(None, (mixed, note))),
    )


def _type(distinct: list[Any]) -> tuple[ColumnType, str]:
    kinds = set(map(type, distinct))
    if not kinds or kinds == {str}:
        dates = bool(distinct) and all(map(iso_date, distinct))
        return ("date" if dates else "text"), ""
    if kinds == {bool}:
        return "true/false", ""
    if kinds <= {int, float}:
        return ("integer" if kinds == {int} else "number"), ""
    return "text", "mixed types: " + ", ".join(sorted(kind.__name__ for kind in kinds))


def _mean(present: list[Any]) -> float | None:
    try:
        return sum(present) / len(present) if present else None
    except OverflowError:  # whole numbers beyond what a float can hold
        return None
