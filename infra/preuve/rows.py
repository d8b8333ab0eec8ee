"""The rows of the journal as they are hashed, read by binary COPY; and their entries.

It imports little: the second process of a check begins here (`infra/verify/scanning.py`).
"""

import struct
from collections.abc import Iterator
from hashlib import sha256
from struct import Struct
from typing import Any

from psycopg import Connection, sql

from infra.postgres.binary import HEADER, TRAILER
from infra.postgres.copying import copied_rows
from infra.postgres.sql import statements

_SQL = statements("infra.preuve", "evenements.sql")
PREFIX = b"dcp:evt1"
COLUMNS = 7
_LENGTH = Struct(">i")
_WITH_MAC = b"\0\0\0\x11"
_WITH_MAC_BYTES = len(_WITH_MAC) + 17
"""The usual end of a row: a MAC of the present form behind its length."""

_USUAL = slice(-_WITH_MAC_BYTES, len(_WITH_MAC) - _WITH_MAC_BYTES)
_USUAL_POSITION = slice(-_WITH_MAC_BYTES - 20, -_WITH_MAC_BYTES - 12)
_POSITION = slice(len(PREFIX), len(PREFIX) + 8)


def scan_events(connection: Connection[Any], after: int, upto: int) -> list[bytes | None]:
    """The entries of the positions (after, upto] from the rows as they are, None where there is none."""
    found = _entries_at_once(connection, after=after, upto=upto)
    count = upto - after
    places = b"".join([entry[_POSITION] for entry in found])
    if places == struct.pack(f">{count}q", *range(after + 1, upto + 1)):
        return list(found)
    entries: list[bytes | None] = [None] * count
    for entry in found:
        entries[int.from_bytes(entry[_POSITION], "big") - after - 1] = entry
    return entries


def event_entry(position: int, packed: bytes) -> bytes:
    """The entry of an event, from its row as `packed_row` packs it."""
    return b"%b%b%b" % (PREFIX, position.to_bytes(8, "big"), sha256(packed).digest())


def packed_rows(connection: Connection[Any], *, after: int, upto: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Position, packed row and MAC of the events of the positions (after, upto], by position.

    By binary COPY, whose rows are already what is hashed: nothing is built and nothing is taken apart.
    """
    connection.execute(_SQL["read_by_index"])
    with connection.cursor() as cursor, cursor.copy(rows_query(after=after, upto=upto)) as copy:
        for data in copy:
            row = bytes(data).removeprefix(HEADER)
            if len(row) <= len(TRAILER):
                continue
            packed, mac = parted(row)
            yield int.from_bytes(packed[-20:-12], "big"), packed, mac


def parted(row: bytes) -> tuple[bytes, bytes]:
    """What the MAC of a row is taken over, and the MAC."""
    if row[_USUAL] == _WITH_MAC:
        return row[:-_WITH_MAC_BYTES], row[-17:]
    return _split(row)


def _entries_at_once(connection: Connection[Any], *, after: int, upto: int) -> list[bytes]:
    """The entries of rows that a process of its own reads."""
    connection.execute(_SQL["read_by_index"])
    entries: list[bytes] = []
    add = entries.append
    for row in copied_rows(connection, rows_query(after=after, upto=upto)):
        if row[_USUAL] == _WITH_MAC:
            add(PREFIX + row[_USUAL_POSITION] + sha256(row[:-_WITH_MAC_BYTES]).digest())
        else:
            packed, _ = _split(row)
            add(PREFIX + packed[-20:-12] + sha256(packed).digest())
    return entries


def rows_query(*, after: int, upto: int) -> sql.Composed:
    """The COPY of the events of the positions (after, upto], all columns in the order in which the MAC reads them."""
    return sql.SQL(_SQL["copy_rows"]).format(after=sql.Literal(after), upto=sql.Literal(upto))


def _split(row: bytes) -> tuple[bytes, bytes]:
    """All columns but the last, and the last: a MAC of another form, or none at all."""
    end = 2
    for _ in range(COLUMNS - 1):
        end += 4 + _LENGTH.unpack_from(row, end)[0]
    return row[:end], row[end + 4 :]
