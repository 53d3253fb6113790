"""Whether an Excel file can be opened at all: a few kilobytes of it can ask for more memory than there is.

It is a zip file of XML. Its entries may unpack to gigabytes; two cells in opposite corners of a sheet make a grid of
17 billion; and one long text may be shared by every cell. The reader of such a file does not fail: it ends the
process. So the size of what it would build is worked out here first, from what the entries really unpack to.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError

MOST_UNPACKED = 300_000_000
"""Bytes of all entries."""
MOST_CELLS = 20_000_000
"""Cells of all sheets, empty ones between others included."""
MOST_TEXT = 500_000_000
"""Characters that texts shared by cells could come to."""
_MOST_ENTRIES = 10_000
_PART = 1_000_000
_LONGEST_TAG = 100_000
_TAG = re.compile(rb"""<(?:[\w.-]+:)?(row|c)((?:\s[^<>"']*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>""")
_BEGINS = re.compile(rb"<(?:[\w.-]+:)?(?:row|c)[\s/>]")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d*)["']""")
_SHARES = re.compile(rb"""\st\s*=\s*["']s["']""")


def check_workbook(path: Path) -> None:
    """Raises DataError for an .xlsx that is no zip file or would become too large in memory; others pass."""
    if not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".xls":
            return  # the old format, which does not unpack
        raise _unreadable(path, "not a zip file")
    try:
        _check(path, _Content())
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError) as error:  # all that zipfile has
        raise _unreadable(path, str(error)[:100]) from None


def _check(path: Path, content: _Content) -> None:
    for name, parts in _entries(path):
        content.add(name, parts)
        if content.cells > MOST_CELLS:
            what = f"its cells span a grid of {content.cells:,}, and {MOST_CELLS:,} at most are read"
            raise DataError(f"{path.name}: {what}; delete what stands far from the table, or save it as .csv")
        if content.texts * content.longest > MOST_TEXT:
            what = f"{content.texts:,} cells share texts of up to {content.longest:,} characters"
            raise DataError(f"{path.name}: {what}, which is too much to read; save the sheet as .csv")


def _unreadable(path: Path, why: str) -> DataError:
    return DataError(f"{path.name}: not a readable Excel file ({why}); save it again as .xlsx")


def _too_large(path: Path, size: int) -> DataError:
    most = f"{MOST_UNPACKED // 1_000_000:,} MB at most are read"
    return DataError(f"{path.name}: unpacks to more than {size // 1_000_000:,} MB; {most}, so save it as .csv")


def _entries(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The name of each entry, and what it really unpacks to, in parts: entries are not believed about their size."""
    unpacked = 0

    def counted(parts: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal unpacked
        for part in parts:
            unpacked += len(part)
            if unpacked > MOST_UNPACKED:
                raise _too_large(path, unpacked)
            yield part

    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        found = archive.infolist()
        if (declared := sum(entry.file_size for entry in found)) > MOST_UNPACKED:
            raise _too_large(path, declared)
        if len(found) > _MOST_ENTRIES:
            raise _unreadable(path, f"{len(found):,} entries")
        for entry in found:
            yield entry.filename, counted(_unpacked(file, entry))


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    file.seek(entry.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\3\4" or entry.flag_bits & 1:
        raise zipfile.BadZipFile(f"bad or encrypted entry {entry.filename!r}")
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (part := file.read(min(left, _PART))):
            left -= len(part)
            yield part
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"packed by method {entry.compress_type}")
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and not engine.eof and (packed := file.read(min(left, _PART))):
        left -= len(packed)
        while packed and not engine.eof:
            yield engine.decompress(packed, _PART)
            packed = engine.unconsumed_tail


class _Content:
    """What has been found in the entries so far."""

    def __init__(self) -> None:
        self.cells = 0
        self.texts = 0
        """Cells that hold a shared text."""
        self.longest = 0
        """Bytes of the longest shared text, with its marks."""

    def add(self, name: str, parts: Iterator[bytes]) -> None:
        first = next(parts, b"")
        if re.search(rb"<(?:[\w.-]+:)?sst[\s>]", first[:4096]):
            self.longest = max(self.longest, _longest_text(chain([first], parts)))
            return
        grid = _Grid(strict=name.lower().endswith(".xml"))
        for part in _whole_tags(chain([first], parts)):
            grid.read(part)
        self.cells += grid.last_row * grid.last_column
        self.texts += grid.texts


def _longest_text(parts: Iterable[bytes]) -> int:
    longest = length = 0
    for part in _whole_tags(parts):
        *ended, rest = re.split(rb"</(?:[\w.-]+:)?si\s*>", part)
        for text in ended:
            longest, length = max(longest, length + len(text)), 0
        length += len(rest)
    return max(longest, length)


def _whole_tags(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same, cut before a tag."""
    kept = b""
    for part in parts:
        kept += part
        cut = kept.rfind(b"<")
        if cut < 0 or len(kept) - cut > _LONGEST_TAG:
            cut = len(kept)
        yield kept[:cut]
        kept = kept[cut:]
    yield kept


class _Grid:
    """The rows and columns that a sheet spans, counted as its reader counts: a cell may leave out its place."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        """Whether a tag that is none is an error: a picture may hold what looks like one."""
        self.row = self.column = 0
        self.last_row = self.last_column = 0
        self.texts = 0

    def read(self, part: bytes) -> None:
        tags = _TAG.findall(part)
        for kind, attributes, empty in tags:
            columns, rows = _place(attributes)
            if kind == b"row":
                self.row, self.column = rows or self.row + 1, 0
                continue
            self.row, self.column = rows or self.row, columns or self.column + 1
            if not empty:
                self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
                self.texts += _SHARES.search(attributes) is not None
        if self.strict and len(tags) != len(_BEGINS.findall(part)):
            raise ValueError("a cell's tag is broken")


def _place(attributes: bytes) -> tuple[int, int]:
    """(column, row) of `r="B7"`, counted from 1; 0 for what is not there. The furthest, where there are several."""
    column = row = 0
    for letters, digits in _PLACE.findall(attributes):
        number = 0
        for letter in letters.upper()[:7]:
            number = number * 26 + letter - 64
        column, row = max(column, number), max(row, int(digits[:10] or 0))
    return column, row
