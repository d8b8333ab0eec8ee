"""Check the whole ledger against itself: the journal's MACs and order, the keys, every read row against its event.

One pass over the journal in one snapshot, memory independent of its size. A script that changed any column of any
event, key or read row, or removed one, shows here, with the place. What cannot be seen from inside is said in
docs/operating.md: a whole database restored from an older copy is consistent with itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row

from infra.bootstrap import Services
from infra.journal.keyring import sealing_context
from infra.journal.mapper import SealBroken, State, read_state, unseal
from infra.journal.members import KeyAltered
from infra.journal.recorder import Head, head_mac, packed_row
from infra.journal.sealed import SealedEvent
from infra.postgres.binary import micros
from infra.postgres.migrate import MigrationDrift, check_drift
from infra.postgres.sql import statements
from infra.projections.buckets import bucket_of_state
from infra.projections.reading import read_event
from infra.projections.rows import TABLE_BY_ROW, columns, selected_columns
from infra.verify.acces import check_acces
from infra.verify.documents import document_faults
from infra.verify.faults import Fault, Report
from infra.verify.preuve import check_exported, check_logs
from ledger.adherent.events import AdherentErased
from ledger.buckets import BUCKETS, Bucket
from ledger.events import UnreadableEvent
from ledger.registry import REGISTRY
from projections.dossiers import Row, UnprojectableEvent, rows_of
from projections.parts import BadPart, part_named

FAULTS_MAX = 1_000
"""How many faults are listed; the others are counted."""

FETCHED_ROWS = 2_000
_SQL = statements("infra.verify", "verify.sql")
_JOURNAL = statements("infra.journal", "recorder.sql")
_KEYS = statements("infra.journal", "members.sql")
_DOCUMENTS = statements("infra.reads", "documents.sql")

Progress = Callable[[int, int], None]

Projected = Mapping[Bucket, int]
"""How far each bucket of members has been read."""


def verify(services: Services, *, checkpoints: Sequence[bytes] = (), progress: Progress = lambda *_: None) -> Report:
    """Everything that is not as it was written. `checkpoints`: exported ones, each of which must be of the past."""
    with _snapshot(services.url) as connection:
        return _Verification(services, connection, progress, checkpoints).run()


@contextmanager
def _snapshot(url: str) -> Iterator[Connection[DictRow]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(_SQL["hold_rows"])
        yield connection


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
        self._keys: dict[UUID, AESGCM | None] = {}
        self._lost: set[UUID] = set()
        self._erased: set[UUID] = set()
        self._rows = 0

    def run(self) -> Report:
        self._check_migrations()
        head = self._check_head()
        self._check_keys()
        projected = self._check_projection(head)
        sealed = check_logs(self._connection, self._services.logs, self._fault, lambda *_: None, url=self._services.url)
        check_exported(self._connection, self._services.logs, self._checkpoints, self._fault)
        events = self._check_journal(head, projected)
        self._check_erased()
        check_acces(self._connection, self._fault)
        self._check_documents(projected)
        for identifier in self._services.quarantine.altered():
            self._fault("quarantaine", str(identifier), "le sceau ne s'ouvre plus")
        return Report(
            events=events,
            rows=self._rows,
            keys=len(self._keys),
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

    def _check_keys(self) -> None:
        for row in self._stream("keys", _KEYS["all_keys"]):
            try:
                self._keys[row["sujet"]] = self._services.members.open_row(row)
            except KeyAltered:
                self._keys[row["sujet"]] = None
                self._lost.add(row["sujet"])
                self._fault("cle_adherent", str(row["sujet"]), "la ligne a été modifiée")

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

    def _check_erased(self) -> None:
        """A key is destroyed where the journal says so, and nowhere else: one that came back would undo an erasure."""
        destroyed = {sujet for sujet, key in self._keys.items() if key is None} - self._lost
        for sujet in sorted(self._erased - destroyed - self._lost):
            self._fault("cle_adherent", str(sujet), "la clé d'un adhérent effacé est revenue")
        for sujet in sorted(destroyed - self._erased):
            self._fault("cle_adherent", str(sujet), "la clé est détruite sans effacement enregistré")

    def _check_documents(self, projected: Projected) -> None:
        row = self._connection.execute(_DOCUMENTS["generation"]).fetchone()
        if row is None:
            self._fault("document_generation", "", "la génération des lignes de lecture manque")
            return
        rows = self._stream("documents", _DOCUMENTS["all_documents"])
        for fault in document_faults(rows, self._keys, projected=projected, generation=row["generation"]):
            self._fault(fault.table, fault.place, fault.what)

    def _check_journal(self, head: Head | None, projected: Projected) -> int:
        live = {
            kind: _LiveRows(self._stream(f"rows_{table}", _rows_query(kind))) for kind, table in TABLE_BY_ROW.items()
        }
        count, expected = 0, 1
        last = None
        for row in self._stream("events", _SQL["events"]):
            position = row["notification_id"]
            if position != expected:
                missing = (
                    f"position {expected}" if position == expected + 1 else f"positions {expected} à {position - 1}"
                )
                self._fault("stored_events", missing, "événement manquant ou déplacé")
            expected = position + 1
            count += 1
            if last is not None and row["recorded_at"] < last:
                self._fault("stored_events", f"position {position}", "l'instant d'enregistrement recule")
            last = row["recorded_at"]
            rows = self._check_event(row)
            if position <= projected[bucket_of_state(bytes(row["state"]))]:
                for kind, live_rows in live.items():
                    self._compare(
                        kind, live_rows, position, [r for r in rows or () if type(r) is kind], rows is not None
                    )
            if head is not None and count % FETCHED_ROWS == 0:
                self._progress(count, head.position)
        if head is not None and expected - 1 < head.position:
            self._fault("stored_events", f"positions {expected} à {head.position}", "événements manquants à la fin")
        if head is not None and expected - 1 > head.position:
            self._fault("stored_events", f"positions {head.position + 1} et suivantes", "au-delà de la tête du journal")
        for kind, live_rows in live.items():
            for extra in live_rows.rest():
                self._fault(TABLE_BY_ROW[kind], f"position {extra['position']}", "ligne en trop")
        return count

    def _check_event(self, row: DictRow) -> list[Row] | None:
        """The read rows that this event must have given; None when it is itself at fault."""
        place = f"position {row['notification_id']}"
        event = SealedEvent(row["originator_id"].bytes, row["originator_version"], row["topic"], bytes(row["state"]))
        packed = packed_row(event, row["notification_id"], micros(row["recorded_at"]))
        is_altered = not self._services.keyring.is_event_mac(packed, bytes(row["mac"]))
        if is_altered:
            self._fault("stored_events", place, f"l'événement {row['originator_id']} a été modifié")
        try:
            state = read_state(event.state)
            self._check_seal(event, state, place, is_altered=is_altered)
            if event.topic == AdherentErased.topic:
                self._erased.add(state.sujet)
            REGISTRY.read_facts(event.topic, state.v, state.faits)  # all of them: the projection leaves lines unread
            recorded_at = micros(row["recorded_at"])
            return rows_of(read_event((row["notification_id"], recorded_at, event.stream, event.topic, event.state)))
        except (msgspec.MsgspecError, UnreadableEvent, UnprojectableEvent):
            if not is_altered:
                self._fault("stored_events", place, "l'événement est illisible")
            return None

    def _check_seal(self, event: SealedEvent, state: State, place: str, *, is_altered: bool) -> None:
        if state.sujet not in self._keys:
            if state.sujet not in self._lost:
                self._lost.add(state.sujet)
                self._fault("cle_adherent", str(state.sujet), f"la clé manque (nommée par l'événement, {place})")
            return
        key = self._keys[state.sujet]
        if key is None or state.scelle is None:
            return
        try:
            personal = unseal(key, state.scelle, sealing_context(event.stream, event.topic))
            REGISTRY.read_personal(event.topic, state.v, personal)
        except SealBroken:
            if not is_altered:
                self._fault("stored_events", place, "la partie scellée ne s'ouvre plus")

    def _compare(self, kind: type[Row], live: "_LiveRows", position: int, expected: list[Row], is_known: bool) -> None:
        table = TABLE_BY_ROW[kind]
        for extra in live.before(position):
            self._fault(table, f"position {extra['position']}", "ligne en trop")
        found = live.at(position)
        if not is_known:
            return  # The event itself is at fault, and said so.
        self._rows += len(expected)
        for row in expected:
            if not found:
                self._fault(table, f"position {position}", "ligne manquante")
                continue
            actual = found.pop(0)
            changed = [c for c in columns(kind) if _plain(actual[c]) != getattr(row, c)]
            if changed:
                self._fault(table, f"position {position}", f"colonne modifiée : {', '.join(changed)}")
        for _ in found:
            self._fault(table, f"position {position}", "ligne en trop")

    def _stream(self, name: str, query: sql.Composed | Any) -> Iterator[DictRow]:
        with self._connection.cursor(name=name) as cursor:
            cursor.itersize = FETCHED_ROWS
            cursor.execute(query)
            yield from cursor


class _LiveRows:
    """The rows of one table by position, read once, in step with the journal."""

    def __init__(self, rows: Iterator[DictRow]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def before(self, position: int) -> Iterator[DictRow]:
        while self._next is not None and self._next["position"] < position:
            yield self._take()

    def at(self, position: int) -> list[DictRow]:
        found = []
        while self._next is not None and self._next["position"] == position:
            found.append(self._take())
        return found

    def rest(self) -> Iterator[DictRow]:
        while self._next is not None:
            yield self._take()

    def _take(self) -> DictRow:
        assert self._next is not None
        taken, self._next = self._next, next(self._rows, None)
        return taken


def _rows_query(kind: type[Row]) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {} ORDER BY position, sujet").format(
        selected_columns(kind), sql.Identifier(TABLE_BY_ROW[kind])
    )


def _plain(value: Any) -> Any:
    """A value of the database as rows carry it."""
    return value.bytes if isinstance(value, UUID) else bytes(value) if isinstance(value, memoryview) else value
