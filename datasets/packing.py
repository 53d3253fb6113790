"""Reads sets of bin-packing instances: OR-Library's binpack*.txt, and the JSON of FunSearch's and of EoH's instances.

OR-Library (Falkenauer 1996; Beasley 1990): the number of instances, then for each its name, `capacity items best`, and
one size a line. FunSearch (Romera-Paredes et al. 2024): {set: {name: {"capacity", "num_items", "items"}}}. EoH (Liu et
al. 2024): {set: [sizes, sizes, …]}, with capacities that its file does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ..errors import DataError


@dataclass(frozen=True)
class Packing:
    """A bin-packing instance."""

    name: str
    capacity: float
    """Of each bin; above 0."""
    items: np.ndarray
    """Shape (n,), n ≥ 1, floats: sizes in order of arrival, each above 0 and at most the capacity."""


def read(path: Path, capacity: float = 100) -> dict[str, tuple[Packing, ...]]:
    """The file's sets by name, an OR-Library file being one set that has the name of the file. Raises DataError.

    `capacity` is that of instances whose file does not say it (EoH's).
    """
    text = _text(path)
    if not text.lstrip().startswith(("{", "[")):
        return {path.stem: _or_library(path.name, text.split())}
    sets = _json(path.name, text)
    if not isinstance(sets, dict) or not sets:
        raise DataError(f"{path.name}: no sets of instances; expected {{set: {{name: instance}}}} or {{set: [sizes]}}")
    return {name: _set(f"{path.name}, set {name!r:.60}", found, capacity) for name, found in sets.items()}


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: not a text file; name an OR-Library .txt or a .json of instances") from None
    if not text.strip():
        raise DataError(f"{path.name}: the file is empty; get it again from where it came")
    return text


def _or_library(source: str, words: list[str]) -> tuple[Packing, ...]:
    instances, at = [], 1
    for number in range(_count(f"{source}, first line", words[0])):
        head = words[at : at + 4]
        if len(head) < 4:
            raise DataError(f"{source}: it ends after {number} of {words[0]} instances; get it again")
        name, capacity, count, _ = head
        where = f"{source}, instance {name!r:.60}"
        at += 4 + _count(where, count)
        sizes = words[at - int(count) : at]
        if len(sizes) < int(count):
            raise DataError(f"{where}: {len(sizes)} sizes of {count}; get the file again")
        instances.append(_packing(where, name, _number(where, capacity), [_number(where, size) for size in sizes]))
    if at < len(words):
        raise DataError(f"{source}: {len(words) - at} words too many after {words[0]} instances")
    return tuple(instances)


def _count(where: str, word: str) -> int:
    if not (word.isascii() and word.isdigit() and 0 < len(word) < 10 and int(word)):
        raise DataError(f"{where}: {word!r:.60} where a number of instances or sizes stands in OR-Library's format")
    return int(word)


def _number(where: str, word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise DataError(f"{where}: {word!r:.60} where a capacity or a size stands in OR-Library's format") from None


def _json(source: str, text: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise DataError(f"{source}: {constant} is not a size")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise DataError(f"{source}, line {error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # a number with thousands of digits; thousands of brackets
        raise DataError(f"{source}: JSON that holds no instances: a number too long, or too many brackets") from None


def _set(where: str, found: Any, capacity: float) -> tuple[Packing, ...]:
    if not isinstance(found, dict | list) or not found:
        raise DataError(f"{where}: no instances; expected {{name: instance}} or lists of sizes, found {found!r:.60}")
    if isinstance(found, dict):
        return tuple(_funsearch(f"{where}, instance {name!r:.60}", name, entry) for name, entry in found.items())
    return tuple(
        _packing(f"{where}, list {number}", str(number), capacity, sizes) for number, sizes in enumerate(found)
    )


def _funsearch(where: str, name: str, entry: Any) -> Packing:
    if not isinstance(entry, dict) or not {"capacity", "items"} <= entry.keys():
        raise DataError(f"{where}: it has no capacity or no items; expected both, found {entry!r:.60}")
    packing = _packing(where, name, entry["capacity"], entry["items"])
    if entry.get("num_items", len(packing.items)) != len(packing.items):
        raise DataError(f"{where}: num_items is {entry['num_items']!r:.60}, but there are {len(packing.items)} items")
    return packing


def _packing(where: str, name: str, capacity: Any, sizes: Any) -> Packing:
    if not isinstance(sizes, list) or not sizes:
        raise DataError(f"{where}: its items are {sizes!r:.60}; expected a list of sizes")
    (room,) = _positive(f"{where}: its capacity", [capacity])
    items = _positive(f"{where}: a size", sizes)
    if items.max() > room:
        raise DataError(f"{where}: size {items.max():g} (item {items.argmax()}) is above the capacity {room:g}")
    return Packing(name, float(room), items)


def _positive(what: str, values: Iterable[Any]) -> np.ndarray:
    values = list(values)
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
            raise DataError(f"{what} is {value!r:.60}; expected a number above 0")
    return np.array(values, float)
