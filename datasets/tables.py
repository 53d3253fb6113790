"""User files → values: read them, describe them to a language model, hand them to a program.

CSV, TSV, Excel (each sheet a table), JSON (a list of flat objects is a table, anything else a value), JSON Lines
and Parquet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError
from .describe import describe
from .readers import READERS
from .values import Cell, Column, Table, Value

__all__ = ["Cell", "Column", "Table", "Value", "describe", "read_data", "to_data"]

MAX_BYTES = 2_000_000_000
MAX_TABLES = 100


def read_data(paths: Sequence[Path]) -> tuple[Table | Value, ...]:
    """Read files, in their order; a workbook gives one table per sheet.

    Raises:
        DataError: a file is missing, empty, malformed (with its line where known), of an unsupported format or
            over 2 GB; two tables have one name; there are more than 100 of them.
    """
    files = tuple(file for path in map(Path, paths) for file in _read(path))
    if len(files) > MAX_TABLES:
        raise DataError(f"the data hold {len(files)} tables; {MAX_TABLES} at most, so leave some out")
    return _told_apart(files)


def _told_apart(files: tuple[Table | Value, ...]) -> tuple[Table | Value, ...]:
    """Files such as orders.csv and orders.json become `orders_csv` and `orders_json`."""
    times = Counter(file.name for file in files)
    named = tuple(
        file.model_copy(update={"name": file.name + Path(file.source).suffix.lower().replace(".", "_")})
        if times[file.name] > 1
        else file
        for file in files
    )
    sources: dict[str, str] = {}
    for file in named:
        if file.name in sources:
            raise DataError(f"{sources[file.name]} and {file.source} both give a table {file.name!r}; rename one")
        sources[file.name] = file.source
    return named


def to_data(files: Sequence[Table | Value]) -> dict[str, object]:
    """What a program receives: `{table.name: rows, value.name: value}`. The rows are shared, not copied."""
    return {file.name: file.rows if isinstance(file, Table) else file.value for file in files}


def _read(path: Path) -> list[Table | Value]:
    try:
        if path.is_dir():
            raise DataError(f"{path.name}: is a folder; name the files in it one by one")
        size = path.stat().st_size
        if not (reader := READERS.get(path.suffix.lower())):
            raise DataError(f"{path.name}: cannot read {path.suffix or 'this'} files; {', '.join(READERS)} can be read")
        if size > MAX_BYTES:
            raise DataError(f"{path.name}: {size / 1e9:.1f} GB; 2 GB at most, so keep only what the problem needs")
        if size == 0:
            raise DataError(f"{path.name}: is empty")
        return reader(path)
    except FileNotFoundError:
        raise DataError(f"no data file {str(path)!r}; check the path") from None
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read: {error.strerror}") from None
