"""Every provider that litellm knows, for model strings such as `anthropic/…` (extra `providers`)."""

from __future__ import annotations

import asyncio
import importlib
import os
from importlib.util import find_spec
from typing import Any

from ...errors import NoModelError
from .endpoint import IN_REPLIES, Ask, Reply, read_reply, redactor, setback


class LiteLLMEndpoint:
    """Asks through litellm, which is imported at the first request: that costs seconds."""

    def __init__(self, model: str, key: str | None, timeout: float) -> None:
        """`key` is None where litellm should read the provider's own variable. Raises NoModelError without litellm."""
        if find_spec("litellm") is None:
            raise NoModelError(
                f"model {model!r} needs litellm: pip install 'optwright[providers]', or give its --base-url"
            )
        self.host = model.partition("/")[0]
        self._key, self._timeout = key, timeout

    async def send(self, ask: Ask) -> Reply:
        import openai

        litellm = await asyncio.to_thread(_litellm)
        redact = redactor(self._key)
        fields: dict[str, Any] = {name: value for name, value in ask if value is not None}
        try:
            async with asyncio.timeout(self._timeout):
                said = await litellm.acompletion(
                    **fields, api_key=self._key, timeout=self._timeout, num_retries=0, max_retries=0
                )
        except (openai.APIError, TimeoutError) as error:  # litellm's errors are subclasses of the SDK's
            raise setback(error, self.host, self._timeout, redact) from None
        return read_reply(said.model_dump_json(), self.host, redact, redactor(self._key, IN_REPLIES))

    async def aclose(self) -> None:
        """litellm keeps its own connections."""


def _litellm() -> Any:
    # Without this its import fetches a price table from the network.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True  # it would print advice on standard output
    return litellm
