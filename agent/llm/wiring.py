"""From settings to a language model: cassette over cache over client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...errors import NoModelError, SettingsError
from .budget import Meter
from .cache import Cache
from .cassette import WAYS, Cassette, Recorder, Replay
from .client import Client
from .endpoint import Endpoint, OpenAIEndpoint
from .pricing import price
from .providers import LiteLLMEndpoint
from .types import Answering

if TYPE_CHECKING:
    from ..settings import Settings

BUNDLED = Path(__file__).parents[2] / "datasets" / "cassettes"
"""The recordings that come with the package."""
OPENAI_HOST = "api.openai.com"
OPENAI = f"https://{OPENAI_HOST}/v1"


def is_openai(model: str) -> bool:
    """Whether a model string without a base URL means OpenAI itself; the others are litellm's."""
    return "/" not in model or model.startswith("openai/")


def connect(settings: Settings, meter: Meter | None = None) -> Answering:
    """The model that `settings` ask for, behind its cache, budget and cassette. Nothing is sent yet.

    `meter` is one that several models share, in place of one that holds `settings.budget`.

    Raises NoModelError where none is configured, or litellm is needed and not installed, and SettingsError where
    the cassette cannot be used.
    """
    if settings.model == "replay" or (settings.cassette and settings.cassette_mode == "replay"):
        return _replay(settings)
    llm: Answering = client(settings, meter)
    if settings.cache:
        llm = Cache(llm, settings.home / "cache.sqlite", settings.base_url or "")
    if settings.cassette:
        missing_only = settings.cassette_mode == "record-missing"
        llm = Recorder(llm, Cassette(settings.cassette), missing_only=missing_only)
    return llm


def _replay(settings: Settings) -> Replay:
    if settings.cassette_mode != "replay":
        raise SettingsError(f"--model replay cannot {settings.cassette_mode}: it has nothing to record from; {WAYS}")
    return Replay(Cassette(settings.cassette or BUNDLED))


def client(settings: Settings, meter: Meter | None = None) -> Client:
    """The bare client, without cache and cassette. Raises NoModelError."""
    model = settings.model
    if not model or model == "replay":
        given = f"{settings.base_url} is set, but no model: name one with --model" if settings.base_url else WAYS
        raise NoModelError(f"no language model is configured; {given}")
    through_litellm = not settings.base_url and not is_openai(model)
    at_openai = urlsplit(settings.base_url or OPENAI).hostname == OPENAI_HOST
    return Client(
        _endpoint(settings, model),
        model,
        wire_name=model if through_litellm else model.removeprefix("openai/"),
        meter=meter or Meter(settings.budget),
        # A name is only worth its list price where it is sure who answers to it.
        price=price(model) if through_litellm or at_openai else None,
        retries=settings.retries,
        concurrency=settings.concurrency,
    )


def _endpoint(settings: Settings, model: str) -> Endpoint:
    key = settings.api_key.get_secret_value() if settings.api_key else None
    if settings.base_url:
        return OpenAIEndpoint(settings.base_url, key, settings.timeout)
    if not is_openai(model):
        return LiteLLMEndpoint(model, key, settings.timeout)
    if key is None:
        raise NoModelError(f"model {model!r} has no key and no base URL; {WAYS}")
    return OpenAIEndpoint(OPENAI, key, settings.timeout)
