"""Where the formulation graph keeps its state after each step: beside the runs, in SQLite or in PostgreSQL."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from ..errors import OptwrightError, UsageError
from .formulate.state import RECORDS
from .settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

_CONNECT_SECONDS = 10.0


async def saver(settings: Settings, stack: AsyncExitStack) -> BaseCheckpointSaver:
    """The checkpoints of the store that `settings` name, open until `stack` is closed.

    Raises UsageError where PostgreSQL's packages are not installed, and OptwrightError where the server is not there.
    """
    # No asynchronous generator: at the end of a loop asyncio closes those in any order, the engine's among them.
    serde = JsonPlusSerializer(allowed_msgpack_modules=RECORDS)
    if settings.store:
        return await _in_postgres(settings.store.get_secret_value(), serde, stack)
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    connection = await stack.enter_async_context(aiosqlite.connect(settings.home / "checkpoints.sqlite"))
    # With the write-ahead log a killed process loses nothing; only a power cut could cost the last step.
    await connection.execute("PRAGMA synchronous=NORMAL")
    return AsyncSqliteSaver(connection, serde=serde)


async def _in_postgres(address: str, serde: JsonPlusSerializer, stack: AsyncExitStack) -> AsyncPostgresSaver:
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
    stack.push_async_callback(pool.close)
    checkpoints = AsyncPostgresSaver(pool, serde=serde)
    await checkpoints.setup()
    return checkpoints
