"""Small words: numbers, units, plurals and the names of a model's components."""

from __future__ import annotations

import math
import re

from .formulate.formulation import Constraint, Formulation, Variable

_CURRENCY = frozenset("$€£¥₹")
_NO_UNIT = frozenset({"", "-", "1", "none", "unitless", "dimensionless", "n/a"})


def number(value: float | None) -> str:
    """Six significant digits, thousands marked, solver noise gone: `1,234.5`; `n/a` for None."""
    if value is None or math.isnan(value):
        return "n/a"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    whole = round(value)
    if abs(value - whole) <= 1e-6 + 1e-9 * abs(value) and abs(value) < 1e15 and (whole or abs(value) < 1e-9):
        return f"{whole:,}"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.5g}"
    digits = max(0, 5 - math.floor(math.log10(abs(value))))
    return f"{value:,.{max(2, digits)}f}".rstrip("0").rstrip(".")


def amount(value: float | None, unit: str) -> str:
    """A number with its unit: `$1,200`, `12 hours`, `3.5` where there is no unit."""
    unit = unit.strip()
    if unit.lower() in _NO_UNIT:
        return number(value)
    if unit in _CURRENCY and value is not None:
        return f"{'-' if value < 0 else ''}{unit}{_money(abs(value))}"
    return f"{number(value)} {unit}"


def _money(value: float) -> str:
    digits = number(value)
    return f"{value:,.2f}" if "." in digits and 0.01 <= value < 1e12 else digits


def one_more(unit: str) -> str:
    """`hours per day` → `one more hour per day`."""
    unit = unit.strip()
    if unit.lower() in _NO_UNIT:
        return "one more unit"
    head, rest = re.match(r"(.*?)((?: per | of |/).*|)$", unit, re.DOTALL).groups()  # type: ignore[union-attr]
    *before, last = head.split(" ")
    return "one more " + " ".join([*before, _singular(last)]) + rest


def _singular(word: str) -> str:
    if not word.isalpha() or len(word) < 3 or re.search(r"([sui]s|gas)$", word):
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if re.search(r"(ch|sh|x|ss)es$", word):
        return word[:-2]
    return word.removesuffix("s")


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """`4.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def declared(variable: Variable) -> str:
    return f"{variable.name}[{', '.join(variable.index)}]" if variable.index else variable.name


def component(formulation: Formulation | None, name: str) -> Constraint | Variable | None:
    """The constraint or variable that a solver's row or column name belongs to: `capacity[Mon]` → `capacity`.

    `bound:x[Mon]` is a bound of the variable `x`; members of blocks (`plant[1].capacity[Mon]`) go by their last part.
    """
    if formulation is None:
        return None
    bare = name.removeprefix("bound:")
    variables = {each.name: each for each in formulation.variables}
    rows = {} if bare != name else {each.name: each for each in formulation.constraints}
    known: dict[str, Constraint | Variable] = {**variables, **rows}
    unindexed = re.sub(r"\[.*?\]", "", bare)
    return known.get(bare) or known.get(unindexed) or known.get(unindexed.rsplit(".", 1)[-1])
