"""Check the whole ledger against itself: the journal's MACs and order, the keys, every read row against its event.

A pass over the proof logs, one over the journal and one over the read rows, in one snapshot, memory independent of
their size. A script that changed any column of any event, key or read row, or removed one, shows here, with the place.
What cannot be seen from inside is said in docs/operating.md: a whole database restored from an older copy is consistent
with itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import DictRow

from infra.bootstrap import Services
from infra.journal.recorder import Head, head_mac
from infra.postgres.migrate import MigrationDrift, check_drift
from infra.postgres.snapshot import one_moment
from infra.postgres.sql import statements
from infra.verify.acces import check_acces
from infra.verify.cles import Cles
from infra.verify.documents import document_faults
from infra.verify.faults import Fault, Report
from infra.verify.journal import JournalCheck
from infra.verify.lignes import Projected, check_lignes
from infra.verify.preuve import check_exported, check_logs
from ledger.buckets import BUCKETS, Bucket
from projections.parts import BadPart, part_named

FAULTS_MAX = 1_000
"""How many faults are listed; the others are counted."""

FETCHED_ROWS = 2_000
_SQL = statements("infra.verify", "verify.sql")
_JOURNAL = statements("infra.journal", "recorder.sql")
_KEYS = statements("infra.journal", "members.sql")
_DOCUMENTS = statements("infra.reads", "documents.sql")

Progress = Callable[[int, int], None]
"""Called with how much is done, of how much: events first, then the events whose rows have been compared."""


def verify(services: Services, *, checkpoints: Sequence[bytes] = (), progress: Progress = lambda *_: None) -> Report:
    """Everything that is not as it was written. `checkpoints`: exported ones, each of which must be of the past."""
    with one_moment(services.url) as connection:
        connection.execute(_SQL["hold_rows"])
        return _Verification(services, connection, progress, checkpoints).run()


class _Verification:
    def __init__(
        self, services: Services, connection: Connection[DictRow], progress: Progress, checkpoints: Sequence[bytes]
    ) -> None:
        self._checkpoints = checkpoints
        self._services = services
        self._connection = connection
        self._progress = progress
        self._faults: list[Fault] = []
        self._more = 0

    def run(self) -> Report:
        self._check_migrations()
        head = self._check_head()
        cles = Cles(self._services.keyring, self._stream("keys", _KEYS["all_keys"]), self._fault)
        projected = self._check_projection(head)
        sealed = check_logs(self._connection, self._services.logs, self._fault, lambda *_: None, url=self._services.url)
        check_exported(self._connection, self._services.logs, self._checkpoints, self._fault)
        events, rows = self._check_events(cles, head, projected)
        cles.check_erased()
        check_acces(self._connection, self._fault)
        self._check_documents(cles, projected)
        for identifier in self._services.quarantine.altered():
            self._fault("quarantaine", str(identifier), "le sceau ne s'ouvre plus")
        return Report(
            events=events,
            rows=rows,
            keys=len(cles),
            projected=min(projected.values()),
            sealed=sealed,
            faults=self._faults,
            more_faults=self._more,
        )

    def _fault(self, table: str, place: str, what: str) -> None:
        if len(self._faults) < FAULTS_MAX:
            self._faults.append(Fault(table=table, place=place, what=what))
        else:
            self._more += 1

    def _check_migrations(self) -> None:
        rows = self._connection.execute(_SQL["migrations"]).fetchall()
        try:
            check_drift({row["name"]: bytes(row["digest"]) for row in rows})
        except MigrationDrift as drift:
            self._fault("migration", "", str(drift))

    def _check_head(self) -> Head | None:
        row = self._connection.execute(_JOURNAL["head"]).fetchone()
        if row is None:
            self._fault("journal_head", "", "la tête du journal manque")
            return None
        head = Head(position=row["position"], recorded_at=row["recorded_at"])
        if bytes(row["mac"]) != head_mac(self._services.keyring, head):
            self._fault("journal_head", "", "la tête du journal a été modifiée")
            return None
        return head

    def _check_projection(self, head: Head | None) -> Projected:
        """How far each bucket has been read; 0 for one of which nothing right is said."""
        projected = dict.fromkeys(BUCKETS, 0)
        seen: Counter[Bucket] = Counter()
        for row in self._connection.execute(_SQL["tracking"]).fetchall():
            name = str(row["application_name"])
            try:
                part = part_named(name, row["notification_id"])
            except BadPart:
                self._fault("notification_tracking", name, "projection inconnue, ou position impossible")
                continue
            seen.update(part.buckets)
            if head is not None and part.position > head.position:
                self._fault("notification_tracking", name, "la position dépasse la fin du journal")
            else:
                projected |= dict.fromkeys(part.buckets, part.position)
        for bucket in BUCKETS:
            if seen[bucket] != 1:
                what = "plusieurs positions" if seen[bucket] else "la position manque"
                self._fault("notification_tracking", f"seau {bucket}", what)
        for row in self._connection.execute(_SQL["set_aside"]).fetchall():
            place = f"{row['projection']}, position {row['position']}"
            self._fault("evenement_ecarte", place, "un événement n'a pas pu être projeté")
        return projected

    def _check_events(self, cles: Cles, head: Head | None, projected: Projected) -> tuple[int, int]:
        """How many events there are, and how many rows they should have given."""
        end = head.position if head is not None else 0
        journal = JournalCheck(
            self._services.keyring, cles, self._fault, lambda position: self._progress(position, 2 * end)
        )
        events = journal.run(self._connection, head)
        rows = check_lignes(
            self._connection,
            url=self._services.url,
            projected=projected,
            tell=self._fault,
            unreadable=journal.unreadable,
            reached=lambda position: self._progress(end + position, 2 * end),
        )
        return events, rows

    def _check_documents(self, cles: Cles, projected: Projected) -> None:
        row = self._connection.execute(_DOCUMENTS["generation"]).fetchone()
        if row is None:
            self._fault("document_generation", "", "la génération des lignes de lecture manque")
            return
        rows = self._stream("documents", _DOCUMENTS["all_documents"])
        for fault in document_faults(rows, cles, projected=projected, generation=row["generation"]):
            self._fault(fault.table, fault.place, fault.what)

    def _stream(self, name: str, query: LiteralString) -> Iterator[DictRow]:
        with self._connection.cursor(name=name) as cursor:
            cursor.itersize = FETCHED_ROWS
            cursor.execute(query)
            yield from cursor
