"""Figures of proof: what sealing costs those who append, how fast it is, and checks beside reading and rebuilding."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import tuple_row

from infra.bench.appends import sized_events
from infra.bench.measures import Figure, Measured, compared, interleaved
from infra.bench.models import rebuild_seconds
from infra.bench.stand import Stand
from infra.bootstrap import Services
from infra.journal.recorder import sealed_events
from infra.postgres.snapshot import one_moment
from infra.preuve.evenements import NAME
from infra.verify.lignes import check_lignes
from infra.verify.preuve import check_logs
from ledger.buckets import BUCKETS

PER_TRANSACTION = 1_000
READ_AT_ONCE = 256
READ_ALL = """
    SELECT originator_id, originator_version, topic, state, notification_id, recorded_at, mac
      FROM stored_events
     ORDER BY notification_id
"""


def _measure_sealing(stand: Stand) -> Measured:
    """Batches, one after the other without a pause, with a sealer in the same process and without."""
    events = sealed_events(sized_events(stand, stand.sizes.append_events))
    batches = [[[event] for event in events[i : i + PER_TRANSACTION]] for i in range(0, len(events), PER_TRANSACTION)]
    rates: list[float] = []

    def append(services: Services) -> float:
        begun = time.perf_counter()
        for batch in batches:
            services.journal.recorder.append(batch)
        return len(events) / (time.perf_counter() - begun)

    def ours() -> float:
        with stand.database() as url, stand.services(url) as services:
            with _sealing(services):
                rate = append(services)
            rates.append(seal_all(services)[1])
        return rate

    def reference() -> float:
        with stand.database() as url, stand.services(url) as services:
            return append(services)

    extras: dict[str, float | int | str] = {"evenements": len(events)}
    measured = compared("événements/s", *interleaved(stand, ours, reference), extras=extras)
    measured.extras["scelles_par_s"] = round(max(rates))
    return measured


@contextmanager
def _sealing(services: Services) -> Iterator[None]:
    """A sealer at work, as `serve` runs it."""
    sealer = services.sealer()
    thread = threading.Thread(target=sealer.run, name="bench-sealer")
    thread.start()
    try:
        yield
    finally:
        sealer.stop()
        thread.join()


def seal_all(services: Services) -> tuple[int, float]:
    """Seal what is left: how many entries there are then, and how many a second were sealed."""
    with psycopg.connect(services.url, autocommit=True) as connection:
        [(before,)] = connection.execute("SELECT taille FROM preuve_journal WHERE nom = %s", (NAME,)).fetchall()
    begun = time.perf_counter()
    size = services.sealer().catch_up()[NAME]
    return size, (size - before) / (time.perf_counter() - begun)


def _measure_verify_log(stand: Stand) -> Measured:
    with stand.database(stand.recorded) as url, stand.services(url) as services:
        size, _ = seal_all(services)
        measured = interleaved(stand, lambda: size / check_seconds(services), lambda: size / read_seconds(url))
    return compared("événements/s", *measured, extras={"evenements": size})


def _measure_verify_rows(stand: Stand) -> Measured:
    events = stand.events

    def ours() -> float:
        with stand.database(stand.projected) as url:
            return events / compare_seconds(url, events=events)

    measured = interleaved(stand, ours, lambda: events / rebuild_seconds(stand))
    return compared("événements/s", *measured, extras={"evenements": events})


def compare_seconds(url: str, *, events: int) -> float:
    """How long comparing all read rows of so many events takes; nothing may be wrong."""
    faults: list[object] = []
    with one_moment(url) as connection:
        begun = time.perf_counter()
        check_lignes(
            connection,
            url=url,
            projected=dict.fromkeys(BUCKETS, events),
            tell=lambda *fault: faults.append(fault),
            unreadable=faults.append,
        )
        seconds = time.perf_counter() - begun
    assert not faults, faults[:3]
    return seconds


def check_seconds(services: Services) -> float:
    """How long checking the log takes; nothing may be wrong."""
    faults: list[tuple[str, str, str]] = []
    with one_moment(services.url) as connection:
        begun = time.perf_counter()
        check_logs(connection, services.logs, lambda *fault: faults.append(fault), lambda *_: None, url=services.url)
        seconds = time.perf_counter() - begun
    assert not faults, faults[:3]
    return seconds


def read_seconds(url: str) -> float:
    """How long it takes to read every column of every event in order, in binary, as quickly as the driver can."""
    with one_moment(url) as connection, connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        connection.execute("SET LOCAL enable_sort = off")
        begun = time.perf_counter()
        for _ in cursor.stream(READ_ALL, binary=True, size=READ_AT_ONCE):
            pass
        return time.perf_counter() - begun


FIGURES = (
    Figure(id="sealing", title="ajouts pendant qu'on scelle / sans sceller", floor=0.90, measure=_measure_sealing),
    Figure(
        id="verify_log",
        title="contrôle du journal de preuve / lecture des événements",
        floor=0.50,
        measure=_measure_verify_log,
    ),
    Figure(
        id="verify_rows",
        title="contrôle des lignes de lecture / reconstruction",
        floor=1.0,
        measure=_measure_verify_rows,
    ),
)
