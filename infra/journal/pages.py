"""The journal read in order, as projections need it: by pages, or in one go from a connection kept for that."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection, Cursor, postgres
from psycopg.pq import Format
from psycopg.rows import tuple_row

from infra.postgres.sql import statements

_SQL = statements("infra.journal", "recorder.sql")

POSITION_MAX = 2**63 - 1
"""What the column of positions can hold; its opposite is below every position, whatever somebody wrote there."""

CHUNK_EVENTS = 128
"""How many events `stream_journal` takes off the connection at a time."""

# Instants are asked for as bare integers and ids as bytes: psycopg builds the real ones in Python, one by one, while
# all events of a transaction share one instant and few streams are looked at.
_BARE = {"timestamptz": "int8", "uuid": "bytea"}

JournalRow = tuple[int, int, bytes, str, bytes]
"""A stored event as it stands in the journal: position, instant (microseconds as PostgreSQL counts them), id of its
stream, topic, state. A bare tuple, as the driver makes it: a rebuild reads millions."""


def read_page(connection: Connection[Any], *, after: int, upto: int, limit: int) -> list[JournalRow]:
    """At most `limit` events of the positions in (after, upto], in order.

    Positions have no gap, so the page is asked for by its bounds: with a LIMIT alone, and statistics that lag behind
    a growing journal, PostgreSQL may sort all that is left for every page. Behind a hole, made by whoever removed
    events, what comes next is looked for.
    """
    page = _read(connection, after=after, upto=min(upto, after + limit), limit=limit)
    return page or _read(connection, after=after, upto=upto, limit=limit)


def stream_journal(connection: Connection[Any], *, after: int, upto: int) -> Iterator[list[JournalRow]]:
    """The events of the positions in (after, upto], in order, a handful at a time.

    One query, which the server goes on answering while what came is worked on; memory does not depend on its length.
    The connection is in autocommit and serves nothing else meanwhile.
    """
    connection.execute(_SQL["read_by_index"])
    with bare_cursor(connection) as cursor:
        rows = cursor.stream(_SQL["range"], {"after": after, "upto": upto}, binary=True, size=CHUNK_EVENTS)
        while chunk := list(islice(rows, CHUNK_EVENTS)):
            yield chunk


def read_of_sujet(connection: Connection[Any], sujet: UUID, *, after: int, upto: int) -> list[JournalRow]:
    """The events of the positions in (after, upto] whose state holds a member's token, in order.

    The mapper writes the token canonically, as a member of the state's outermost object; in a text of a fact its quotes
    would be escaped. Who asks makes sure by reading the state.
    """
    with bare_cursor(connection) as cursor:
        parameters = {"after": after, "upto": upto, "sujet": f'"sujet":"{sujet}"'.encode()}
        return cursor.execute(_SQL["range_of_sujet"], parameters).fetchall()


def _read(connection: Connection[Any], *, after: int, upto: int, limit: int) -> list[JournalRow]:
    with bare_cursor(connection) as cursor:
        return cursor.execute(_SQL["page"], {"after": after, "upto": upto, "limit": limit}).fetchall()


def bare_cursor(connection: Connection[Any]) -> Cursor[Any]:
    """A cursor whose rows are bare tuples: instants as PostgreSQL counts them, ids as bytes."""
    cursor = connection.cursor(binary=True, row_factory=tuple_row)
    for name, bare in _BARE.items():
        loader = psycopg.adapters.get_loader(postgres.types[bare].oid, Format.BINARY)
        assert loader is not None
        cursor.adapters.register_loader(name, loader)
    return cursor
