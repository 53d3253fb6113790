"""Labels as the authors of sets write them, read into one record.

Their ways of saying that there is no solution: `No Best Solution`, `-99999`, `-9999`, `infeasible`, `unbounded`, and
numbers beyond 1e30, which a solver printed that did not notice.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping

from .items import Label, Quantity
from .json_text import dumps, loads, well_formed
from .numbers import ABSURD, number

NO_SOLUTION = frozenset(
    {"no best solution", "infeasible", "unbounded", "infeasible or unbounded", "inf or unbd", "no solution"}
)
STAND_INS = frozenset({-99999.0, -9999.0, -999999.0})
"""Numbers that mean that there is no solution."""

_LONGEST = 10_000
"""Characters of a dict as Python prints it that are read."""


def says_no_solution(raw: object) -> bool:
    """Whether that is how some set says that a problem is infeasible or unbounded."""
    if isinstance(raw, str) and re.sub(r"[\s_.]+", " ", raw).strip().lower() in NO_SOLUTION:
        return True
    value = number(raw)
    return value is not None and (value in STAND_INS or abs(value) >= ABSURD)


def read_label(release: str, raw: object) -> Label:
    """Any JSON value as a label.

    A dict, or the text of one as JSON or Python print it, gives its named numbers; values that are no numbers are left
    out, and where all that is left says that there is no solution, there is none. A list of one is its member; longer
    lists, empty text, `None`, nan and infinity are no answer that can be read. Never raises.
    """
    text = _text(raw)
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, str):
        raw = named_numbers(raw)
    if isinstance(raw, Mapping):
        return _named(release, text, raw)
    if says_no_solution(raw):
        return Label(release=release, text=text, kind="no solution")
    value = number(raw)
    return Label(release=release, text=text, kind="none" if value is None else "number", value=value)


def _text(raw: object) -> str:
    return well_formed(raw) if isinstance(raw, str) else dumps(raw)


def _named(release: str, text: str, raw: Mapping[object, object]) -> Label:
    denied = {name for name, value in raw.items() if says_no_solution(value)}
    quantities = tuple(quantity for name, value in raw.items() if (quantity := _quantity(str(name), value)))
    if denied and not any(number(value) is not None for name, value in raw.items() if name not in denied):
        return Label(release=release, text=text, kind="no solution")
    return Label(release=release, text=text, kind="quantities" if quantities else "none", quantities=quantities)


def named_numbers(text: str) -> object:
    """What the text of a dict says, as JSON or Python print it; the text itself where it is none. Never raises."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return loads(text)
    except ValueError:
        pass
    if len(text) > _LONGEST:
        return text
    try:
        with warnings.catch_warnings(action="ignore"):  # of escapes that Python does not know
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _quantity(name: str, raw: object) -> Quantity | None:
    value = number(raw)
    if value is None or abs(value) >= ABSURD:
        return None
    return Quantity(name=well_formed(name), value=value, text=_text(raw).strip())
