"""Files of benchmark sets in their authors' own formats, told apart by what is in them.

A JSON list of objects; JSON lines (whatever the file is called); JSON lines of one object by id; an object of objects
by id; CSV, with or without a byte order mark; a folder of MIPLIB-NL instances.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError
from .items import Gold, Record

IDS = ("id", "index", "task_id", "item", "name")
TEXTS = ("en_question", "question", "Question", "description", "document", "problem", "text")
ANSWERS = ("en_answer", "answer", "Answer", "ground_truth", "results", "label", "optimal_value")
CATEGORIES = ("Type", "type", "problem_class", "category", "Category", "problem_type")
INSTANCE = "instance.json"
DECLARED = ("vars", "var_mention_to_first_var", "obj_declaration", "const_declarations")

Row = Mapping[str, Any]


class Entry(Record):
    """One row of a file: an item as one release has it."""

    fields: tuple[str, ...] = ()
    """Names of the row's fields."""

    id: str
    """The authors' own, or the row's number from 1."""
    text: str
    answer: Any
    category: str = ""
    gold: Gold | None = None
    data: tuple[Path, ...] = ()


def entries(path: Path) -> tuple[Entry, ...]:
    """All of a file's or folder's items, in its order.

    Rows that are empty but for their class are left out, as two of OptiMind's are. Raises DataError, with the line or
    row: a file that is missing, empty, not UTF-8 or cut short, an answer without text, two rows with one id.
    """
    found = tuple(_instances(path) if path.is_dir() else _entries(path))
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
    return tuple(found)


def first(row: Row, names: Sequence[str]) -> Any:
    """The first of the fields that the row has; None where it has none."""
    return next((row[name] for name in names if name in row), None)


def _list(name: str, text: str) -> Sequence[Any]:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{name}, line {error.lineno}: is no JSON ({error.msg}); fetch the file again") from None


def _objects(name: str, text: str) -> Sequence[Any]:
    """JSON lines, or one object whose members are the rows."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return [row for at, line in enumerate(text.splitlines(), 1) if line.strip() for row in [_line(name, at, line)]]
    return _by_id(whole) if whole and all(isinstance(value, Mapping) for value in whole.values()) else [whole]


def _line(name: str, number: int, line: str) -> Any:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{name}, line {number}: is no JSON ({error.msg}); the file may be cut short, fetch it again"
        ) from None
    alone = isinstance(row, dict) and len(row) == 1 and isinstance(next(iter(row.values())), dict)
    return _by_id(row)[0] if alone else row


def _by_id(rows: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    return [{"id": id, **row} for id, row in rows.items()]


def _table(name: str, text: str) -> Sequence[Row]:
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        found = list(reader)
    except csv.Error as error:
        raise DataError(f"{name}: is neither JSON nor CSV ({error})") from None
    if not set(reader.fieldnames or ()) & {*TEXTS, *IDS}:
        raise DataError(f"{name}: is neither JSON nor a table with a column for the text ({', '.join(TEXTS)})")
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
        id=str(number if id is None else id),
        text=text,
        answer=first(row, ANSWERS),
        category=_category(first(row, CATEGORIES)),
        gold=gold,
    )


def _category(raw: Any) -> str:
    """The first of several: OptiMind writes the text of a Python list."""
    words = str(raw or "").strip()
    return words[1:-1].split(",")[0].strip().strip("'\"") if words.startswith("[") else words


def _gold(row: Row) -> Gold | None:
    if "obj_declaration" in row:
        return Gold(kind="nl4opt", source=json.dumps({name: row.get(name) for name in DECLARED}))
    program = row.get("correct_program")
    return Gold(kind="gurobipy", source=program) if isinstance(program, str) and program.strip() else None


# MIPLIB-NL ------------------------------------------------------------------------------------------------------------


def _instances(folder: Path) -> list[Entry]:
    found = sorted(path.parent for path in folder.glob(f"*/{INSTANCE}"))
    if not found:
        raise DataError(f"{folder.name}: no NAME/{INSTANCE} in it; name the folder that holds the instances")
    return [_instance(path) for path in found]


def _instance(folder: Path) -> Entry:
    """An instance without some data file, as one was published, has no answer that anybody could reach."""
    where = f"{folder.name}/{INSTANCE}"
    try:
        row = json.loads((folder / INSTANCE).read_text(encoding="utf-8-sig"))
        text, parameters, files = row["abstract_problem"], row["parameters"], row["files"]
        paths = tuple(folder / file["path"] for file in files.values())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f"{where}: cannot be read ({' '.join(str(error).split())}); fetch it again") from None
    here = tuple(path for path in paths if path.is_file() and folder.resolve() in path.resolve().parents)
    return Entry(
        id=folder.name,
        text="\n\n".join(filter(None, [_filled(text, parameters), _told(parameters), _files(files)])),
        answer=row.get("optimal_value") if here == paths else None,
        data=here,
    )


def _filled(text: str, parameters: Row) -> str:
    for name, value in parameters.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _told(parameters: Row) -> str:
    return (
        "\n".join(["Parameters:", *(f"- {name}: {value}" for name, value in parameters.items())]) if parameters else ""
    )


def _files(files: Mapping[str, Mapping[str, str]]) -> str:
    lines = [f"- {Path(file['path']).name}: {file.get('description', '')}" for file in files.values()]
    return "\n".join(["Data files:", *lines]) if lines else ""
