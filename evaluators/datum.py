"""The numbers of a problem's data, one datum at a time, and copies of the data in which one of them is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

READINGS = "readings"
"""The key of `data` whose values are switches, not data."""
WHOLE = 8
"""A list or dict with more numbers than this is one datum, moved as a whole; so is each numeric column of a table."""

Key = str | int
Move = Callable[[float | int], float | int]


@dataclass(frozen=True)
class Datum:
    """A number, or many that move together: those below `keys`, in a table only those of `column`."""

    keys: tuple[Key, ...]
    column: str | None = None
    value: float | int | None = None
    """None where many numbers move together."""

    @property
    def path(self) -> str:
        inner = "".join(f"[{key!r}]" for key in self.keys[1:])
        return f"{self.keys[0]}{inner}" + (f".{self.column}" if self.column else "")

    @property
    def root(self) -> str:
        return str(self.keys[0])


def data_of(data: Mapping[str, Any]) -> list[Datum]:
    """Every datum of `data` in its order; switches, text and booleans are none."""
    return [datum for key, value in data.items() if key != READINGS for datum in _below((key,), value)]


def _below(keys: tuple[Key, ...], value: Any) -> Iterator[Datum]:
    if is_number(value):
        yield Datum(keys, value=value)
    elif is_table(value):
        columns = {name: None for row in value for name, cell in row.items() if is_number(cell)}
        yield from (Datum(keys, column=name) for name in columns)
    elif isinstance(value, dict | list) and next(_many(value), None) is not None:
        yield Datum(keys)
    elif isinstance(value, dict | list):
        for key, member in _items(value):
            yield from _below((*keys, key), member)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _items(value: dict | list) -> Iterator[tuple[Key, Any]]:
    return iter(value.items()) if isinstance(value, dict) else enumerate(value)


def _numbers(value: Any) -> Iterator[float | int]:
    if is_number(value):
        yield value
    elif isinstance(value, dict | list):
        for _, member in _items(value):
            yield from _numbers(member)


def _many(value: dict | list) -> Iterator[float | int]:
    """The numbers beyond the first `WHOLE`."""
    numbers = _numbers(value)
    for _ in range(WHOLE):
        next(numbers, None)
    return numbers


def moved(data: Mapping[str, Any], datum: Datum, move: Move) -> dict[str, Any]:
    """A deep copy of `data` with `move` applied to the datum; a program may spoil its copy without harm."""
    return {key: _copy(value, datum, move, 0 if key == datum.keys[0] else None) for key, value in data.items()}


def _copy(value: Any, datum: Datum, move: Move, depth: int | None) -> Any:
    """`depth` counts the keys that led here along the datum's own; None beside its way."""
    if depth is not None and depth == len(datum.keys) - 1:
        return _column(value, datum.column, move) if datum.column else _all(value, move)
    if isinstance(value, dict):
        return {key: _copy(member, datum, move, _next(datum, key, depth)) for key, member in value.items()}
    if isinstance(value, list):
        return [_copy(member, datum, move, _next(datum, key, depth)) for key, member in enumerate(value)]
    return value


def _next(datum: Datum, key: Key, depth: int | None) -> int | None:
    return depth + 1 if depth is not None and datum.keys[depth + 1] == key else None


def _column(table: list[dict], column: str, move: Move) -> list[dict]:
    return [
        {**row, column: move(row[column])} if column in row and is_number(row[column]) else dict(row) for row in table
    ]


def _all(value: Any, move: Move) -> Any:
    if is_number(value):
        return move(value)
    if isinstance(value, dict):
        return {key: _all(member, move) for key, member in value.items()}
    if isinstance(value, list):
        return [_all(member, move) for member in value]
    return value
