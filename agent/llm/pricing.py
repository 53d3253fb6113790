"""What a model's tokens cost, from the price table that litellm carries; unknown where litellm is not installed."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .types import Record

_TABLE = "model_prices_and_context_window_backup.json"


class Price(Record):
    """US dollars per token. Prompt tokens that the server had cached count in full: the cost is an upper bound."""

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        return self.input * input_tokens + self.output * output_tokens


def price(model: str) -> Price | None:
    """The price of `gpt-…`, `openai/gpt-…` or a litellm string; None where it is not known."""
    provider, _, name = model.partition("/")
    row = _table().get(model) or _table().get(name, {})
    if model not in _table() and row.get("litellm_provider") != provider:  # the same name sold by somebody else
        return None
    if "input_cost_per_token" not in row or "output_cost_per_token" not in row:
        return None
    return Price(input=row["input_cost_per_token"], output=row["output_cost_per_token"])


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Read beside the package, not through it: importing litellm costs seconds."""
    found = find_spec("litellm")
    file = Path(found.origin).parent / _TABLE if found and found.origin else None
    return json.loads(file.read_text(encoding="utf-8")) if file and file.is_file() else {}
