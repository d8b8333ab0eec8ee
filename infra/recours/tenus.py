"""What the team reads over all sinistres, kept by member in this process and made again where something changed.

One statement says of each member with a sinistre or a recovery what her last row is; a part that was made from that
very row is still right, and the others are read again. So a page costs what changed since the last one, and is never
stale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore

from infra.postgres.sql import statements
from infra.recours.lectures import SUJETS_AT_ONCE, RecoursReads
from readmodels.recours_ensemble import PartMembre, part_of

_SQL = statements("infra.recours", "tenus.sql")

KEPT_MEMBERS_MAX = 50_000
"""How many members' parts one process keeps; those beyond are read each time."""

_Marque = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """The parts of all members with a sinistre or a recovery, and the position that they are known at."""

    parts: tuple[PartMembre, ...]
    position: int


class RecoursTenus:
    """Keeps the part of each member with the mark of what it was made from."""

    def __init__(self, datastore: PostgresDatastore, reads: RecoursReads) -> None:
        self._datastore = datastore
        self._reads = reads
        self._lock = Lock()
        self._kept: dict[UUID, tuple[_Marque, PartMembre]] = {}

    def read(self, today: date) -> Ensemble:
        """Every part as known now; `today` counts the ages. Blocks: for a thread."""
        marques, position = self._marques(today)
        with self._lock:
            kept = self._kept
        parts = {
            sujet: kept[sujet][1] for sujet, marque in marques.items() if sujet in kept and kept[sujet][0] == marque
        }
        changed = [sujet for sujet in marques if sujet not in parts]
        for start in range(0, len(changed), SUJETS_AT_ONCE):
            for member in self._reads.members(changed[start : start + SUJETS_AT_ONCE]):
                parts[member.sujet] = part_of(member.dossier, member.sinistres, today=today)
                position = max(position, member.au)
        # A row that came between the two statements is in the part and not in its mark: it is only read once more.
        with self._lock:
            self._kept = {sujet: (marques[sujet], parts[sujet]) for sujet in list(marques)[:KEPT_MEMBERS_MAX]}
        return Ensemble(parts=tuple(parts[sujet] for sujet in marques), position=position)

    def _marques(self, today: date) -> tuple[Mapping[UUID, _Marque], int]:
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["marques"]).fetchall()
        position = max((row["projected"] for row in rows), default=0)
        return {
            row["sujet"]: (row["derniere"], row["generation"], row["a_cle"], today)
            for row in rows
            if row["sujet"] is not None
        }, position
