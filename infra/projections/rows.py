"""The tables of the read rows: columns with their types, written by COPY, read back in the same form."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor, sql

from projections.dossiers import AdherentRow, AnnulationRow, DecompteRow, Row

TABLE_BY_ROW: dict[type[Row], str] = {
    DecompteRow: "read_decompte",
    AnnulationRow: "read_annulation",
    AdherentRow: "read_adherent",
}

_TYPES = {
    "sujet": "uuid",
    "originator_id": "uuid",
    "position": "int8",
    "version": "int2",
    "enregistre_at": "timestamptz",
    "rang": "int2",
    "date_paiement": "date",
    "date_annulation": "date",
    "date_effet": "date",
    "total_centimes": "int8",
    "lignes": "text",  # a json column, whose binary form is its text: what is written is what was recorded
    "scelle": "bytea",
}
"""How each column goes through COPY BINARY; text when not named here."""


def selected_columns(kind: type[Row]) -> sql.Composed:
    """A row's columns in order, in the form in which they were written."""
    return sql.SQL(", ").join(
        sql.SQL("{}::text AS {}").format(sql.Identifier(c), sql.Identifier(c)) if c == "lignes" else sql.Identifier(c)
        for c in kind._fields
    )


def write_rows(cursor: Cursor[Any], rows: Iterable[Row], *, suffix: str = "") -> None:
    """COPY rows into their tables (or into those of the same name with a suffix)."""
    by_kind: dict[type[Row], list[Row]] = {}
    for row in rows:
        by_kind.setdefault(type(row), []).append(row)
    for kind, of_kind in by_kind.items():
        _copy(cursor, kind, of_kind, TABLE_BY_ROW[kind] + suffix)


def _copy(cursor: Cursor[Any], kind: type[Row], rows: Sequence[Row], table: str) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, kind._fields))
    )
    with cursor.copy(statement) as copy:
        copy.set_types([_TYPES.get(column, "text") for column in kind._fields])
        for row in rows:
            copy.write_row(row)
