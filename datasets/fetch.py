"""Fetching a published file."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import DataError

_SECONDS = 60
_MOST = 200_000_000


def fetched(url: str, folder: Path) -> Path:
    """The file at `url`, into `folder`, under its own name. Raises DataError where it cannot be had."""
    file = folder / (Path(unquote(urlsplit(url).path)).name or "file")
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            content = answer.read(_MOST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise DataError(f"{url} cannot be fetched ({why}); fetch it in a browser, then add the file") from None
    if len(content) > _MOST:
        raise DataError(f"{url} is larger than {_MOST // 10**6} MB; fetch it yourself, then add the file")
    file.write_bytes(content)
    return file
