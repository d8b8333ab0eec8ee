"""The entries of the log of looks: one per look, a salted hash that stays when the look is forgotten.

    "dcp:acc1" + place (8 bytes, big-endian) + day (since 2000-01-01, 4 bytes) + SHA-256(salt ‖ columns)

The salt is 32 random bytes in the row of the look: with it anybody checks that the look is the one that was sealed;
once it is gone the hash says nothing. The day says when a look may be gone: six months after it, not before.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from infra.postgres.sql import statements
from infra.preuve.log import LogAltered
from infra.preuve.merkle import TILE_HASHES

NAME = "acces"
PREFIX = b"dcp:acc1"
CHANNEL = "acces_journal"
KEPT_MONTHS_MIN = 6
"""What the table itself refuses to forget is younger (CNIL 2021-122)."""

_SQL = statements("infra.auth", "journal_acces.sql")
_LENGTH = Struct(">i").pack
_PLACE = Struct(">qi").pack
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ABSENT = _LENGTH(-1)


def scan_looks(connection: Connection[Any], after: int, upto: int) -> Iterator[list[bytes | None]]:
    """The entries of the places (after, upto] as they are kept, by tiles, None where there is none."""
    for first in range(after, upto, TILE_HASHES):
        end = min(upto, first + TILE_HASHES)
        entries: list[bytes | None] = [None] * (end - first)
        for row in _rows(connection, first, end):
            entries[row["rang"] - first - 1] = entry(row)
        yield entries


class AccesEntries:
    """The looks as entries."""

    channel = CHANNEL
    scan = staticmethod(scan_looks)

    def end(self, connection: Connection[Any]) -> int:
        """The place of the last look."""
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_SQL["end"]).fetchone()
        return int(row["rang"]) if row else 0

    def read(self, connection: Connection[Any], *, after: int, upto: int) -> list[bytes]:
        """The entries of the places (after, upto]. Raises LogAltered."""
        entries = []
        expected = after
        for row in _rows(connection, after, upto):
            expected += 1
            fault = fault_of(row)
            if row["rang"] != expected or fault is not None:
                raise LogAltered(f"acces_journal rang {expected} : {fault or 'regard manquant'}")
            entries.append(entry(row))
        return entries


def entry(row: Mapping[str, Any]) -> bytes:
    """The entry of a place."""
    return PREFIX + _PLACE(row["rang"], (row["jour"] - _EPOCH.date()).days) + bytes(row["hachage"])


def hachage(row: Mapping[str, Any]) -> bytes:
    """The salted hash of a look, from its columns: the same as the function `acces_hachage` of the database."""
    micros = (row["at"].astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    sujet, motif = row["sujet"], row["motif_scelle"]
    return sha256(
        b"".join(
            (
                bytes(row["sel"]),
                micros.to_bytes(8, "big", signed=True),
                _text(row["acteur"]),
                _text(row["role"]),
                _ABSENT if sujet is None else _LENGTH(16) + sujet.bytes,
                _text(row["action"]),
                _ABSENT if motif is None else _LENGTH(len(motif)) + bytes(motif),
                _LENGTH(row["nombre"]),
            )
        )
    ).digest()


def fault_of(row: Mapping[str, Any], *, now: datetime | None = None) -> str | None:
    """What is wrong with the look of a place, in French; None when it is as written, or forgotten in its time."""
    if row["at"] is None:
        day = (now or datetime.now(UTC)).date()
        return None if may_be_gone(row["jour"], day) else "un regard de moins de six mois manque"
    is_same = hachage(row) == bytes(row["hachage"]) and row["at"].astimezone(UTC).date() == row["jour"]
    return None if is_same else "le regard a été modifié"


def may_be_gone(jour: date, today: date) -> bool:
    """Whether a look of a day may be forgotten by now: six months later, give or take a day for time zones."""
    year, month = divmod(today.year * 12 + today.month - 1 - KEPT_MONTHS_MIN, 12)
    limit = date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
    return jour <= limit + timedelta(days=1)


def _rows(connection: Connection[Any], after: int, upto: int) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL["feuilles"], {"after": after, "upto": upto}).fetchall()


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded
