"""Where the formulation graph keeps its state after each step: beside the runs, in SQLite or in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from ..errors import OptwrightError, UsageError
from .formulate.state import RECORDS
from .settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

_CONNECT_SECONDS = 10.0


@asynccontextmanager
async def saver(settings: Settings) -> AsyncIterator[BaseCheckpointSaver]:
    """The checkpoints of the store that `settings` name, open.

    Raises UsageError where PostgreSQL's packages are not installed, and OptwrightError where the server is not there.
    """
    serde = JsonPlusSerializer(allowed_msgpack_modules=RECORDS)
    if settings.store:
        async with _in_postgres(settings.store.get_secret_value(), serde) as checkpoints:
            yield checkpoints
        return
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async with aiosqlite.connect(settings.home / "checkpoints.sqlite") as connection:
        # With the write-ahead log a killed process loses nothing; only a power cut could cost the last step.
        await connection.execute("PRAGMA synchronous=NORMAL")
        yield AsyncSqliteSaver(connection, serde=serde)


@asynccontextmanager
async def _in_postgres(address: str, serde: JsonPlusSerializer) -> AsyncIterator[AsyncPostgresSaver]:
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg import AsyncConnection
        from psycopg.rows import DictRow, dict_row
        from psycopg_pool import AsyncConnectionPool, PoolTimeout
    except ImportError:
        raise UsageError("OPTWRIGHT_STORE needs a driver: pip install 'optwright[postgres]'") from None
    options: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool = AsyncConnectionPool(
        address.replace("+psycopg", "", 1),
        min_size=1,
        connection_class=AsyncConnection[DictRow],
        kwargs=options,
        open=False,
        # A server may have been started anew in the meantime.
        check=AsyncConnectionPool.check_connection,  # pyright: ignore[reportArgumentType]
    )
    try:
        await pool.open(wait=True, timeout=_CONNECT_SECONDS)
    except PoolTimeout:
        await pool.close()
        raise OptwrightError(
            f"no connection to the database of OPTWRIGHT_STORE within {_CONNECT_SECONDS:g} s; check the server"
        ) from None
    async with pool:
        checkpoints = AsyncPostgresSaver(pool, serde=serde)
        await checkpoints.setup()
        yield checkpoints
