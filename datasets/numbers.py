"""Numbers as people and programs print them."""

from __future__ import annotations

import math
import re

ABSURD = 1e30
"""Solvers' own infinity starts about there: such a number is the trace of an unbounded model, and no answer."""

_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_CURRENCY = "$€£¥₹"


def number(raw: object) -> float | None:
    """`raw` as a number; None where it is none, or is not finite.

    Text may hold a sign, thousands in commas (`1,234.5`), a currency sign before it, `%` after it (which is left
    out, not divided), brackets around it (`[18.0]`, the way some sets print a list of one; `[1,234]` is a list of
    two), and U+2212 for its minus.
    """
    if isinstance(raw, str):
        return _printed(raw.strip())
    return _finite(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else None


def _finite(raw: float | str) -> float | None:
    try:
        value = float(raw)
    except OverflowError:  # an integer beyond all floats
        return None
    return value if math.isfinite(value) else None


def _printed(text: str) -> float | None:
    if len(text) > 1 and text[0] + text[-1] in ("[]", "()"):
        text = text[1:-1].strip().removesuffix(",").strip()
        if "," in text:
            return None
    text = text.replace("\u2212", "-").removesuffix("%").strip()
    sign = text[:1] if text[:1] in ("-", "+") else ""
    text = sign + text.removeprefix(sign).lstrip(_CURRENCY).strip()
    return _finite(text.replace(",", "")) if _NUMBER.fullmatch(text) else None
