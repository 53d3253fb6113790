"""The tab *Formulation*: the five elements as tables; values and readings can be changed where they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ....datasets.tables import Table
from ....evaluators.datum import READINGS, is_number, is_table
from ...changes import Edit
from ...finished import Finished
from ...formulate.formulation import Formulation, Parameter, Reading, Value
from ...sections import quoted, value_text
from ...wording import amount, declared, number, shorten
from .elements import Cell, button, el, put, table
from .shown import Shown

_MEMBERS = 24
"""Members of a list or dict that can be changed one by one here; the chat takes any."""
_ROWS = 30
"""Rows of a data table that are shown."""


@dataclass(frozen=True)
class Changes:
    """What the tab's fields and buttons do."""

    edit: Callable[[Edit], None]
    why: Callable[[str], None]
    word: Callable[[str], None]
    """Begin a message with these words."""


def build(found: Shown, acts: Changes) -> None:
    formulation = found.formulation
    if formulation is None:
        el("p", "There is no model yet. Tell the problem in the conversation.", "quiet")
        return
    if found.trouble:
        el("p", f"Nothing can be changed here: {found.trouble}", "warn")
    table(
        "Sets",
        ("name", "members", "meaning"),
        [
            (each.name, "from the data" if each.members is None else ", ".join(each.members), each.description)
            for each in formulation.sets
        ],
    )
    _parameters(formulation, found.finished, acts)
    _variables(formulation, found, acts)
    goal = formulation.objective
    table(
        f"Objective: {goal.sense}{f', in {goal.unit}' if goal.unit else ''}",
        ("expression", "in the words"),
        [(goal.expression, quoted(goal.quote))],
    )
    _constraints(formulation, found, acts)
    _readings(formulation, found, acts)
    if found.finished:
        _tables(found.finished, acts)


def _why(name: str, acts: Changes) -> Cell:
    return lambda: button("Why?", lambda: acts.why(name), "link", aria_label=f"Why {name}?", data_key=f"why:{name}")


def _variables(formulation: Formulation, found: Shown, acts: Changes) -> None:
    asks = found.solution is not None and found.solution.verdict is not None and found.solution.verdict.solved
    rows = [
        (declared(each), each.domain, each.unit, each.description, *((_why(each.name, acts),) if asks else ()))
        for each in formulation.variables
    ]
    table("Variables", ("name", "domain", "unit", "meaning", *(("",) if asks else ())), rows)


def _constraints(formulation: Formulation, found: Shown, acts: Changes) -> None:
    asks = found.finished is not None
    rows = [
        (each.name, each.expression, quoted(each.quote), *((_why(each.name, acts),) if asks else ()))
        for each in formulation.constraints
    ]
    table("Constraints", ("name", "expression", "in the words", *(("",) if asks else ())), rows)


# ---- parameters


def _parameters(formulation: Formulation, finished: Finished | None, acts: Changes) -> None:
    rows: list[tuple[Cell, ...]] = []
    for each in formulation.parameters:
        source = quoted(each.quote) or each.column or each.description
        rows += [
            (name, value, each.unit, source if first else "") for name, value, first in _values(each, finished, acts)
        ]
    table("Parameters", ("name", "value", "unit", "in the words"), rows)


def _values(source: Parameter, finished: Finished | None, acts: Changes) -> Iterator[tuple[str, Cell, bool]]:
    """Name, value or field for it, and whether it is the parameter's first row."""
    if finished is None or source.name not in finished.data or (source.column and source.value is None):
        held = "from the data" if source.column and source.value is None else shorten(value_text(source.value), 200)
        yield source.name, held, True
        return
    leaves = list(_leaves(source.name, finished.data[source.name]))
    if len(leaves) > _MEMBERS:
        yield source.name, f"{len(leaves):,} values", True
        leaves = leaves[:_MEMBERS]
        for path, value in leaves:
            yield path, _field(path, value, acts), False
        return
    for at, (path, value) in enumerate(leaves):
        yield path, _field(path, value, acts), at == 0


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every number, text or truth of a value by its path, as `changes.edited` takes it."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(f"{path}[{key!r}]", each)
    elif isinstance(value, list) and value and not is_table(value):
        for at, each in enumerate(value):
            yield from _leaves(f"{path}[{at}]", each)
    else:
        yield path, value


def _field(path: str, value: Any, acts: Changes) -> Cell:
    def build() -> None:
        kind = "n" if is_number(value) else ""
        held = _written(value)
        field = el(
            "input",
            cls=f"value {kind}".strip(),
            aria_label=f"Value of {path}",
            data_key=path,
            inputmode="decimal" if kind else None,
            autocomplete="off",
            spellcheck="false",
            size=max(6, min(24, len(held) + 1)),
            # The attribute, not the property: that would be set again with every update, over what is being typed.
            **{"^value": held},
        )
        # Leaving the field or pressing Enter changes it; Escape takes the typing back.
        field.on("change", lambda event: acts.edit(Edit(name=path, value=read(event.args, value))), js_handler=_TYPED)
        field.on("keydown", js_handler=_KEYS)

    return build


_TYPED = "(e) => emit(e.target.value)"
_KEYS = (
    "(e) => { if (e.key === 'Escape') { e.target.value = e.target.defaultValue; } "
    "if (e.key === 'Enter') { e.preventDefault(); e.target.blur(); } }"
)


def _written(value: Any) -> str:
    """As a field holds it."""
    if isinstance(value, str):
        return value
    return number(value).replace(",", "") if is_number(value) and _exact(value) else json.dumps(value)


def _exact(value: float | int) -> bool:
    try:
        return float(number(value).replace(",", "")) == value
    except ValueError:
        return False


def read(text: str, before: Any) -> Value:
    """What was typed, as a value of the kind that stood there; as it was typed where it is none."""
    text = text.strip()
    if isinstance(before, str):
        return text
    try:
        value = json.loads(text.replace(",", "") if is_number(before) else text)
    except ValueError:
        return text
    if isinstance(before, float) and is_number(value):
        return float(value)
    return value


# ---- readings


def _readings(formulation: Formulation, found: Shown, acts: Changes) -> None:
    if not formulation.readings:
        return
    el("h3", "How the words are read")
    for each in formulation.readings:
        with el("fieldset", cls="reading"):
            el("legend", each.question or each.name)
            if each.words:
                el("p", f"“{each.words}”", "quiet small")
            if each.other and found.finished:
                _options(each, found, acts)
            else:
                el("p", f"Assumed: {each.chosen}{f', not: {each.other}' if each.other else ''}")
                if found.finished:
                    begin = f"Instead of “{each.chosen}”: "
                    button("Change it in words", lambda begin=begin: acts.word(begin), "link",
                           aria_label=f"Change in words: {each.chosen}")  # fmt: skip


def _options(reading: Reading, found: Shown, acts: Changes) -> None:
    for option in sorted((reading.chosen, reading.other)):
        with el("label", cls="option"):
            _radio(reading, option, acts)
            el("span", option)
            if told := _outcome(reading, option, found):
                el("span", told, "quiet small")


def _radio(reading: Reading, option: str, acts: Changes) -> None:
    name = f"{READINGS}.{reading.name}"
    field = el("input", type="radio", name=name, value=option, data_key=f"{name}:{option}")
    put(field, checked=option == reading.chosen)
    field.on("change", lambda: acts.edit(Edit(name=name, value=option)), js_handler="() => emit()")


def _outcome(reading: Reading, option: str, found: Shown) -> str:
    """What an option leads to, where it was solved."""
    solution, unit = found.solution, found.formulation.objective.unit if found.formulation else ""
    if solution is None:
        return ""
    if option == reading.chosen:
        return f"leads to {amount(solution.objective, unit)}" if solution.objective is not None else solution.status
    for each in solution.readings:
        if each.name == reading.name and each.other == option:
            return f"leads to {amount(each.objective, unit)}" if each.objective is not None else each.status
    return ""


# ---- data files


def _tables(finished: Finished, acts: Changes) -> None:
    for file in finished.files:
        rows: Any = finished.data.get(file.name)
        if not isinstance(file, Table) or not is_table(rows):
            continue
        columns = [each.name for each in file.columns]
        built = [
            (str(at + 1), *(_field(f"{file.name}[{at}].{column}", row.get(column), acts) for column in columns))
            for at, row in enumerate(rows[:_ROWS])
        ]
        more = len(rows) - _ROWS
        note = (
            f"… and {more:,} more rows: change them in the conversation, or upload the table again" if more > 0 else ""
        )
        table(f"Data: {file.name}", ("row", *columns), built, note)
