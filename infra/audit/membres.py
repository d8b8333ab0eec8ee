"""Every member's dossier as known at a position, one at a time, from one snapshot of the read rows.

What is clear of them is enough: no key is opened, and a member whose key is destroyed counts like the others.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from infra.postgres.snapshot import one_moment
from infra.postgres.sql import statements
from infra.reads.dossiers import annulation_of, decompte_of
from ledger.dossier import Dossier, build_dossier

FETCHED_ROWS = 2_000
Progress = Callable[[int, int], None]
"""Called with how many décomptes were read, and of how many."""

_SQL = statements("infra.audit", "balance.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instantane:
    """One snapshot of all members at a position. `projected`: how far the read rows have followed the journal."""

    connection: Connection[DictRow]
    position: int
    enregistre_at: datetime | None
    decomptes: int
    head: int
    projected: int

    def members(self, *, progress: Progress = lambda *_: None) -> Iterator[tuple[UUID, Dossier]]:
        """Every member of whom something is known, in the order of their tokens. Once."""
        decomptes, annulations = _Membres(self._rows("decomptes")), _Membres(self._rows("annulations"))
        registrations = _Membres(self._rows("registrations"))
        done = 0
        while (sujet := _first(decomptes, annulations, registrations)) is not None:
            known = [decompte_of(row, None) for row in decomptes.of(sujet)]
            registered = [row["position"] for row in registrations.of(sujet)]
            cancelled = [annulation_of(row, None) for row in annulations.of(sujet)]
            yield sujet, build_dossier(known, cancelled, registered_at=registered[0] if registered else None)
            if done // FETCHED_ROWS != (done := done + len(known)) // FETCHED_ROWS:
                progress(done, self.decomptes)

    def _rows(self, name: str) -> Iterator[DictRow]:
        with self.connection.cursor(name=f"audit_{name}") as cursor:
            cursor.itersize = FETCHED_ROWS
            cursor.execute(_SQL[name], {"au": self.position})
            yield from cursor


@contextmanager
def snapshot(url: str, au: int) -> Iterator[Instantane]:
    """All members as known at a position, on a connection of its own."""
    with one_moment(url) as connection:
        connection.execute(_SQL["hold_rows"])
        row = connection.execute(_SQL["place"], {"au": au}).fetchone()
        assert row is not None
        recorded_at = row["enregistre_at"]
        yield Instantane(
            connection=connection,
            position=au,
            enregistre_at=recorded_at.astimezone(UTC) if recorded_at is not None else None,
            decomptes=row["decomptes"],
            head=row["head"],
            projected=row["projected"],
        )


class _Membres:
    """Rows in the order of their members, taken a member at a time."""

    def __init__(self, rows: Iterator[DictRow]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    @property
    def sujet(self) -> UUID | None:
        return self._next["sujet"] if self._next is not None else None

    def of(self, sujet: UUID) -> Iterator[DictRow]:
        while self._next is not None and self._next["sujet"] == sujet:
            yield self._next
            self._next = next(self._rows, None)


def _first(*sources: _Membres) -> UUID | None:
    """The next member of any of them. PostgreSQL orders UUIDs as their bytes, as Python does."""
    return min((source.sujet for source in sources if source.sujet is not None), default=None)
