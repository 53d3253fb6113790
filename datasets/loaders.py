"""Files of benchmark sets in their authors' own formats, told apart by what is in them.

A JSON list of objects; JSON lines (whatever the file is called); JSON lines of one object by id; an object of objects
by id; CSV, with or without a byte order mark; a folder of folders.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

from ..errors import DataError
from .folders import folder_entries, with_data
from .items import Entry, Gold
from .json_text import loads

IDS = ("id", "index", "task_id", "item", "name", "scenario_id")
TEXTS = ("en_question", "question", "Question", "description", "document", "problem", "text", "prompt")
ANSWERS = ("en_answer", "answer", "Answer", "ground_truth", "results", "label", "optimal_value", "reference_objective")
CATEGORIES = ("Type", "type", "problem_class", "category", "Category", "problem_type")
DECLARED = ("vars", "var_mention_to_first_var", "obj_declaration", "const_declarations")

Row = Mapping[str, Any]


def entries(path: Path) -> tuple[Entry, ...]:
    """All of a file's or folder's items, in its order.

    Rows that are empty but for their class are left out, as two of OptiMind's are. Raises DataError, with the line or
    row: a file that is missing, not UTF-8 or cut short, or holds no items, an answer without text, two rows with one
    id.
    """
    found = tuple(folder_entries(path) if path.is_dir() else _entries(path))
    _some(path, found)
    seen = set[str]()
    for entry in found:
        if entry.id in seen:
            raise DataError(f"{path.name}: two rows have the id {entry.id!r}; number them apart")
        seen.add(entry.id)
    return found


def rows(path: Path) -> tuple[Row, ...]:
    """A file's rows as objects. Raises DataError as `entries`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: is not UTF-8; save it as UTF-8") from None
    if not text.strip():
        raise DataError(f"{path.name}: is empty; fetch it again")
    read = {"[": _list, "{": _objects}.get(text.lstrip()[0], _table)
    found = read(path.name, text)
    for number, row in enumerate(found, start=1):
        if not isinstance(row, Mapping):
            raise DataError(f"{path.name}, row {number}: is no object with named fields")
    _some(path, found)
    return tuple(found)


def _some(path: Path, found: Sized) -> None:
    if not found:
        raise DataError(f"{path.name}: holds no items; fetch it again")


def first(row: Row, names: Sequence[str]) -> Any:
    """The first of the fields that the row has; None where it has none."""
    return next((row[name] for name in names if name in row), None)


def _list(name: str, text: str) -> Sequence[Any]:
    try:
        return loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{name}, line {error.lineno}: is no JSON ({error.msg}); fetch the file again") from None
    except ValueError as error:
        raise DataError(f"{name}: cannot be read ({error}); fetch the file again") from None


def _objects(name: str, text: str) -> Sequence[Any]:
    """JSON lines, or one object whose members are the rows."""
    try:
        whole = loads(text)
    except json.JSONDecodeError:  # a line ends at "\n" alone: JSON texts may hold other separators as they are
        return [_line(name, at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    except ValueError as error:
        raise DataError(f"{name}: cannot be read ({error}); fetch the file again") from None
    return _by_id(whole) if all(isinstance(value, Mapping) for value in whole.values()) else [whole]


def _line(name: str, number: int, line: str) -> Any:
    try:
        row = loads(line)
    except ValueError as error:
        why = getattr(error, "msg", error)
        raise DataError(
            f"{name}, line {number}: is no JSON ({why}); the file may be cut short, fetch it again"
        ) from None
    alone = isinstance(row, dict) and len(row) == 1 and isinstance(next(iter(row.values())), dict)
    return _by_id(row)[0] if alone else row


def _by_id(rows: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    return [{"id": id, **row} for id, row in rows.items()]


def _table(name: str, text: str) -> Sequence[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # texts of any length, where csv allows 128 KiB
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        found = list(reader)
    except csv.Error as error:
        raise DataError(f"{name}: is neither JSON nor CSV ({error})") from None
    if not set(reader.fieldnames or ()) & {*TEXTS, *IDS}:
        known = ", ".join((*TEXTS, *IDS))
        raise DataError(f"{name}: is neither JSON nor a table with a column for a text or an id ({known})")
    for number, row in enumerate(found, start=1):
        if None in row:  # where DictReader puts what it has no name for
            raise DataError(f"{name}, row {number}: has more cells than the header; quote cells that hold commas")
        if None in row.values():  # and what it has no cell for
            raise DataError(f"{name}, row {number}: has fewer cells than the header; the file may be cut short")
    return found


def blank(path: Path) -> int:
    """How many rows are left out. Raises DataError as `entries`."""
    return 0 if path.is_dir() else sum(map(_is_blank, rows(path)))


def _entries(path: Path) -> list[Entry]:
    numbered = enumerate(rows(path), start=1)
    return [_entry(row, number, f"{path.name}, row {number}") for number, row in numbered if not _is_blank(row)]


def _is_blank(row: Row) -> bool:
    held = [row[name] for name in (*TEXTS, *ANSWERS) if name in row]
    return bool(held) and all(value is None or (isinstance(value, str) and not value.strip()) for value in held)


def _entry(row: Row, number: int, where: str) -> Entry:
    text = first(row, TEXTS)
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: has no text; one of {', '.join(TEXTS)} must hold it")
    gold = _gold(row)
    if gold is None and not set(ANSWERS) & set(row):
        raise DataError(f"{where}: has no answer; one of {', '.join(ANSWERS)} must be there, if empty")
    id = first(row, IDS)
    return Entry(
        fields=tuple(row),
        id=str(number if id is None or not str(id).strip() else id),
        text=with_data(text, row["data"]) if text is row.get("prompt") and row.get("data") else text,
        answer=_answer(row),
        category=_category(first(row, CATEGORIES)),
        gold=gold,
    )


def _answer(row: Row) -> Any:
    """RetailOpt has the solver's status apart from the objective, which is then null."""
    answer = first(row, ANSWERS)
    return row.get("reference_status") if answer is None else answer


def _category(raw: Any) -> str:
    """The first of several: OptiMind writes the text of a Python list."""
    words = str(raw or "").strip()
    return words[1:-1].split(",")[0].strip().strip("'\"") if words.startswith("[") else words


def _gold(row: Row) -> Gold | None:
    if "obj_declaration" in row:
        return Gold(kind="nl4opt", source=json.dumps({name: row.get(name) for name in DECLARED}))
    program = row.get("correct_program")
    return Gold(kind="gurobipy", source=program) if isinstance(program, str) and program.strip() else None
