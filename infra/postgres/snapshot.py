"""One moment of the database, for one connection that reads it or for several."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel, sql
from psycopg.rows import DictRow, dict_row, tuple_row


@contextmanager
def one_moment(url: str) -> Iterator[Connection[DictRow]]:
    """A connection that only reads, in one transaction. What it sees is fixed by its first query; a LOCK is none."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def exported(connection: Connection[Any]) -> str:
    """The name of what this transaction sees; others may join it as long as this one lasts."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def joined(url: str, snapshot: str) -> Iterator[Connection[DictRow]]:
    """A connection of its own that sees an exported moment."""
    with one_moment(url) as connection:
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        yield connection
