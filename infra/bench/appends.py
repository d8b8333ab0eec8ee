"""Figures of the recorder: batches beside raw COPY, single saves of several threads beside the library."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from infra.bench.measures import Figure, Measured, compared, interleaved
from infra.bench.raw import copy_seconds, packed_transactions
from infra.bench.stand import Stand
from infra.journal.recorder import sealed_events
from infra.journal.sealed import SealedEvent
from infra.postgres.datastore import open_datastore

THREADS = 8
_STOCK_TABLE = "bench_stock_events"


def _measure_batches(per_transaction: int) -> Callable[[Stand], Measured]:
    """Batches of that many events, each a group of its own, hence with an outcome of its own."""

    def measure(stand: Stand) -> Measured:
        events = sealed_events(sized_events(stand, max(stand.sizes.append_events, per_transaction)))
        stand.prepare("lignes de référence")
        with stand.database() as url:
            _append_seconds(stand, url, events, per_transaction)
            packed = packed_transactions(url)

        def ours() -> float:
            with stand.database() as url:
                return len(events) / _append_seconds(stand, url, events, per_transaction)

        def reference() -> float:
            with stand.database() as url:
                return len(events) / copy_seconds(url, packed)

        extras: dict[str, float | int | str] = {"evenements": len(events), "transactions": len(packed)}
        return compared("événements/s", *interleaved(stand, ours, reference), extras=extras)

    return measure


def _append_seconds(stand: Stand, url: str, events: list[SealedEvent], per_transaction: int) -> float:
    with stand.services(url) as services:
        recorder = services.journal.recorder
        batches = [
            [[event] for event in events[first : first + per_transaction]]
            for first in range(0, len(events), per_transaction)
        ]
        begun = time.perf_counter()
        for batch in batches:
            recorder.append(batch)
        return time.perf_counter() - begun


def _measure_saves(stand: Stand) -> Measured:
    each = stand.sizes.saves_per_thread
    events = sized_events(stand, THREADS * each)

    def ours() -> float:
        with stand.database() as url, stand.services(url) as services:
            rate = _saves_per_second(services.journal.recorder, events)
            _check_gapless(url, len(events))
            return rate

    def reference() -> float:
        with stand.database() as url, open_datastore(url) as datastore:
            recorder = PostgresApplicationRecorder(datastore, events_table_name=_STOCK_TABLE)
            recorder.create_table()
            return _saves_per_second(recorder, events)

    return compared(
        "enregistrements/s", *interleaved(stand, ours, reference), extras={"fils": THREADS, "evenements": len(events)}
    )


def _saves_per_second(recorder: PostgresApplicationRecorder, events: list[StoredEvent]) -> float:
    def save(own: list[StoredEvent]) -> None:
        for event in own:
            recorder.insert_events([event])

    with ThreadPoolExecutor(THREADS) as threads:
        # Each thread has its connection open before the clock starts.
        list(threads.map(lambda _: recorder.max_notification_id(), range(THREADS * 2)))
        begun = time.perf_counter()
        list(threads.map(save, [events[thread::THREADS] for thread in range(THREADS)]))
        return len(events) / (time.perf_counter() - begun)


def _check_gapless(url: str, events: int) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*), min(notification_id), max(notification_id) FROM stored_events")
        assert row.fetchone() == (events, 1, events), "positions have a gap: the rate means nothing"


def sized_events(stand: Stand, count: int) -> list[StoredEvent]:
    """That many first events of new streams, which say what those of the sample say."""
    with psycopg.connect(stand.recorded) as connection:
        rows = connection.execute(
            "SELECT topic, state FROM stored_events ORDER BY notification_id LIMIT %s", (count,)
        ).fetchall()
    said: Iterator[tuple[str, bytes]] = cycle([(topic, bytes(state)) for topic, state in rows])
    return [StoredEvent(uuid4(), 1, topic, state) for topic, state in islice(said, count)]


FIGURES = (
    Figure(id="append_1000", title="lots de 1 000 / COPY brut", floor=0.60, measure=_measure_batches(1_000)),
    Figure(id="append_5000", title="lots de 5 000 / COPY brut", floor=0.80, measure=_measure_batches(5_000)),
    Figure(id="save_8_threads", title="un à un, 8 fils / bibliothèque d'origine", floor=2.5, measure=_measure_saves),
)
