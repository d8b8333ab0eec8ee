"""One moment of the database, seen by several connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel, sql
from psycopg.rows import tuple_row


def exported(connection: Connection[Any]) -> str:
    """The name of what this transaction sees; others may join it as long as this one lasts."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def joined(url: str, snapshot: str) -> Iterator[Connection[Any]]:
    """A connection that only reads, in a transaction that sees an exported moment."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        yield connection
