"""Edits of a finished run's data by name, and what became of them.

Names are the cross-check's paths (`budget`, `price['wheat']`, `demand.units`), a cell of a table by its row
(`demand['north'].units`, `demand[0].units`), or a reading (`readings.units`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..datasets.tables import Table
from ..datasets.tables import Value as FileValue
from ..errors import UsageError
from ..evaluators.datum import READINGS, data_of, is_number, is_table
from ..evaluators.verdict import ReportValue
from .finished import Finished
from .formulate.formulation import Formulation, Reading, Value
from .formulate.nodes import Data, path_of
from .sections import one_line, value_text
from .wording import number, shorten

_NAMED = 40
"""Names that an error lists."""
_SHOWN = 8
"""A list or dict with more numbers than this is counted, not shown."""
_ROOT = re.compile(r"[^.\[]+")
_STEP = re.compile(r"""\.(?P<key>[^.\[]+)|\[(?P<at>\d+)\]|\[(?P<quote>['"])(?P<text>.*?)(?P=quote)\]""")

Key = str | int


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Edit(Record):
    name: str
    value: Value


class Change(Record):
    """One thing before and after."""

    name: str
    before: ReportValue
    after: ReportValue


def names(run: Finished) -> tuple[str, ...]:
    """What can be edited: every datum by its path, text that stands by itself, and the readings."""
    alone = [key for key, value in run.data.items() if key != READINGS and isinstance(value, str | bool)]
    switches = [f"{READINGS}.{each.name}" for each in run.formulation.readings if each.other]
    return (*(datum.path for datum in data_of(run.data)), *alone, *switches)


def edited(run: Finished, edits: Sequence[Edit]) -> tuple[Data, tuple[Change, ...]]:
    """The run's data with the edits, which are left as they were, and each edit's value before and after.

    A value must be of the kind that it takes the place of: a number for a number, as many members for a list, the same
    keys for a dict. A table's column takes one number for every row, or a list with one a row. Raises UsageError.
    """
    if not edits:
        raise UsageError(f"nothing to change; name data and their new values, such as {_example(run)}")
    data, changes = run.data, []
    for edit in edits:
        data, change = _edited(run, data, edit)
        changes.append(change)
    return data, tuple(changes)


def _edited(run: Finished, data: Data, edit: Edit) -> tuple[Data, Change]:
    name = edit.name.strip()
    reading = _reading(run, data, name)
    if reading:
        switches, value = data[READINGS], _option(reading, edit.value)
        change = Change(name=f"{READINGS}.{reading.name}", before=switches[reading.name], after=value)
        return {**data, READINGS: {**switches, reading.name: value}}, change
    keys = _keys(run, data, name)
    before, column = _at(run, data, keys, name)
    value = (_cells if column else _fitting)(before, edit.value, name)
    return _put(data, keys, value), Change(name=name, before=_shown(before), after=_shown(value))


def _reading(run: Finished, data: Data, name: str) -> Reading | None:
    bare = name.removeprefix(f"{READINGS}.")
    if bare == name and name in data:
        return None
    found = next((each for each in run.formulation.readings if each.name == bare), None)
    if found is None and bare != name:
        raise _unknown(run, name)
    return found


def _option(reading: Reading, value: Value) -> str:
    options = [option for option in (reading.chosen, reading.other) if option]
    if len(options) < 2:
        raise UsageError(f"{READINGS}.{reading.name} has no second reading ({reading.chosen}): solve anew to change it")
    if value not in options:
        choice = " or ".join(repr(option) for option in options)
        raise UsageError(f"{READINGS}.{reading.name}={_quoted(value)}: it is {choice}")
    return str(value)


def _keys(run: Finished, data: Data, name: str) -> tuple[Key, ...]:
    """The keys that a path leads along; a parameter that a data file holds may go by its own name too."""
    own = {each.name: path_of(each, run.files) for each in run.formulation.parameters if each.column}
    path = own[name] if name in own and name not in data else name
    if path in data and path != READINGS:
        return (path,)
    root = _ROOT.match(path)
    if not root or root[0] not in data or root[0] == READINGS:
        raise _unknown(run, name)
    keys: list[Key] = [root[0]]
    at = root.end()
    while at < len(path):
        step = _STEP.match(path, at)
        if not step:
            raise _unknown(run, name)
        keys.append(int(step["at"]) if step["at"] else step["key"] or step["text"])
        at = step.end()
    return tuple(keys)


def _at(run: Finished, data: Data, keys: Sequence[Key], name: str) -> tuple[Any, bool]:
    """The value there, and whether it is a table's column, as the list of its cells."""
    value: Any = data
    column = False
    for key in keys:
        if is_table(value) and key in value[0]:
            value, column = [row.get(key) for row in value], True
        elif column or (step := _step(value, key, name)) is None:
            raise _unknown(run, name)
        else:
            value = value[step]
    return value, column


def _step(value: Any, key: Key, name: str) -> Key | None:
    """The index or key that `key` means in `value`: of a table's row its number, or a text that stands in it alone."""
    if is_table(value) and isinstance(key, str):
        found = [at for at, row in enumerate(value) if key in row.values()]
        if len(found) > 1:
            raise UsageError(f"{name}: {len(found):,} rows of the table hold {key!r}; give the row's number, from 0")
        return found[0] if found else None
    if isinstance(value, list):
        return key if isinstance(key, int) and key < len(value) else None
    return next((k for k in (key, str(key)) if k in value), None) if isinstance(value, dict) else None


def _put(value: Any, keys: Sequence[Key], new: Any) -> Any:
    """A copy of `value` with `new` at `keys`; what lies beside the way is shared."""
    if not keys:
        return new
    key, rest = keys[0], keys[1:]
    if is_table(value) and key in value[0]:
        return [{**row, key: cell} for row, cell in zip(value, new, strict=True)]
    step: Any = _step(value, key, "")
    inner = _put(value[step], rest, new)
    if isinstance(value, dict):
        return {**value, step: inner}
    return [*value[:step], inner, *value[step + 1 :]]


def _fitting(old: Any, new: Value, name: str) -> Any:
    """`new`, where it can take the place of `old`, which an empty cell leaves open. Raises UsageError."""
    if old is None:
        return new
    if _kind(old) != _kind(new):
        raise UsageError(f"{name}={_quoted(new)}: it is {_kind(old)} ({_quoted(old)}); give {_kind(old)}")
    if is_number(new) and not math.isfinite(new):  # pyright: ignore[reportArgumentType]
        raise UsageError(f"{name}={new}: give a finite number")
    if is_table(old):
        return _rows(old, new, name)
    if isinstance(old, list):
        return _members(old, new, name)
    if isinstance(old, dict) and isinstance(new, dict):
        if set(old) != set(new):
            one = next(iter(old), "")
            raise UsageError(
                f"{name}: give exactly the keys {_quoted(list(old))}, or change one of them alone: {name}[{one!r}]"
            )
        return {key: _fitting(old[key], each, f"{name}[{key!r}]") for key, each in new.items()}
    return new


def _cells(old: list, new: Any, name: str) -> list:
    """A column: one value for every row, or one a row."""
    if isinstance(new, list):
        return _members(old, new, name)
    first = next((cell for cell in old if cell is not None), None)
    return [_fitting(first, new, name)] * len(old)


def _rows(old: list[dict], new: Any, name: str) -> list[dict]:
    """Another table with the same columns, of any length."""
    if not is_table(new) or any(set(row) != set(old[0]) for row in new):
        raise UsageError(f"{name}: give rows with exactly the columns {_quoted(list(old[0]))}, or change a column")
    return [{key: _fitting(old[0][key], cell, f"{name}.{key}") for key, cell in row.items()} for row in new]


def _members(old: list, new: Any, name: str) -> list:
    if len(new) != len(old):
        raise UsageError(f"{name}: give {len(old):,} members, as it has, not {len(new):,}")
    return [_fitting(a, b, f"{name}[{at}]") for at, (a, b) in enumerate(zip(old, new, strict=True))]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", list: "a list", dict: "a dict", type(None): "empty"}
    return "a number" if is_number(value) else kinds.get(type(value), type(value).__name__)


def _shown(value: Any) -> ReportValue:
    if isinstance(value, list | dict) and (len(value) > _SHOWN or len(value_text(value)) > 200):
        cells = [each for each in value if is_number(each)] if isinstance(value, list) else []
        among = f", {number(min(cells))} to {number(max(cells))}" if cells else ""
        return f"{len(value):,} values{among}"
    return value


def _quoted(value: Any) -> str:
    return shorten(repr(value) if isinstance(value, str) else value_text(_shown(value)), 120)


def _example(run: Finished) -> str:
    return next(iter(names(run)), "budget")


def _unknown(run: Finished, name: str) -> UsageError:
    known = list(dict.fromkeys([*run.data, *names(run)]))
    known.remove(READINGS)
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    listed = ", ".join(known[:_NAMED])
    return UsageError(one_line(f"the data have no {shorten(name, 80)!r}; {meant}there are {listed}{more}"))


# ---- what the problem would be, had it said so from the start


def folded(run: Finished, data: Data) -> Formulation:
    """The run's formulation with the parameters and readings of `data`, which `edited` has made."""
    parameters = [
        each if each.column or each.value is None else each.model_copy(update={"value": data[each.name]})
        for each in run.formulation.parameters
    ]
    readings = [_switched(each, data[READINGS][each.name]) for each in run.formulation.readings]
    return run.formulation.model_copy(update={"parameters": parameters, "readings": readings})


def _switched(reading: Reading, option: str) -> Reading:
    if option == reading.chosen:
        return reading
    return reading.model_copy(update={"chosen": option, "other": reading.chosen})


def changed_files(run: Finished, data: Data) -> tuple[Table | FileValue, ...]:
    """The run's tables and values as `data` has them; those that did not change are the same objects."""
    return tuple(
        each if data[each.name] is run.data[each.name] else _rewritten(each, data[each.name]) for each in run.files
    )


def _rewritten(file: Table | FileValue, content: Any) -> Table | FileValue:
    return file.model_copy(update={"rows": content} if isinstance(file, Table) else {"value": content})


def together(before: Sequence[Change], after: Sequence[Change]) -> tuple[Change, ...]:
    """Two lists of changes, one made after the other, as one: each datum once, and none that is back where it was."""
    net = {each.name: each for each in before}
    for each in after:
        first = net[each.name].before if each.name in net else each.before
        net[each.name] = each.model_copy(update={"before": first})
    return tuple(each for each in net.values() if each.before != each.after)


def sentence(change: Change) -> str:
    """`flour_cost: 2.4 → 2.1`."""
    return one_line(f"{change.name}: {value_text(change.before)} → {value_text(change.after)}")
