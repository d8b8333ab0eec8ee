"""The raw floor: the very rows that ours wrote, packed beforehand, sent by COPY BINARY to a table with the same
columns and indexes, in transactions of the same size. PostgreSQL does its work; nobody else has any.
"""

import re
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection, sql

JOURNAL = "stored_events"
FLOOR = "bench_floor"
_INDEX_HEAD = re.compile(r" INDEX \S+ ON \S+ ")
_BUILD_MEMORY = "SET maintenance_work_mem = '128MB'"  # as a rebuild sets it


def packed_transactions(url: str) -> list[bytes]:
    """The journal's rows as COPY takes them: one buffer for each transaction that wrote them."""
    with psycopg.connect(url) as connection:
        bounds = connection.execute(
            "SELECT min(notification_id), max(notification_id) FROM stored_events GROUP BY recorded_at ORDER BY 1"
        ).fetchall()
        query = sql.SQL(
            "COPY (SELECT * FROM stored_events WHERE notification_id BETWEEN {} AND {} ORDER BY notification_id)"
            " TO STDOUT (FORMAT BINARY)"
        )
        return [_copied_out(connection, query.format(first, last)) for first, last in bounds]


def packed_table(url: str, table: str) -> bytes:
    """All rows of a table as COPY takes them, in the order in which they lie."""
    with psycopg.connect(url) as connection:
        return _copied_out(connection, sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(sql.Identifier(table)))


def copy_seconds(url: str, transactions: Sequence[bytes]) -> float:
    """How long PostgreSQL takes to write these rows of the journal, one durable transaction a buffer."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {FLOOR} (LIKE {JOURNAL} INCLUDING ALL)")
        begun = time.perf_counter()
        for buffer in transactions:
            _copied_in(connection, FLOOR, buffer)
        seconds = time.perf_counter() - begun
        connection.execute(f"DROP TABLE {FLOOR}")
    return seconds


def build_seconds(url: str, packed: dict[str, bytes]) -> float:
    """How long PostgreSQL takes to write finished tables anew: rows first, then every index of the live ones, in one
    transaction. It is the quickest order, and that of a rebuild.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_BUILD_MEMORY)
        begun = time.perf_counter()
        with connection.transaction():
            for table, buffer in packed.items():
                name = f"{FLOOR}_{table}"
                connection.execute(
                    sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS)").format(
                        sql.Identifier(name), sql.Identifier(table)
                    )
                )
                _copied_in(connection, name, buffer)
                for definition in _index_definitions(connection, table):
                    connection.execute(_INDEX_HEAD.sub(f' INDEX ON "{name}" ', definition, count=1))
        seconds = time.perf_counter() - begun
        for table in packed:
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"{FLOOR}_{table}")))
    return seconds


def _index_definitions(connection: Connection[Any], table: str) -> list[Any]:
    rows = connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY indexname", (table,))
    return [definition for (definition,) in rows]


def _copied_out(connection: Connection[Any], query: sql.Composed) -> bytes:
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(block) for block in copy)


def _copied_in(connection: Connection[Any], table: str, buffer: bytes) -> None:
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(buffer)
