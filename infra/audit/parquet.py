"""The ledger as Parquet files, for analysis: lines, events and annulations as flat tables, with nothing personal.

Lines come member by member, each with the soin on which it counts and whether its décompte is cancelled, as known at
the position of the export. A row group is bounded, and so is memory. Needs the extra `parquet` (pyarrow).
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg

from infra.audit.membres import Progress, snapshot
from infra.journal.mapper import read_state
from infra.journal.pages import stream_journal
from infra.postgres.binary import instant_of
from ledger.dossier import Dossier

ROW_GROUP = 20_000
"""Rows of a row group: what is in memory at once."""

INSTANT, DAY, TEXT, CENTS, COUNT, TRUTH = "timestamp[us, UTC]", "date32", "string", "int64", "int32", "bool"
LIGNES: Mapping[str, str] = {
    "sujet": TEXT, "position": CENTS, "enregistre_at": INSTANT, "emetteur": TEXT, "reference": TEXT, "ligne": TEXT,
    "payeur": TEXT, "rang": COUNT, "date_paiement": DAY, "date_soin": DAY, "destinataire": TEXT, "annule": TRUTH,
    "soin": TEXT, "soin_imputation": TEXT, "nature": TEXT, "beneficiaire": TEXT, "quantite": COUNT,
    "montant_centimes": CENTS, "depense_centimes": CENTS, "base_centimes": CENTS, "taux_pb": COUNT,
    "pour_compte_de": TEXT, "sinistre": TEXT, "origine_emetteur": TEXT, "origine_reference": TEXT,
    "origine_ligne": TEXT,
}  # fmt: skip
EVENEMENTS: Mapping[str, str] = {
    "position": CENTS, "enregistre_at": INSTANT, "flux": TEXT, "topic": TEXT, "version": COUNT, "acteur": TEXT,
    "trace": TEXT, "sujet": TEXT, "faits": TEXT,
}  # fmt: skip
ANNULATIONS: Mapping[str, str] = {
    "sujet": TEXT, "position": CENTS, "enregistre_at": INSTANT, "emetteur": TEXT, "reference": TEXT, "annule": TEXT,
    "date_annulation": DAY, "en_attente": TRUTH,
}  # fmt: skip
"""The columns of each file, in order; amounts are whole cents. Documented in docs/audit.md."""

Row = tuple[Any, ...]


class PyarrowAbsent(Exception):
    """The extra `parquet` is not installed."""

    def __init__(self) -> None:
        super().__init__("Il faut pyarrow : installer Décompte avec l'extra « parquet » (ou : pip install pyarrow).")


class Ecrits(NamedTuple):
    """How many rows each file has."""

    lignes: int
    annulations: int
    evenements: int


def write_parquet(url: str, folder: Path, au: int, *, progress: Progress = lambda *_: None) -> Ecrits:
    """Write `lignes.parquet`, `annulations.parquet` and `evenements.parquet`, as known at a position.

    Each takes its name once it is whole. Raises PyarrowAbsent.
    """
    try:
        import pyarrow  # noqa: F401 - an extra, needed here only
    except ImportError:
        raise PyarrowAbsent from None
    folder.mkdir(parents=True, exist_ok=True)
    lignes, annulations = _File(folder / "lignes.parquet", LIGNES), _File(folder / "annulations.parquet", ANNULATIONS)
    with snapshot(url, au) as instantane, lignes, annulations:
        for sujet, dossier in instantane.members(progress=progress):
            lignes.add(lines_of(str(sujet), dossier))
            annulations.add(annulations_of(str(sujet), dossier))
    with psycopg.connect(url, autocommit=True) as connection, _File(folder / "evenements.parquet", EVENEMENTS) as file:
        for chunk in stream_journal(connection, after=0, upto=au):
            file.add(_event(row) for row in chunk)
    return Ecrits(lignes.count, annulations.count, file.count)


def lines_of(sujet: str, dossier: Dossier) -> Iterator[Row]:
    """The payment lines of a member, in the order of LIGNES."""
    for identite, decompte in dossier.decomptes.items():
        faits = decompte.faits
        head = (decompte.payeur.value, faits.rang, faits.date_paiement)
        for ligne in faits.lignes:
            origine = ligne.ligne_origine
            yield (
                *(sujet, decompte.position, decompte.enregistre_at, *identite, ligne.ligne, *head, ligne.date_soin),
                *(faits.destinataire.value, dossier.is_cancelled(identite), ligne.soin),
                *(dossier.soin_of(decompte, ligne), ligne.nature.value, ligne.beneficiaire, ligne.quantite),
                *(ligne.montant, ligne.depense, ligne.base, ligne.taux_pb),
                ligne.pour_compte_de.value if ligne.pour_compte_de is not None else None,
                faits.sinistre,
                *((origine.emetteur, origine.reference, origine.ligne) if origine is not None else (None,) * 3),
            )


def annulations_of(sujet: str, dossier: Dossier) -> Iterator[Row]:
    """The annulations of a member, in the order of ANNULATIONS."""
    for cible, found in dossier.annulations.items():
        for a in found:
            yield (
                *(sujet, a.position, a.enregistre_at, a.emetteur, a.reference, a.annule, a.date_annulation),
                cible not in dossier.decomptes,
            )


def _event(row: tuple[int, int, bytes, str, bytes]) -> Row:
    position, micros, stream, topic, state = row
    place = (position, instant_of(micros), bytes(stream).hex(), topic)
    try:
        read = read_state(bytes(state))
        return (*place, read.v, read.acteur, read.trace, str(read.sujet), bytes(read.faits).decode("utf-8"))
    except (msgspec.MsgspecError, UnicodeDecodeError):  # It was altered: its place is all that it still says.
        return (*place, None, None, None, None, None)


class _File:
    """A Parquet file being written, a row group at a time."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {
            INSTANT: pa.timestamp("us", tz="UTC"), DAY: pa.date32(), TEXT: pa.string(), CENTS: pa.int64(),
            COUNT: pa.int32(), TRUTH: pa.bool_(),
        }  # fmt: skip
        self._schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
        self._table = pa.Table
        self._array = pa.array
        self._path = path
        self._partial = path.with_suffix(".parquet.partiel")
        self._writer = pq.ParquetWriter(self._partial, self._schema, compression="zstd")
        self._rows: list[Row] = []
        self.count = 0

    def add(self, rows: Iterable[Row]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(self._schema)
        arrays = [self._array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(self._table.from_arrays(arrays, schema=self._schema))
        self.count += len(self._rows)
        self._rows = []

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink()
