"""Labels as the authors of sets write them, read into one record.

Their ways of saying that there is no solution: `No Best Solution`, `-99999`, `-9999`, `infeasible`, `unbounded`, and
numbers beyond 1e30, which a solver printed that did not notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .items import Label, Quantity
from .numbers import ABSURD, number

NO_SOLUTION = frozenset({"no best solution", "infeasible", "unbounded", "infeasible or unbounded", "no solution"})
STAND_INS = frozenset({-99999.0, -9999.0, -999999.0})
"""Numbers that mean that there is no solution."""


def says_no_solution(raw: object) -> bool:
    """Whether that is how some set says that a problem is infeasible or unbounded."""
    if isinstance(raw, str) and re.sub(r"[\s_.]+", " ", raw).strip().lower() in NO_SOLUTION:
        return True
    value = number(raw)
    return value is not None and (value in STAND_INS or abs(value) >= ABSURD)


def read_label(release: str, raw: object) -> Label:
    """Any JSON value as a label.

    A dict gives its named numbers; values that are no numbers are left out. A list of one is its member; longer
    lists, empty text, `None`, nan and infinity are no answer that can be read.
    """
    text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=str)
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, Mapping):
        named = tuple(quantity for name, value in raw.items() if (quantity := _quantity(str(name), value)))
        return Label(release=release, text=text, kind="quantities" if named else "none", quantities=named)
    if says_no_solution(raw):
        return Label(release=release, text=text, kind="no solution")
    value = number(raw)
    return Label(release=release, text=text, kind="none" if value is None else "number", value=value)


def _quantity(name: str, raw: object) -> Quantity | None:
    value = number(raw)
    text = raw if isinstance(raw, str) else json.dumps(raw, default=str)
    return None if value is None or abs(value) >= ABSURD else Quantity(name=name, value=value, text=text.strip())
