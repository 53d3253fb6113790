"""Files that a user gives to a chat, before anything reads them.

Each is kept under a name that is nothing but a name, counted, measured while it comes in, and then really read, so
that what cannot be used is refused at once. A file that is refused leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ...datasets.readers import READERS
from ...datasets.tables import read_data
from ...errors import DataError
from ..wording import shorten

MOST_FILES = 20
"""Files of one chat."""
LARGEST_FILE = 50_000_000
"""Bytes of one file."""
_LONGEST_STEM = 100
"""Characters, and twice as many bytes: a file system takes 255 bytes of a name."""


def keep(folder: Path, name: str, content: bytes) -> Path:
    """Saves a file that is here whole, and reads it; `folder` is made where it does not exist.

    It takes as long as reading does: call it in a thread. Returns where the file is: under its own name, made safe,
    or `name-2.csv` where that is taken.

    Raises:
        DataError: too many files, too large, empty, a kind that no reader takes, or not to be read as what it says.
    """
    with _kept(folder, name) as (path, file):
        _add(file, path, content)
        file.close()
        _read(path)
    return path


async def keep_stream(folder: Path, name: str, parts: AsyncIterable[bytes]) -> Path:
    """`keep` for a file that comes in parts: never held whole, and refused as soon as it is too large."""
    with _kept(folder, name) as (path, file):
        async for part in parts:
            await asyncio.to_thread(_add, file, path, part)
        file.close()
        await check(path)
    return path


async def check(path: Path) -> None:
    """Reads a file as `solve` would, in a thread. Raises DataError with what is wrong."""
    await asyncio.to_thread(_read, path)


def _read(path: Path) -> None:
    read_data([path])


def safe_name(name: str) -> str:
    """The last part of a path, without what a file system or a terminal could act on. Raises DataError for a kind of
    file that no reader takes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    stem, dot, suffix = " ".join(plain.split()).rpartition(".")
    if f"{dot}{suffix}".lower() not in READERS:
        kind = f"{dot}{suffix}" if stem and suffix else "this"
        shown = shorten(plain, 60) or "the file"
        raise DataError(f"{shown}: cannot read {shorten(kind, 20)} files; {', '.join(READERS)} can be read")
    short = (
        stem.strip(". ")[:_LONGEST_STEM].encode()[: 2 * _LONGEST_STEM].decode(errors="ignore")
    )  # bytes, but whole characters
    return f"{short.strip('. ') or 'table'}.{suffix}"


@contextmanager
def _kept(folder: Path, name: str) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file, which goes again where the block raises (a caller that hangs up included)."""
    plain = safe_name(name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    here = sum(each.suffix.lower() in READERS for each in folder.iterdir())
    if here >= MOST_FILES:
        raise DataError(
            f"{plain}: this chat holds {here} files already, the most it takes; put tables into one workbook"
        )
    try:
        path, file = _opened(folder, plain)
    except OSError as error:
        raise DataError(f"{plain}: cannot be saved: {error.strerror}; free some space or try again") from None
    try:
        with file:
            yield path, file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _opened(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    """Made in one step with finding that the name is free: two uploads of one name may come at once."""
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, MOST_FILES + 2):
        path = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        try:
            return path, path.open("xb")
        except FileExistsError:
            continue
    raise DataError(f"{name}: {MOST_FILES} files of that name are here; rename it")


def _add(file: BinaryIO, path: Path, part: bytes) -> None:
    if file.tell() + len(part) > LARGEST_FILE:
        most = f"{LARGEST_FILE // 1_000_000} MB"
        raise DataError(f"{path.name}: larger than the {most} that a chat takes; keep only what the problem needs")
    try:
        file.write(part)
    except OSError as error:
        raise DataError(f"{path.name}: cannot be saved: {error.strerror}; free some space or try again") from None
