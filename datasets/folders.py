"""Sets that are published as folders: one folder an item, told apart by the files that are in it.

MIPLIB-NL: `instance.json`, and data files beside it. LogiOR: `question.txt`, `answer.json`, often `code.py` for
gurobipy. ComplexOR: `description.txt`, and `sample.json` with inputs and their answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import DataError
from .items import Entry, Gold
from .json_text import dumps, loads


def folder_entries(folder: Path) -> list[Entry]:
    """All items of a folder of folders, by their names. Raises DataError where there is none, or one is damaged."""
    for file, read in _KINDS.items():
        if found := sorted(path.parent for path in folder.glob(f"*/{file}")):
            return [entry for path in found for entry in _read(path, file, read)]
    files = ", ".join(f"NAME/{file}" for file in _KINDS)
    raise DataError(f"{folder.name}: holds none of {files}; name the folder that holds the items' folders")


def _read(folder: Path, file: str, read: Callable[[Path], list[Entry]]) -> list[Entry]:
    try:
        return read(folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        why = f"lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise DataError(f"{folder.name}/{file}: cannot be read ({why}); fetch the folder again") from None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _needed_text(path: Path) -> str:
    if text := _text(path).strip():
        return text
    raise ValueError("has no text")


# MIPLIB-NL ------------------------------------------------------------------------------------------------------------


def _instance(folder: Path) -> list[Entry]:
    """An instance without some data file, as one was published, has no answer that anybody could reach."""
    row = loads(_text(folder / "instance.json"))
    text, parameters, files = row["abstract_problem"], row["parameters"], row["files"]
    paths = tuple(folder / file["path"] for file in files.values())
    here = tuple(path for path in paths if path.is_file() and folder.resolve() in path.resolve().parents)
    entry = Entry(
        fields=tuple(row),
        id=folder.name,
        text="\n\n".join(filter(None, [_filled(text, parameters), _told(parameters), _files(files)])),
        answer=row.get("optimal_value") if here == paths else None,
        data=here,
    )
    return [entry]


def _filled(text: str, parameters: Mapping[str, Any]) -> str:
    for name, value in parameters.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _told(parameters: Mapping[str, Any]) -> str:
    return (
        "\n".join(["Parameters:", *(f"- {name}: {value}" for name, value in parameters.items())]) if parameters else ""
    )


def _files(files: Mapping[str, Mapping[str, str]]) -> str:
    lines = [f"- {Path(file['path']).name}: {file.get('description', '')}" for file in files.values()]
    return "\n".join(["Data files:", *lines]) if lines else ""


# LogiOR ---------------------------------------------------------------------------------------------------------------


def _question(folder: Path) -> list[Entry]:
    """`answer.json` holds a status and an objective; a problem without it has no answer that can be read."""
    answer, program = folder / "answer.json", folder / "code.py"
    said = loads(_text(answer)) if answer.exists() else {}
    objective = said.get("obj")
    entry = Entry(
        fields=("question.txt", "answer.json"),
        id=folder.name,
        text=_needed_text(folder / "question.txt"),
        answer=said.get("status") if objective is None else objective,
        gold=Gold(kind="gurobipy", source=_text(program)) if program.exists() else None,
    )
    return [entry]


# ComplexOR ------------------------------------------------------------------------------------------------------------


def _description(folder: Path) -> list[Entry]:
    """An item a sample: the description speaks of parameters, the sample has their values."""
    text, samples = _needed_text(folder / "description.txt"), loads(_text(folder / "sample.json"))
    return [
        Entry(
            fields=("description.txt", "sample.json"),
            id=folder.name if number == 1 else f"{folder.name}-{number}",
            text=with_data(text, sample["input"]),
            answer=sample["output"],
        )
        for number, sample in enumerate(samples, start=1)
    ]


def with_data(text: str, data: Any) -> str:
    """A text and the values it speaks of, as JSON."""
    return f"{text.strip()}\n\nData:\n{data if isinstance(data, str) else dumps(data)}"


_KINDS: Mapping[str, Callable[[Path], list[Entry]]] = {
    "instance.json": _instance,
    "question.txt": _question,
    "description.txt": _description,
}
