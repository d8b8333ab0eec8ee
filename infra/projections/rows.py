"""The tables of the read rows, and how a row is written: packed by hand for binary COPY."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from struct import Struct
from typing import Any

from psycopg import sql

from infra.postgres.binary import days, micros
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

# Instants are those of transactions; days, payers, members of a page are few: most are packed already.
_micros = lru_cache(maxsize=4096)(micros)
_days = lru_cache(maxsize=4096)(days)


def columns(kind: type[Row]) -> tuple[str, ...]:
    """The columns of a row's table, in order."""
    return kind.__struct_fields__


def selected_columns(kind: type[Row]) -> sql.Composed:
    """A row's columns in order, in the form in which they were written."""
    return sql.SQL(", ").join(
        sql.SQL("json_send({})" if c in JSON_COLUMNS else "{}").format(sql.Identifier(c)) for c in columns(kind)
    )


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
def _two_few(one: str | None, other: str | None) -> bytes:
    return _text(one) + _text(other)


@lru_cache(maxsize=16_384)
def _payment(payeur: str, rang: int, date_paiement: date, destinataire: str) -> bytes:
    return _text(payeur) + _INT2_DATE(2, rang, 4, days(date_paiement)) + _text(destinataire)


def _pack_decompte(row: DecompteRow) -> bytes:
    reference, virement, lignes, scelle = row.reference.encode(), row.virement, row.lignes, row.scelle
    return b"".join(
        (
            _BEGIN(16, 16, row.sujet, 8, row.position, 2, row.version, 8, _micros(row.enregistre_at)),
            _few(row.emetteur),
            _LENGTH(len(reference)),
            reference,
            _payment(row.payeur, row.rang, row.date_paiement, row.destinataire),
            _INT8(8, row.total_centimes),
            _NULL if virement is None else _text(virement),
            _two_few(row.organisme, row.sinistre),
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
