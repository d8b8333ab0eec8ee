"""The projection worker: events to rows in batches, with the positions reached in the same transaction.

Any number work at once, each on its share of the member buckets. A worker sleeps on LISTEN. It reads the journal once
from the smallest of its positions, and writes what is of its buckets; those that nothing happened to have been read
as far as the others. A batch that fails is cut in two until the poison stands alone: that one is set aside with an
alert, and the rest goes on.
"""

from collections.abc import Callable, Sequence
from threading import Event

import msgspec
import psycopg
import structlog
from eventsourcing.postgres import PostgresDatastore

from infra import metrics
from infra.journal.pages import JournalRow, read_page
from infra.postgres.sql import statements
from infra.projections.buckets import bucket_of_state
from infra.projections.ownership import LOOK_SECONDS, Ownership
from infra.projections.reading import read_events
from infra.projections.recorder import DossierRecorder, Fenced
from ledger.buckets import BUCKETS
from ledger.events import UnreadableEvent
from projections.dossiers import NAME, UnprojectableEvent, project
from projections.parts import Part

BATCH_EVENTS_MAX = 2_000
"""How many events one transaction projects, of a worker that has all buckets."""

PAGE_EVENTS_MAX = 8_000
"""How many events are read at once by a worker that projects only some of them."""

WAIT_SECONDS_MAX = 2.0
"""How long the worker waits after an error."""

POLL_SECONDS = 0.02
"""How often one who waits for other workers looks where they are."""

CHANNEL_PROJECTED = "projection"
"""Notified with each batch: its rows can be read."""

LATEST = 2**62
_JOURNAL = statements("infra.journal", "recorder.sql")
_POISON = (UnreadableEvent, UnprojectableEvent, msgspec.MsgspecError, psycopg.DataError, psycopg.IntegrityError)
log = structlog.get_logger(__name__)

OnBuckets = Callable[[str], None]
"""Called with the buckets that a worker has from now on."""


class ProjectionWorker:
    """Keeps the read rows up with the journal."""

    def __init__(
        self,
        url: str,
        datastore: PostgresDatastore,
        *,
        batch_events_max: int | None = None,
        on_buckets: OnBuckets = lambda _: None,
    ) -> None:
        self._url = url
        self._batch_events_max = batch_events_max or BATCH_EVENTS_MAX
        self._on_buckets = on_buckets
        self._recorder = DossierRecorder(datastore)
        self._datastore = datastore
        self._stopped = Event()

    def stop(self) -> None:
        """Ask the worker to stop after its batch."""
        self._stopped.set()

    def catch_up(self) -> int:
        """Return the position reached once all that was recorded before the call is projected.

        The buckets that other workers have are theirs to do; those of one that dies meanwhile, this one does.
        """
        target = self._journal_end()
        if (position := self.position()) >= target:
            return position
        with Ownership(self._url) as ownership:
            while (position := self.position()) < target:
                ownership.take_free()
                while self._project_batch(ownership):
                    pass
                ownership.release()
                if self.position() < target:
                    self._stopped.wait(POLL_SECONDS)
        return position

    def run(self) -> None:
        """Project until stopped; survives a database that goes away."""
        while not self._stopped.is_set():
            try:
                with Ownership(self._url) as ownership:
                    ownership.join()
                    while not self._stopped.is_set():
                        if ownership.balance():
                            self._tell(ownership.held)
                        if not self._project_batch(ownership):
                            ownership.wait(LOOK_SECONDS)
            except Exception as error:
                if self._stopped.is_set():
                    return
                log.warning("projection_interrompue", projection=NAME, erreur=type(error).__name__)
                self._stopped.wait(WAIT_SECONDS_MAX)

    def position(self) -> int:
        """How far the projection has read: the smallest over all buckets."""
        return self._recorder.position()

    def _tell(self, buckets: str) -> None:
        metrics.PROJECTION_BUCKETS.labels(NAME).set(len(buckets))
        self._on_buckets(buckets)

    def _journal_end(self) -> int:
        with self._datastore.get_connection() as connection:
            row = connection.execute(_JOURNAL["head"]).fetchone()
        return int(row["position"]) if row else 0

    def _project_batch(self, ownership: Ownership) -> bool:
        """Project the next events; whether there were any."""
        parts = ownership.parts
        if not parts:
            return False
        # The fewer buckets, the more events lie between its own: a transaction is worth it all the same.
        limit = max(
            self._batch_events_max, min(self._batch_events_max * len(BUCKETS) // len(ownership.held), PAGE_EVENTS_MAX)
        )
        with self._datastore.get_connection() as connection:
            page = read_page(connection, after=min(part.position for part in parts), upto=LATEST, limit=limit)
        if not page:
            return False
        rows, end = _of_parts(page, parts), page[-1][0]
        try:
            ownership.parts = self._project(parts, rows, end)
        except Fenced:
            log.warning("projection_devancee", projection=NAME, seaux=ownership.held)
            ownership.divide(ownership.held)
            return True
        metrics.PROJECTION_POSITION.labels(NAME).set(end)
        metrics.PROJECTED_EVENTS.labels(NAME).inc(len(rows))
        return True

    def _project(self, parts: Sequence[Part], rows: Sequence[JournalRow], upto: int) -> list[Part]:
        """Project events, after which `parts` are read up to a position. Raises Fenced."""
        try:
            return self._recorder.record(parts, project(read_events(rows)), upto=upto)
        except Exception as error:
            if not rows or not is_poison(error):
                raise
            if len(rows) == 1:
                return self._set_aside(parts, rows[0], error, upto)
            middle = len(rows) // 2
            moved = self._project(parts, rows[:middle], rows[middle - 1][0])
            return self._project(moved, rows[middle:], upto)

    def _set_aside(self, parts: Sequence[Part], row: JournalRow, error: Exception, upto: int) -> list[Part]:
        position, _, _, topic, _ = row
        moved = self._recorder.set_aside(parts, row, error, upto=upto)
        metrics.POISONED_EVENTS.labels(NAME).inc()
        log.error("evenement_ecarte", projection=NAME, position=position, topic=topic, erreur=type(error).__name__)
        return moved


def log_buckets(buckets: str) -> None:
    """For a worker beside other things, whose log says which buckets it has."""
    log.info("seaux_projetes", projection=NAME, seaux=buckets)


def is_poison(error: BaseException) -> bool:
    """Whether the fault lies in an event, not in the machine around it."""
    return isinstance(error, _POISON) or isinstance(error.__cause__, _POISON)


def _of_parts(page: Sequence[JournalRow], parts: Sequence[Part]) -> Sequence[JournalRow]:
    """The events of a page that are of these parts, and not written yet."""
    if len(parts) == 1 and parts[0].buckets == BUCKETS:
        return page
    after = {bucket: part.position for part in parts for bucket in part.buckets}
    return [row for row in page if row[0] > after.get(bucket_of_state(row[4]), LATEST)]
