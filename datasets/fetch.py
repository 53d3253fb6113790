"""Fetching a published file."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException, IncompleteRead
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
            missing = int(answer.headers.get("Content-Length") or 0) - len(content)
            if missing > 0 and len(content) <= _MOST:  # `read` of a limited size does not tell
                raise IncompleteRead(content, missing)
    except (OSError, ValueError, HTTPException) as error:
        why = " ".join(str(getattr(error, "reason", None) or error).split())
        raise DataError(f"{url} cannot be fetched ({why}); fetch it in a browser, then add the file") from None
    if len(content) > _MOST:
        raise DataError(f"{url} is larger than {_MOST // 10**6} MB; fetch it yourself, then add the file")
    file.write_bytes(content)
    return file
