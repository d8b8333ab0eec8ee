"""The reference of projections: the library's own `ProjectionRunner`, on our events and our tables.

It is given every advantage that keeps it the library's: our decoder of events rather than its JSON transcoder
(which is slower), personal parts left sealed, and the same rows as ours, inserted one transaction an event.
"""

import time
from datetime import UTC, datetime
from threading import Event
from typing import Any, LiteralString, cast
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from infra.postgres.binary import micros
from infra.projections.reading import read_event
from infra.projections.rows import TABLE_BY_ROW, columns
from projections.dossiers import Row, rows_of

WAIT_SECONDS_MAX = 600.0
_RECORDED_AT = micros(datetime(2026, 1, 1, tzinfo=UTC))
"""The library's notifications carry no instant: the column is filled all the same."""


_FROM_BYTES: dict[str, LiteralString] = {
    "sujet": "encode(%s, 'hex')::uuid",
    "originator_id": "encode(%s, 'hex')::uuid",
    "lignes": "convert_from(%s, 'UTF8')::json",
}
_INSERTIONS = {
    kind: sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns(kind))),
        sql.SQL(", ").join(sql.SQL(_FROM_BYTES.get(column, "%s")) for column in columns(kind)),
    )
    for kind, table in TABLE_BY_ROW.items()
}


class _ClosedMapper(Mapper[UUID]):
    """Reads stored events as our projection does."""

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        position = getattr(stored_event, "id")  # noqa: B009 - a Notification, which has one
        stream = cast(UUID, stored_event.originator_id).bytes
        return read_event((position, _RECORDED_AT, stream, stored_event.topic, stored_event.state))


class _StockJournal(Application[UUID]):
    """An application of the library over `stored_events`: its recorder, its subscription."""

    name = "stored"

    def construct_mapper(self) -> Mapper[UUID]:
        return _ClosedMapper(transcoder=JSONTranscoder())


class _StockView(PostgresTrackingRecorder):
    """The read tables, an event and its position in one transaction."""

    def record(self, rows: list[Row], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            for row in rows:
                cursor.execute(_INSERTIONS[type(row)], msgspec.structs.astuple(row))


class _StockProjection(Projection[_StockView]):
    """Notes when its first event begins and when the last one is durable."""

    name = "stock"
    last = 0

    def __init__(self, view: _StockView) -> None:
        super().__init__(view)
        self.begun_at = 0.0
        self.ended_at = 0.0
        self.is_done = Event()

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.begun_at = self.begun_at or time.perf_counter()
        self.view.record(rows_of(domain_event), tracking)
        if tracking.notification_id == self.last:
            self.ended_at = time.perf_counter()
            self.is_done.set()


def stock_rate(url: str, *, events: int) -> float:
    """Events per second of the library's runner on the first `events` events of this ledger, whose read tables are
    empty. The others are removed.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM stored_events WHERE notification_id > %s", (events,))
        row = connection.execute("SELECT count(*) FROM stored_events").fetchone()
    assert row is not None
    events = row[0]
    runner = ProjectionRunner(
        application_class=_StockJournal, projection_class=_bounded(events), view_class=_StockView, env=_environment(url)
    )
    with runner:
        projection = cast(_StockProjection, runner.projection)
        if not projection.is_done.wait(WAIT_SECONDS_MAX):
            raise TimeoutError("le ProjectionRunner de la bibliothèque n'a pas fini")
    return events / (projection.ended_at - projection.begun_at)


def _bounded(events: int) -> type[_StockProjection]:
    """A runner makes its projection itself and starts at once: which event is the last is told to the class."""

    class Bounded(_StockProjection):
        name = _StockProjection.name
        last = events

    return Bounded


def _environment(url: str) -> dict[str, str]:
    options = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        **{
            f"POSTGRES_{name.upper()}": str(options.get(name) or default)
            for name, default in (
                ("dbname", "postgres"),
                ("host", "127.0.0.1"),
                ("port", "5432"),
                ("user", "postgres"),
                ("password", ""),
            )
        },
    }
