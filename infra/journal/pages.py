"""The journal read in order, by pages, as projections need it."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, postgres
from psycopg.pq import Format
from psycopg.rows import tuple_row

from infra.postgres.binary import instant_of
from infra.postgres.sql import statements

_SQL = statements("infra.journal", "recorder.sql")

# Instants are asked for as bare integers and ids as bytes: psycopg builds the real ones in Python, one by one, while
# all events of a transaction share one instant and few streams are looked at.
_BARE = {"timestamptz": "int8", "uuid": "bytea"}
_instant = lru_cache(maxsize=1024)(instant_of)


class JournalRow(NamedTuple):
    """A stored event as it stands in the journal; `stream` is its originator's id, 16 bytes."""

    position: int
    recorded_at: datetime
    stream: bytes
    topic: str
    state: bytes


def read_page(connection: Connection[Any], *, after: int, upto: int, limit: int) -> list[JournalRow]:
    """At most `limit` events of the positions in (after, upto], in order.

    Positions have no gap, so the page is asked for by its bounds: with a LIMIT alone, and statistics that lag behind
    a growing journal, PostgreSQL may sort all that is left for every page. Behind a hole, made by whoever removed
    events, what comes next is looked for.
    """
    page = _read(connection, after=after, upto=min(upto, after + limit), limit=limit)
    return page or _read(connection, after=after, upto=upto, limit=limit)


def _read(connection: Connection[Any], *, after: int, upto: int, limit: int) -> list[JournalRow]:
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        for name, bare in _BARE.items():
            loader = psycopg.adapters.get_loader(postgres.types[bare].oid, Format.BINARY)
            assert loader is not None
            cursor.adapters.register_loader(name, loader)
        cursor.execute(_SQL["page"], {"after": after, "upto": upto, "limit": limit})
        return [
            JournalRow(position, _instant(micros), stream, topic, state)
            for position, micros, stream, topic, state in cursor.fetchall()
        ]
