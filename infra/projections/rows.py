"""The tables of the read rows, and how a row is written: packed by hand for binary COPY."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import lru_cache
from struct import Struct
from types import TracebackType
from typing import Any, LiteralString, Self

from psycopg import Copy, Cursor, sql
from psycopg.copy import LibpqWriter

from infra.postgres.binary import CHUNK_ROWS, HEADER, TRAILER, days, micros
from projections.dossiers import AdherentRow, AnnulationRow, DecompteRow, RecoursRow, Row

TABLE_BY_ROW: dict[type[Row], str] = {
    DecompteRow: "read_decompte",
    AnnulationRow: "read_annulation",
    AdherentRow: "read_adherent",
    RecoursRow: "read_recours",
}

JSON_COLUMNS = frozenset({"lignes", "faits"})
"""Columns whose text is kept as it was written."""

UNSENT_BYTES_MAX = 4 * 1024 * 1024
"""How far the server may be behind before the next rows wait for it."""

WAITING_BYTES_MAX = 4 * 1024 * 1024
"""How much of a table may wait while the COPY of another goes on."""

_NULL = b"\xff\xff\xff\xff"
_BEGINNING = ">hi16siqihiq"  # columns, sujet, position, version, enregistre_at: every kind begins so
_BEGIN = Struct(_BEGINNING).pack
_BEGIN_DECOMPTE = Struct(_BEGINNING + "iqi").pack  # then total_centimes and the length of reference
_LENGTH = Struct(">i").pack
_INT2_DATE = Struct(">ihii").pack
_DATE = Struct(">ii").pack
_UUID = Struct(">i16s").pack

# Instants are those of transactions; days, payers, members of a page are few: most are packed already.
_micros = lru_cache(maxsize=4096)(micros)
_days = lru_cache(maxsize=4096)(days)


def columns(kind: type[Row]) -> tuple[str, ...]:
    """The columns of a row's table, in order."""
    return kind.__struct_fields__


def selected_columns(kind: type[Row]) -> sql.Composed:
    """A row's columns in order, in the form in which they were written."""
    return sql.SQL(", ").join(
        sql.SQL("json_send({}) AS {}").format(sql.Identifier(c), sql.Identifier(c))
        if c in JSON_COLUMNS
        else sql.Identifier(c)
        for c in columns(kind)
    )


def write_rows(cursor: Cursor[Any], rows: Sequence[Row]) -> None:
    """COPY rows into their tables."""
    with RowCopies(cursor) as copies:
        for start in range(0, len(rows), CHUNK_ROWS):
            copies.write(rows[start : start + CHUNK_ROWS])


class RowCopies:
    """Rows on their way into their tables, or into those of the same name with a suffix.

    One COPY is under way at a time, and goes on as long as it can: what is for another table waits, packed. At the
    end everything is sent; after an error nothing more is. `counts` is what the server says that it has taken.
    """

    def __init__(self, cursor: Cursor[Any], *, suffix: str = "", options: LiteralString = "FORMAT BINARY") -> None:
        self.counts = dict.fromkeys(TABLE_BY_ROW, 0)
        self._cursor = cursor
        self._suffix = suffix
        self._options = sql.SQL(options)
        self._waiting: dict[type[Row], list[bytes]] = {kind: [] for kind in TABLE_BY_ROW}
        self._open: tuple[type[Row], AbstractContextManager[Copy], Copy] | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Send a handful of rows, by and by."""
        by_kind: dict[type[Row], list[bytes]] = {}
        for row in rows:
            kind = type(row)
            by_kind.setdefault(kind, []).append(PACKERS[kind](row))
        for kind, packed in by_kind.items():
            self._waiting[kind].append(b"".join(packed))
        for kind, waiting in self._waiting.items():
            if waiting and (self._is_open(kind) or sum(map(len, waiting)) > WAITING_BYTES_MAX):
                self._send(kind)
        if self._open is None and by_kind:
            self._send(max(by_kind, key=lambda kind: len(by_kind[kind])))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            if self._open is not None:
                self._open[1].__exit__(kind, error, trace)
            return
        for waiting in self._waiting:
            if self._waiting[waiting]:
                self._send(waiting)
        self._end()

    def _is_open(self, kind: type[Row]) -> bool:
        return self._open is not None and self._open[0] is kind

    def _send(self, kind: type[Row]) -> None:
        if not self._is_open(kind):
            self._end()
            self._begin(kind)
        assert self._open is not None
        for block in self._waiting[kind]:
            self._open[2].write(block)
        self._waiting[kind].clear()

    def _begin(self, kind: type[Row]) -> None:
        statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
            sql.Identifier(TABLE_BY_ROW[kind] + self._suffix),
            sql.SQL(", ").join(map(sql.Identifier, columns(kind))),
            self._options,
        )
        opened = self._cursor.copy(statement, writer=LibpqWriter(self._cursor, flush_threshold=UNSENT_BYTES_MAX))
        self._open = kind, opened, opened.__enter__()
        self._open[2].write(HEADER)

    def _end(self) -> None:
        if self._open is not None:
            kind, opened, copy = self._open
            copy.write(TRAILER)
            self._open = None
            opened.__exit__(None, None, None)
            self.counts[kind] += self._cursor.rowcount


def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


@lru_cache(maxsize=4096)
def _few(value: str | None) -> bytes:
    """A text that many rows share."""
    return _text(value)


@lru_cache(maxsize=4096)
def _three_few(one: str | None, two: str | None, three: str | None) -> bytes:
    return _text(one) + _text(two) + _text(three)


@lru_cache(maxsize=16_384)
def _payment(payeur: str, rang: int, date_paiement: date, destinataire: str) -> bytes:
    return _text(payeur) + _INT2_DATE(2, rang, 4, days(date_paiement)) + _text(destinataire)


def _pack_decompte(row: DecompteRow) -> bytes:
    reference, virement, lignes, scelle = row.reference.encode(), row.virement, row.lignes, row.scelle
    at, total = _micros(row.enregistre_at), row.total_centimes
    return b"".join(
        (
            _BEGIN_DECOMPTE(16, 16, row.sujet, 8, row.position, 2, row.version, 8, at, 8, total, len(reference)),
            reference,
            _three_few(row.emetteur, row.organisme, row.sinistre),
            _payment(row.payeur, row.rang, row.date_paiement, row.destinataire),
            _NULL if virement is None else _text(virement),
            _LENGTH(len(lignes)),
            lignes,
            _LENGTH(len(scelle)),
            scelle,
        )
    )


def _pack_annulation(row: AnnulationRow) -> bytes:
    return b"".join(
        (
            _BEGIN(9, 16, row.sujet, 8, row.position, 2, row.version, 8, _micros(row.enregistre_at)),
            _few(row.emetteur),
            _text(row.reference),
            _text(row.annule),
            _DATE(4, _days(row.date_annulation)),
            _LENGTH(len(row.scelle)),
            row.scelle,
        )
    )


def _pack_adherent(row: AdherentRow) -> bytes:
    return b"".join(
        (
            _BEGIN(8, 16, row.sujet, 8, row.position, 2, row.version, 8, _micros(row.enregistre_at)),
            _UUID(16, row.originator_id),
            _few(row.emetteur),
            _DATE(4, _days(row.date_effet)),
            _LENGTH(len(row.scelle)),
            row.scelle,
        )
    )


def _pack_recours(row: RecoursRow) -> bytes:
    return b"".join(
        (
            _BEGIN(9, 16, row.sujet, 8, row.position, 2, row.version, 8, _micros(row.enregistre_at)),
            _UUID(16, row.originator_id),
            _few(row.evenement),
            _text(row.reference),
            _LENGTH(len(row.faits)),
            row.faits,
            _NULL if row.scelle is None else _LENGTH(len(row.scelle)) + row.scelle,
        )
    )


PACKERS: dict[type[Row], Callable[[Any], bytes]] = {
    DecompteRow: _pack_decompte,
    AnnulationRow: _pack_annulation,
    AdherentRow: _pack_adherent,
    RecoursRow: _pack_recours,
}
"""How a row of each kind is packed, as binary COPY takes it and gives it back."""
