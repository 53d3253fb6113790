"""JSON as other people's files hold it."""

from __future__ import annotations

import json
import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")


def loads(text: str) -> Any:
    r"""A JSON text's value, in which lone surrogates (`"\ud800"`: no character, and not storable) are U+FFFD.

    Raises ValueError: a JSONDecodeError with its line where the text is no JSON, and another one where it is nested
    too deeply, has a name twice in one object, or holds an integer of too many digits.
    """
    try:
        return _mended(json.loads(text, object_pairs_hook=_unique))
    except (json.JSONDecodeError, _TwiceError):
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError("an integer has too many digits") from None


class _TwiceError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python would keep the last of two, and lose an item without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TwiceError(f"{twice[:40]!r} stands twice in one object")
    return found


def dumps(value: Any) -> str:
    """Of a value as it is to be shown: an ellipsis where it is nested too deeply or an integer is too long."""
    try:
        return well_formed(json.dumps(value, ensure_ascii=False, default=str))
    except (RecursionError, ValueError):
        return "…"


def well_formed(text: str) -> str:
    """With U+FFFD for each lone surrogate."""
    return _LONE.sub("\ufffd", text)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {well_formed(name): _mended(each) for name, each in value.items()}
    return value
