"""Connections for reads: asynchronous, in autocommit, unable to write."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

CONNECTIONS_MIN = 2
CONNECTIONS_MAX = 16
WAIT_SECONDS_MAX = 5.0
"""How long a read waits for a connection before the database counts as out of reach."""

STATEMENT_SECONDS_MAX = 15

Parameters = Mapping[str, Any]


async def _configure(connection: AsyncConnection[DictRow]) -> None:
    await connection.execute("SET default_transaction_read_only = on")
    await connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS_MAX}s'")


class ReadPool:
    """A bounded pool of read connections; survives a server that restarts."""

    def __init__(self, url: str) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            url,
            connection_class=AsyncConnection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row},
            configure=_configure,
            min_size=CONNECTIONS_MIN,
            max_size=CONNECTIONS_MAX,
            timeout=WAIT_SECONDS_MAX,
            open=False,
            name="lectures",
        )

    async def open(self) -> None:
        """Begin to connect; does not wait for the server."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def fetch(
        self, statement: LiteralString, parameters: Parameters | None = None, *, wait_seconds: float = WAIT_SECONDS_MAX
    ) -> Sequence[DictRow]:
        """The rows of one statement. Raises psycopg.OperationalError or PoolTimeout when the server is away.

        A connection that broke while it was idle is known only when used: the pool is then checked and the
        statement tried once more, which a read may always be.
        """
        try:
            return await self._fetch(statement, parameters, wait_seconds)
        except PoolTimeout:
            raise
        except psycopg.OperationalError as error:
            if error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P")):
                raise
        await self._pool.check()
        return await self._fetch(statement, parameters, wait_seconds)

    async def _fetch(
        self, statement: LiteralString, parameters: Parameters | None, wait_seconds: float
    ) -> Sequence[DictRow]:
        async with self._pool.connection(timeout=wait_seconds) as connection:
            # Binary: sealed parts come as they are, not in hexadecimal.
            cursor = await connection.execute(statement, parameters, binary=True)
            return await cursor.fetchall()
