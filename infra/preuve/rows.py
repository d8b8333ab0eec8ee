"""The rows of the journal as they are hashed, read by binary COPY; and their entries.

It imports little: the second process of a check begins here (`infra/verify/scanning.py`).
"""

import struct
from collections.abc import Iterator
from hashlib import sha256
from struct import Struct
from typing import Any

from psycopg import Connection, sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from infra.postgres.binary import HEADER, TRAILER
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
    with connection.cursor() as cursor, cursor.copy(_query(after=after, upto=upto)) as copy:
        for data in copy:
            row = bytes(data).removeprefix(HEADER)
            if len(row) <= len(TRAILER):
                continue
            packed, mac = (row[:-_WITH_MAC_BYTES], row[-17:]) if _is_usual(row) else _split(row)
            yield int.from_bytes(packed[-20:-12], "big"), packed, mac


def _entries_at_once(connection: Connection[Any], *, after: int, upto: int) -> list[bytes]:
    """The entries of the rows of binary COPY straight from the client library, which is waited for.

    For a process of its own: psycopg's own way lets other threads and a Ctrl-C through at every row, which takes
    longer than hashing it.
    """
    connection.execute(_SQL["read_by_index"])
    query, client = _query(after=after, upto=upto).as_bytes(connection), connection.pgconn
    result = client.exec_(query)
    if result.status != ExecStatus.COPY_OUT:
        raise error_from_result(result)
    entries: list[bytes] = []
    read, add = client.get_copy_data, entries.append
    length, data = read(0)
    row = bytes(data).removeprefix(HEADER)  # in front of the first row
    while length > 0:
        if row[_USUAL] == _WITH_MAC:
            add(PREFIX + row[_USUAL_POSITION] + sha256(row[:-_WITH_MAC_BYTES]).digest())
        elif len(row) > len(TRAILER):
            packed, _ = _split(row)
            add(PREFIX + packed[-20:-12] + sha256(packed).digest())
        length, data = read(0)
        row = bytes(data)
    while (ended := client.get_result()) is not None:
        if ended.status != ExecStatus.COMMAND_OK:
            raise error_from_result(ended)
    return entries


def _query(*, after: int, upto: int) -> sql.Composed:
    return sql.SQL(_SQL["copy_rows"]).format(after=sql.Literal(after), upto=sql.Literal(upto))


def _is_usual(row: bytes) -> bool:
    return row[_USUAL] == _WITH_MAC


def _split(row: bytes) -> tuple[bytes, bytes]:
    """All columns but the last, and the last: a MAC of another form, or none at all."""
    end = 2
    for _ in range(COLUMNS - 1):
        end += 4 + _LENGTH.unpack_from(row, end)[0]
    return row[:end], row[end + 4 :]
