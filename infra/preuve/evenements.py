"""The entries of the log of events: one per stored event, the event's row bound by a hash.

    "dcp:evt1" + position (8 bytes, big-endian) + SHA-256 of the row, packed as the MAC reads it

Entries tell nothing of the events: each row holds a keyed hash and a random token, so its hash cannot be guessed. They
may be given to anybody. The row's MAC is left out: it depends on our key, and a stranger could not check it.
"""

from collections.abc import Iterator
from hashlib import sha256
from struct import Struct
from typing import Any

from psycopg import Connection, sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from infra.journal.keyring import Keyring
from infra.journal.recorder import CHANNEL
from infra.postgres.binary import HEADER, TRAILER
from infra.postgres.sql import statements
from infra.preuve.log import LogAltered

NAME = "evenements"
PREFIX = b"dcp:evt1"
COLUMNS = 7
_SQL = statements("infra.preuve", "evenements.sql")
_LENGTH = Struct(">i")
_WITH_MAC = b"\0\0\0\x11"
_WITH_MAC_BYTES = len(_WITH_MAC) + 17
"""The usual end of a row: a MAC of the present form behind its length."""


class EventEntries:
    """The stored events as entries; each is checked against its MAC before it is sealed."""

    channel = CHANNEL

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def end(self, connection: Connection[Any]) -> int:
        """The position of the last event."""
        with connection.cursor() as cursor:
            row = cursor.execute(_SQL["end"]).fetchone()
        return int(next(iter(row.values())) if isinstance(row, dict) else row[0]) if row else 0

    def read(self, connection: Connection[Any], *, after: int, upto: int) -> list[bytes]:
        """The entries of the positions (after, upto]. Raises LogAltered."""
        entries = []
        is_event_mac = self._keyring.is_event_mac
        expected = after
        for position, packed, mac in packed_rows(connection, after=after, upto=upto):
            expected += 1
            if position != expected:
                raise LogAltered(f"stored_events position {expected} : événement manquant ou déplacé")
            if not is_event_mac(packed, mac):
                raise LogAltered(f"stored_events position {position} : l'événement a été modifié")
            entries.append(event_entry(position, packed))
        return entries

    def scan(self, connection: Connection[Any], *, after: int, upto: int) -> list[bytes | None]:
        """The entries of the positions (after, upto] from the rows as they are, None where there is none."""
        entries: list[bytes | None] = [None] * (upto - after)
        for row in _rows_at_once(connection, after=after, upto=upto):
            packed = row[:-_WITH_MAC_BYTES] if _is_usual(row) else _split(row)[0]
            position = packed[-20:-12]
            index = int.from_bytes(position, "big") - after - 1
            entries[index] = b"%b%b%b" % (PREFIX, position, sha256(packed).digest())
        return entries


def event_entry(position: int, packed: bytes) -> bytes:
    """The entry of an event, from its row as `packed_row` packs it."""
    return b"%b%b%b" % (PREFIX, position.to_bytes(8, "big"), sha256(packed).digest())


def packed_rows(connection: Connection[Any], *, after: int, upto: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Position, packed row and MAC of the events of the positions (after, upto], by position.

    By binary COPY, whose rows are already what is hashed: nothing is built and nothing is taken apart.
    """
    query = _query(after=after, upto=upto)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for data in copy:
            row = bytes(data).removeprefix(HEADER)
            if len(row) <= len(TRAILER):
                continue
            packed, mac = (row[:-_WITH_MAC_BYTES], row[-17:]) if _is_usual(row) else _split(row)
            yield int.from_bytes(packed[-20:-12], "big"), packed, mac


def _rows_at_once(connection: Connection[Any], *, after: int, upto: int) -> Iterator[bytes]:
    """The rows of binary COPY straight from the client library, which is waited for: for a process of its own.

    psycopg's own way lets other threads and a Ctrl-C through at every row, which takes longer than hashing it.
    """
    query, client = _query(after=after, upto=upto).as_bytes(connection), connection.pgconn
    result = client.exec_(query)
    if result.status != ExecStatus.COPY_OUT:
        raise error_from_result(result)
    read = client.get_copy_data
    length, data = read(0)
    while length > 0:
        row = bytes(data).removeprefix(HEADER)
        if len(row) > len(TRAILER):
            yield row
        length, data = read(0)
    while (ended := client.get_result()) is not None:
        if ended.status != ExecStatus.COMMAND_OK:
            raise error_from_result(ended)


def _query(*, after: int, upto: int) -> sql.Composed:
    return sql.SQL(_SQL["copy_rows"]).format(after=sql.Literal(after), upto=sql.Literal(upto))


def _is_usual(row: bytes) -> bool:
    return row[-_WITH_MAC_BYTES : len(_WITH_MAC) - _WITH_MAC_BYTES] == _WITH_MAC


def _split(row: bytes) -> tuple[bytes, bytes]:
    """All columns but the last, and the last: a MAC of another form, or none at all."""
    end = 2
    for _ in range(COLUMNS - 1):
        end += 4 + _LENGTH.unpack_from(row, end)[0]
    return row[:end], row[end + 4 :]
