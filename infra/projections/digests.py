"""Digests of read rows: how many, and a sum over all their columns that does not depend on their order."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from psycopg import Connection, Cursor, sql
from psycopg.rows import DictRow, dict_row

from infra.postgres.sql import statements
from infra.projections.rows import TABLE_BY_ROW, selected_columns
from projections.dossiers import Row

_SQL = statements("infra.projections", "rebuild.sql")

OnSession = Callable[[Connection[Any]], None]
"""Called with each connection of a rebuild before it works."""


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows, and a sum over them that does not depend on their order."""

    rows: int
    digest: str


Digests = dict[str, Digest]
"""By table."""


@contextmanager
def session(url: str, on_session: OnSession) -> Iterator[Connection[DictRow]]:
    """A connection of a rebuild, in autocommit."""
    connection: Connection[DictRow]
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        on_session(connection)
        yield connection


class DigestBeside:
    """The digests of the live rows up to a position, computed by a connection of their own once told to begin.

    Left on an error, they are given up.
    """

    def __init__(self, connection: Connection[DictRow], *, upto: int) -> None:
        """`connection` serves nothing else from `begin` on."""
        self._connection = connection
        self._upto = upto
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rebuild-digest")
        self._is_begun = False

    def begin(self) -> "Future[Digests]":
        """Compute them while others work."""
        self._is_begun = True
        return self._thread.submit(self._compute)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._is_begun:
            self._connection.cancel_safe()
        self._thread.shutdown()

    def _compute(self) -> Digests:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(_SQL["read_whole_tables"])
            return digests_of(cursor, "", after=0, upto=self._upto)


def differing_tables(live: Digests, new: Digests) -> set[str]:
    """The tables whose rows are not the same, live and rebuilt."""
    return {table for table in live if live[table] != new[table]}


def digests_of(cursor: Cursor[DictRow], suffix: str, *, after: int, upto: int) -> Digests:
    """Of every table (those with that suffix), the rows in (after, upto]."""
    return {table: _digest(cursor, kind, table + suffix, after, upto) for kind, table in TABLE_BY_ROW.items()}


def _digest(cursor: Cursor[DictRow], kind: type[Row], table: str, after: int, upto: int) -> Digest:
    statement = sql.SQL(
        "SELECT count(*) AS rows, coalesce(sum(hash_record_extended(t, 1)), 0)::text AS digest"
        " FROM (SELECT {columns} FROM {table} WHERE position > %(after)s AND position <= %(upto)s) AS t"
    ).format(columns=selected_columns(kind), table=sql.Identifier(table))
    row = cursor.execute(statement, {"after": after, "upto": upto}).fetchone()
    assert row is not None
    return Digest(row["rows"], row["digest"])
