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
    out, not divided), brackets around it (`[18.0]`, the way some sets print a list of one), and
    U+2212 for its minus.
    """
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    text = raw.strip() if isinstance(raw, str) else repr(raw)
    if len(text) > 1 and text[0] + text[-1] in ("[]", "()"):
        text = text[1:-1].strip().removesuffix(",").strip()
    text = text.replace("\u2212", "-").removesuffix("%").strip()
    sign = text[:1] if text[:1] in ("-", "+") else ""
    text = sign + text.removeprefix(sign).lstrip(_CURRENCY).strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", ""))
    return value if math.isfinite(value) else None
