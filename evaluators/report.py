"""What `report(model)` returned, turned into plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyomo.environ as pyo

from .contract import ProgramFailure
from .verdict import Failure, ReportValue

_LARGEST = 1 << 20
"""Longest report, in characters of JSON."""


def plain(report: Any) -> dict[str, ReportValue]:
    """Numbers, text, lists and dicts, with Pyomo and numpy values made plain.

    Raises `ProgramFailure` for anything else, and for a report that is not a dict, or is too long to be an answer.
    """
    if not isinstance(report, Mapping):
        kind = "None; end it with `return {...}`" if report is None else type(report).__name__
        raise _wrong(f"report must return a dict of the quantities asked for, but returned {kind}")
    found = {str(key): _plain(value, f"report[{key!r}]") for key, value in report.items()}
    length = len(json.dumps(found))
    if length > _LARGEST:
        raise _wrong(f"report returned {length:,} characters; return only the quantities that the question asks for")
    return found


def _wrong(message: str) -> ProgramFailure:
    return ProgramFailure(Failure(kind="report", message=message))


def _plain(value: Any, path: str) -> ReportValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "is_indexed") and value.is_indexed():
        return {_key(index): _plain(member, path) for index, member in value.items()}
    if isinstance(value, Mapping):
        return {_key(key): _plain(member, f"{path}[{key!r}]") for key, member in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple | range):
        return [_plain(member, f"{path}[{k}]") for k, member in enumerate(value)]
    if hasattr(value, "is_numeric_type") and value.is_numeric_type():
        return pyo.value(value)
    raise _wrong(f"{path} is a {type(value).__name__}; return numbers, text, lists or dicts (use pyo.value(...))")


def _key(key: Any) -> str:
    return ",".join(map(str, key)) if isinstance(key, tuple) else str(key)
