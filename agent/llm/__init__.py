"""Language models: `connect` makes the one that the settings ask for."""

from __future__ import annotations

from .fake import FakeLLM
from .types import LLM, Call, Completion, Message, OnCall
from .wiring import connect

__all__ = ["LLM", "Call", "Completion", "FakeLLM", "Message", "OnCall", "connect"]
