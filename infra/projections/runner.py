"""The projection worker: events to rows in batches, with the position reached in the same transaction.

One worker at a time, elected by an advisory lock; the others wait to take over. It sleeps on LISTEN. A batch that
fails is cut in two until the poison stands alone: that one is set aside with an alert, and the rest goes on.
"""

from collections.abc import Sequence
from threading import Event

import msgspec
import psycopg
import structlog
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, dict_row

from infra import metrics
from infra.journal.mapper import read_state
from infra.journal.pages import JournalRow, read_page
from infra.journal.recorder import CHANNEL
from infra.postgres.sql import statements
from infra.projections.rows import write_rows
from ledger.events import UnreadableEvent
from ledger.registry import REGISTRY
from projections.dossiers import NAME, Recorded, UnprojectableEvent, project

BATCH_EVENTS_MAX = 2_000
"""How many events one transaction projects."""

WAIT_SECONDS_MAX = 2.0
"""How long the worker sleeps at most without a notification."""

STOP_SECONDS_MAX = 0.2
"""How long a sleeping worker takes at most to see that it is asked to stop."""

POLL_SECONDS = 0.02
"""How often one who waits for the elected worker looks where it is."""

CHANNEL_PROJECTED = "projection"
"""Notified with each batch: its rows can be read."""

LATEST = 2**62
ELECTION_LOCK = 7_311_042_002
_JOURNAL = statements("infra.journal", "recorder.sql")
_SQL = statements("infra.projections", "runner.sql")
_POISON = (UnreadableEvent, UnprojectableEvent, msgspec.MsgspecError, psycopg.DataError, psycopg.IntegrityError)
log = structlog.get_logger(__name__)


class DossierRecorder(PostgresTrackingRecorder):
    """The library's tracking recorder, with the rows of a batch in the transaction of its position."""

    def create_table(self) -> None:
        """The migrations make the table."""

    def record(self, events: Sequence[Recorded], tracking: Tracking) -> None:
        """Write the rows of a batch and how far it goes. Raises IntegrityError when it was already recorded."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            write_rows(cursor, project(events))
            cursor.execute(_SQL["announce"])


def read_event(row: JournalRow) -> Recorded:
    """A row of the journal as the projection sees it. Raises UnreadableEvent or msgspec.MsgspecError."""
    state = read_state(row.state)
    return Recorded(
        position=row.position,
        recorded_at=row.recorded_at,
        topic=row.topic,
        version=state.v,
        stream=row.stream,
        sujet=state.sujet,
        faits=REGISTRY.read_facts(row.topic, state.v, state.faits),
        scelle=state.scelle,
    )


class ProjectionWorker:
    """Keeps the read rows up with the journal."""

    def __init__(self, url: str, datastore: PostgresDatastore) -> None:
        self._url = url
        self._recorder = DossierRecorder(datastore)
        self._datastore = datastore
        self._stopped = Event()

    def stop(self) -> None:
        """Ask the worker to stop after its batch."""
        self._stopped.set()

    def catch_up(self) -> int:
        """Return the position reached once all that was recorded before the call is projected.

        When another worker is elected it does the work; if it dies meanwhile, this one takes over.
        """
        target = self._journal_end()
        while (position := self.position()) < target:
            with self._elected() as connection:
                if connection is None:
                    self._stopped.wait(POLL_SECONDS)
                    continue
                while self._project_batch():
                    pass
        return position

    def run(self) -> None:
        """Project until stopped; survives a database that goes away."""
        while not self._stopped.is_set():
            try:
                with self._elected() as connection:
                    if connection is None:
                        self._stopped.wait(WAIT_SECONDS_MAX)
                        continue
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopped.is_set():
                        if not self._project_batch():
                            self._sleep(connection)
            except Exception as error:
                if self._stopped.is_set():
                    return
                log.warning("projection_interrompue", projection=NAME, erreur=type(error).__name__)
                self._stopped.wait(WAIT_SECONDS_MAX)

    def position(self) -> int:
        """How far the projection has read."""
        return self._recorder.max_tracking_id(NAME) or 0

    def _journal_end(self) -> int:
        with self._datastore.get_connection() as connection:
            row = connection.execute(_JOURNAL["head"]).fetchone()
        return int(row["position"]) if row else 0

    def _elected(self) -> "_Election":
        return _Election(self._url)

    def _sleep(self, connection: Connection[DictRow]) -> None:
        waited = 0.0
        while waited < WAIT_SECONDS_MAX and not self._stopped.is_set():
            if list(connection.notifies(timeout=STOP_SECONDS_MAX, stop_after=1)):
                return
            waited += STOP_SECONDS_MAX

    def _project_batch(self) -> bool:
        """Project the next events; whether there were any."""
        after = self.position()
        with self._datastore.get_connection() as connection:
            rows = read_page(connection, after=after, upto=LATEST, limit=BATCH_EVENTS_MAX)
        if not rows:
            return False
        self._project(rows)
        metrics.PROJECTION_POSITION.labels(NAME).set(rows[-1].position)
        metrics.PROJECTED_EVENTS.labels(NAME).inc(len(rows))
        return True

    def _project(self, rows: Sequence[JournalRow]) -> None:
        try:
            events = [read_event(row) for row in rows]
            self._recorder.record(events, Tracking(NAME, rows[-1].position))
        except Exception as error:
            if not is_poison(error):
                raise
            if len(rows) == 1:
                self._set_aside(rows[0], error)
                return
            middle = len(rows) // 2
            self._project(rows[:middle])
            self._project(rows[middle:])

    def _set_aside(self, row: JournalRow, error: Exception) -> None:
        position = row.position
        with self._datastore.transaction(commit=True) as cursor:
            self._recorder._insert_tracking(cursor, Tracking(NAME, position))
            write_aside(cursor, row, error)
        metrics.POISONED_EVENTS.labels(NAME).inc()
        log.error("evenement_ecarte", projection=NAME, position=position, topic=row.topic, erreur=type(error).__name__)


def is_poison(error: BaseException) -> bool:
    """Whether the fault lies in an event, not in the machine around it."""
    return isinstance(error, _POISON) or isinstance(error.__cause__, _POISON)


def write_aside(cursor: Cursor[DictRow], row: JournalRow, error: Exception) -> None:
    """Keep the trace of an event that could not be projected."""
    cursor.execute(
        _SQL["set_aside"],
        {
            "projection": NAME,
            "position": row.position,
            "topic": row.topic,
            "erreur": type(error).__name__,  # never its text: it may repeat a value
        },
    )


class _Election:
    """A session advisory lock on a connection of its own: lost with the connection, so never held by the dead."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Connection[DictRow] | None:
        self._connection = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s) AS elected", (ELECTION_LOCK,)).fetchone()
        if row is not None and row["elected"]:
            return self._connection
        return None

    def __exit__(self, *_: object) -> None:
        self._connection.close()
