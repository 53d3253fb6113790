"""Does the text say so? A formulation's quotes and numbers against the words of the problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isclose

from .formulation import Formulation, Parameter, Value

_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+(?:[eE][+-]?\d+)?)(?=(\s*%| percent)?)")
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred"
_WORDS = {
    **{word: float(i) for i, word in enumerate((_UNITS + " seventeen eighteen nineteen").split())},
    **{word: 10.0 * i for i, word in enumerate(_TENS.split(), 2)},
    **{"once": 1, "single": 1, "twice": 2, "double": 2, "both": 2, "pair": 2, "triple": 3, "dozen": 12},
    **{"half": 1 / 2, "halves": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4},
    **{"fifth": 1 / 5, "tenth": 1 / 10, "thousand": 1e3, "million": 1e6, "billion": 1e9},
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}

_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2212", "''\"\"---", "*`")
"""Typographic quotes, dashes and the minus sign as their plain forms; Markdown's emphasis removed."""


def normalise(text: str) -> str:
    """Lower case, one space between words, plain quotes and dashes, no Markdown emphasis."""
    text = text.translate(_PLAIN)
    return " ".join(text.casefold().split())


def says(text: str, quote: str) -> bool:
    """Whether `quote` stands in `text`, but for case, spacing, and words left out at an ellipsis."""
    body = normalise(text)
    parts = [part.strip(" .\"'|") for part in re.split(r"\.\.\.|…", normalise(quote))]
    return all(part in body for part in parts if part)


def numbers(text: str) -> set[float]:
    """Every number that the text states, in digits or words; a percentage also as its fraction."""
    body = normalise(text)
    found = {float(run) for run in re.findall(r"\d*\.?\d+", body)}  # in "100,200,300" the commas part numbers
    for match in _NUMBER.finditer(body):
        number = float(match[1].replace(",", ""))
        found |= {number, number / 100} if match[2] else {number}
        scale = _SCALES.get(re.match(r"\s*(\w*)", body[match.end() :])[1])  # pyright: ignore[reportOptionalSubscript]
        found |= {number * scale} if scale else set()
    found |= {int(a) / int(b) for a, b in _FRACTION.findall(body) if int(b)}
    return found | {float(_WORDS[word]) for word in re.findall(r"[a-z]+", body) if word in _WORDS}


def leaves(value: Value) -> Iterator[float]:
    """The numbers in a parameter's value."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, (int, float)):
        yield float(value)
    else:
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)


def unsupported(formulation: Formulation, text: str) -> tuple[str, ...]:
    """Parameters with a number that neither the text states nor an exact quote with a number explains."""
    stated = numbers(text)
    return tuple(p.name for p in formulation.parameters if not p.column and not _supported(p, stated, text))


def _supported(parameter: Parameter, stated: set[float], text: str) -> bool:
    invented = [n for n in leaves(parameter.value) if n not in (0.0, 1.0) and not _among(n, stated)]
    # A converted number (8 hours as 480 minutes) still stands on its words.
    converted = bool(numbers(parameter.quote)) and says(text, parameter.quote)
    return not invented or converted


def unheld(formulation: Formulation, text: str) -> tuple[float, ...]:
    """Numbers written in digits in the text that no parameter holds: candidates for a forgotten datum."""
    held = {n for p in formulation.parameters for n in leaves(p.value)}
    held |= {n for p in formulation.parameters for n in numbers(p.quote)}
    digits = {float(m[1].replace(",", "")) for m in _NUMBER.finditer(normalise(text))}
    return tuple(sorted(n for n in digits if not _among(n, held)))


def _among(number: float, known: set[float]) -> bool:
    """Whether it is one of the known numbers, be it as a percentage."""
    forms = (abs(number), abs(number) * 100, abs(number) / 100)
    return any(isclose(form, k, rel_tol=1e-9) for form in forms for k in known)
