"""What a search may use: candidates, and whatever a language model may."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from ...errors import SettingsError
from ..llm.budget import Budget


class SearchBudget(Budget):
    candidates: int | None = Field(default=None, ge=0)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `400` (candidates), or `candidates=400,calls=500,usd=5,minutes=60`. Raises SettingsError."""
        budget = super().parse(f"candidates={text}" if text.strip().isdigit() else text)
        if budget.candidates == 0:
            raise SettingsError(f"budget: candidates must be 1 or more, not {text!r}")
        return budget
