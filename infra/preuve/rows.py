"""The rows of the journal as they are hashed, read by binary COPY; and their entries.

It imports little: the second process of a check reads them too (`infra/verify/scanning_apart.py`).
"""

import struct
from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from struct import Struct
from typing import Any

from psycopg import Connection, sql

from infra.postgres.binary import HEADER, TRAILER
from infra.postgres.copying import copied_chunks
from infra.postgres.sql import statements
from infra.preuve.merkle import TILE_HASHES

_SQL = statements("infra.preuve", "evenements.sql")
PREFIX = b"dcp:evt1"
COLUMNS = 7
_LENGTH = Struct(">i")
_WITH_MAC = b"\0\0\0\x11"
_WITH_MAC_BYTES = len(_WITH_MAC) + 17
"""The usual end of a row: a MAC of the present form behind its length."""

_TAIL = slice(-_WITH_MAC_BYTES - 20, len(_WITH_MAC) - _WITH_MAC_BYTES)
"""The end of a usual row before its MAC: position, length and instant, length of the MAC."""

_TAIL_BYTES = 24
_POSITION_OF_ENTRY = slice(len(PREFIX), len(PREFIX) + 8)


def scan_events(connection: Connection[Any], after: int, upto: int) -> Iterator[list[bytes | None]]:
    """The entries of the positions (after, upto] from the rows as they are, by tiles, None where there is none."""
    connection.execute(_SQL["read_by_index"])
    chunks = copied_chunks(connection, rows_query(after=after, upto=upto), TILE_HASHES)
    start = after
    for rows in chunks:
        count = min(TILE_HASHES, upto - start)
        tails = b"".join([row[_TAIL] for row in rows])
        if not _are_usual(tails, start, count):
            left = chain(rows, chain.from_iterable(chunks))
            yield from _placed(start, upto, map(_entry, left))
            return
        begins = range(0, len(tails), _TAIL_BYTES)
        yield [
            PREFIX + tails[at : at + 8] + sha256(row[:-_WITH_MAC_BYTES]).digest()
            for at, row in zip(begins, rows, strict=True)
        ]
        start += count
    yield from _placed(start, upto, iter(()))


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
            yield _position(packed), packed, mac


def parted(row: bytes) -> tuple[bytes, bytes]:
    """What the MAC of a row is taken over, and the MAC."""
    if row[-_WITH_MAC_BYTES : -_WITH_MAC_BYTES + len(_WITH_MAC)] == _WITH_MAC:
        return row[:-_WITH_MAC_BYTES], row[-17:]
    return _split(row)


def _are_usual(tails: bytes, after: int, count: int) -> bool:
    """Whether these are the ends of `count` rows behind a position, none missing, each with a MAC of the present form.

    Compared byte by byte of all rows: a comparison for each would cost a fifth of its hash.
    """
    positions = struct.pack(f">{count}q", *range(after + 1, after + count + 1))
    return (
        len(tails) == count * _TAIL_BYTES
        and all(tails[i::_TAIL_BYTES] == positions[i::8] for i in range(8))
        and all(tails[20 + i :: _TAIL_BYTES] == _WITH_MAC[i : i + 1] * count for i in range(len(_WITH_MAC)))
    )


def _entry(row: bytes) -> bytes:
    packed, _ = parted(row)
    return event_entry(_position(packed), packed)


def _position(packed: bytes) -> int:
    return int.from_bytes(packed[-20:-12], "big")


def _placed(start: int, upto: int, entries: Iterator[bytes]) -> Iterator[list[bytes | None]]:
    """Entries in the order of their positions, each at its own, where some are missing."""
    entry = next(entries, None)
    for first in range(start, upto, TILE_HASHES):
        end = min(upto, first + TILE_HASHES)
        tile: list[bytes | None] = [None] * (end - first)
        while entry is not None and (position := int.from_bytes(entry[_POSITION_OF_ENTRY], "big")) <= end:
            if position > first:
                tile[position - first - 1] = entry
            entry = next(entries, None)
        yield tile
    deque(entries, maxlen=0)  # two of one position, if ever: what is read is read to its end


def rows_query(*, after: int, upto: int) -> sql.Composed:
    """The COPY of the events of the positions (after, upto], all columns in the order in which the MAC reads them."""
    return sql.SQL(_SQL["copy_rows"]).format(after=sql.Literal(after), upto=sql.Literal(upto))


def _split(row: bytes) -> tuple[bytes, bytes]:
    """All columns but the last, and the last: a MAC of another form, or none at all."""
    end = 2
    for _ in range(COLUMNS - 1):
        end += 4 + _LENGTH.unpack_from(row, end)[0]
    return row[:end], row[end + 4 :]
