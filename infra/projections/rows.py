"""The tables of the read rows, and how a row is written: packed by hand for binary COPY."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from struct import Struct
from typing import Any

from psycopg import Cursor, sql

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

_NULL = b"\xff\xff\xff\xff"
_BEGIN = Struct(">hi16siqihiq").pack  # columns, sujet, position, version, enregistre_at: every kind begins so
_LENGTH = Struct(">i").pack
_INT2_DATE = Struct(">ihii").pack
_DATE = Struct(">ii").pack
_INT8 = Struct(">iq").pack
_UUID = Struct(">i16s").pack

# Instants are those of transactions, days and payers are few: most are packed already.
_micros = lru_cache(maxsize=4096)(micros)
_days = lru_cache(maxsize=4096)(days)


def selected_columns(kind: type[Row]) -> sql.Composed:
    """A row's columns in order, in the form in which they were written."""
    as_text = sql.SQL("{}::text AS {}")
    return sql.SQL(", ").join(
        as_text.format(sql.Identifier(c), sql.Identifier(c)) if c in JSON_COLUMNS else sql.Identifier(c)
        for c in kind._fields
    )


def write_rows(cursor: Cursor[Any], rows: Iterable[Row], *, suffix: str = "") -> None:
    """COPY rows into their tables (or into those of the same name with a suffix)."""
    by_kind: dict[type[Row], list[Row]] = {}
    for row in rows:
        by_kind.setdefault(type(row), []).append(row)
    for kind, of_kind in by_kind.items():
        _copy(cursor, kind, of_kind, TABLE_BY_ROW[kind] + suffix)


def _copy(cursor: Cursor[Any], kind: type[Row], rows: list[Row], table: str) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, kind._fields))
    )
    pack = _PACKERS[kind]
    with cursor.copy(statement) as copy:
        copy.write(HEADER)
        for start in range(0, len(rows), CHUNK_ROWS):
            copy.write(b"".join([pack(row) for row in rows[start : start + CHUNK_ROWS]]))
        copy.write(TRAILER)


def _begin(row: Row) -> bytes:
    return _BEGIN(len(row), 16, row.sujet.bytes, 8, row.position, 2, row.version, 8, _micros(row.enregistre_at))


def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _pack_decompte(row: DecompteRow) -> bytes:
    return b"".join(
        (
            _begin(row),
            _text(row.emetteur),
            _text(row.reference),
            _text(row.payeur),
            _INT2_DATE(2, row.rang, 4, _days(row.date_paiement)),
            _text(row.destinataire),
            _INT8(8, row.total_centimes),
            _text(row.virement),
            _text(row.organisme),
            _text(row.sinistre),
            _text(row.lignes),
            _bytes(row.scelle),
        )
    )


def _pack_annulation(row: AnnulationRow) -> bytes:
    return b"".join(
        (
            _begin(row),
            _text(row.emetteur),
            _text(row.reference),
            _text(row.annule),
            _DATE(4, _days(row.date_annulation)),
            _bytes(row.scelle),
        )
    )


def _pack_adherent(row: AdherentRow) -> bytes:
    return b"".join(
        (
            _begin(row),
            _UUID(16, row.originator_id.bytes),
            _text(row.emetteur),
            _DATE(4, _days(row.date_effet)),
            _bytes(row.scelle),
        )
    )


def _pack_recours(row: RecoursRow) -> bytes:
    return b"".join(
        (
            _begin(row),
            _UUID(16, row.originator_id.bytes),
            _text(row.evenement),
            _text(row.reference),
            _text(row.faits),
            _NULL if row.scelle is None else _bytes(row.scelle),
        )
    )


_PACKERS: dict[type[Row], Callable[[Any], bytes]] = {
    DecompteRow: _pack_decompte,
    AnnulationRow: _pack_annulation,
    AdherentRow: _pack_adherent,
    RecoursRow: _pack_recours,
}
