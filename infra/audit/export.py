"""The journal as lines of JSON: every event with its stored columns, to the byte, so that a stranger can check them.

    {"position": 1, "enregistre_at": "2026-03-18T08:15:30.123456Z", "flux": UUID, "rang": 1, "topic": …,
     "etat": the state as it is stored, as text, "mac": base64}

A state that is no UTF-8, which only an alteration makes, is in `etat_base64`. Sealed parts stay sealed: no line holds
what is personal in clear.
"""

import base64
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection

from infra.journal.pages import bare_cursor
from infra.postgres.binary import instant_of
from infra.postgres.sql import statements

CHUNK_EVENTS = 500
"""How many lines are made at a time."""

_SQL = statements("infra.audit", "journal.sql")
_READ_BY_INDEX = statements("infra.journal", "recorder.sql")["read_by_index"]
_encode = msgspec.json.Encoder().encode


class LigneExport(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A line of the export."""

    position: int
    enregistre_at: str
    flux: UUID
    rang: int
    topic: str
    mac: str
    etat: str | None = None
    etat_base64: str | None = None


def export_journal(connection: Connection[Any], *, after: int, upto: int) -> Iterator[tuple[int, bytes]]:
    """The lines of the positions in (after, upto], some at a time: the last position, and their bytes.

    One query, answered while what came is written down; memory does not depend on its length. The connection is in
    autocommit and serves nothing else meanwhile.
    """
    connection.execute(_READ_BY_INDEX)
    instant, said = None, ""
    with bare_cursor(connection) as cursor:
        rows = cursor.stream(_SQL["export"], {"after": after, "upto": upto}, binary=True, size=CHUNK_EVENTS)
        while chunk := list(islice(rows, CHUNK_EVENTS)):
            lines = bytearray()
            for row in chunk:
                if row[1] != instant:
                    instant, said = row[1], f"{instant_of(row[1]):%Y-%m-%dT%H:%M:%S.%fZ}"
                lines += _line(row, said)
            yield chunk[-1][0], bytes(lines)


def _line(row: tuple[Any, ...], enregistre_at: str) -> bytes:
    position, _, stream, version, topic, state, mac = row
    seal = base64.b64encode(mac).decode()
    flux = UUID(bytes=bytes(stream))
    try:
        etat = bytes(state).decode("utf-8")
        ligne = LigneExport(position, enregistre_at, flux, version, topic, seal, etat)
    except UnicodeDecodeError:
        encoded = base64.b64encode(state).decode()
        ligne = LigneExport(position, enregistre_at, flux, version, topic, seal, None, encoded)
    return _encode(ligne) + b"\n"
