"""The figure of several projection workers: two processes catching up with a journal, beside one."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from infra.bench.children import projecting
from infra.bench.measures import Figure, Measured, compared, interleaved
from infra.bench.stand import Stand
from infra.projections.ownership import LOCK_SPACE
from ledger.buckets import BUCKETS

POLL_SECONDS = 0.005
WAIT_SECONDS_MAX = 600.0

_HIDE_JOURNAL = """
    ALTER TABLE stored_events RENAME TO stored_events_plus_tard;
    CREATE TABLE stored_events (LIKE stored_events_plus_tard INCLUDING ALL)
"""
_SHOW_JOURNAL = """
    DROP TABLE stored_events;
    ALTER TABLE stored_events_plus_tard RENAME TO stored_events;
    NOTIFY stored_events
"""


def _measure_projection_2(stand: Stand) -> Measured:
    events = stand.events
    processor: dict[int, list[float]] = {1: [], 2: []}

    def rate(workers: int) -> float:
        with stand.database(stand.recorded) as url:
            seconds, most = _catch_up(url, stand.environment(url), workers=workers, events=events)
            processor[workers].append(most)
            return events / seconds

    measured = interleaved(stand, lambda: rate(2), lambda: rate(1))
    one, two = min(processor[1]), min(processor[2])
    extras: dict[str, float | int | str] = {
        "evenements": events,
        "processeur_seul_s": round(one, 3),
        "processeur_du_plus_charge_des_deux_s": round(two, 3),
        "partage_du_travail_de_python": round(one / two, 2),
    }
    return compared("événements/s", *measured, extras=extras)


def _catch_up(url: str, environment: Mapping[str, str], *, workers: int, events: int) -> tuple[float, float]:
    """Wall time until all is projected, and the processor time of the worker that used most of it.

    The workers are at work before: they have shared out the buckets of an empty journal, and the full one takes its
    place.
    """
    with ExitStack() as stack, psycopg.connect(url, autocommit=True, row_factory=tuple_row) as connection:
        connection.execute(_HIDE_JOURNAL)
        children = [stack.enter_context(projecting(environment)) for _ in range(workers)]
        shares = [len(BUCKETS) // workers] * workers
        _until(lambda: _shares(connection) == shares)
        for child in children:
            child.begin()
        begun = time.perf_counter()
        connection.execute(_SHOW_JOURNAL)
        _until(lambda: _position(connection) >= events)
        seconds = time.perf_counter() - begun
        return seconds, max([child.end().cpu_seconds for child in children])


def _until(is_done: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + WAIT_SECONDS_MAX
    while not is_done():
        assert time.perf_counter() < deadline, "the workers do not get there"
        time.sleep(POLL_SECONDS)


def _shares(connection: Connection[tuple[int]]) -> list[int]:
    """Of how many buckets each worker has taken."""
    held = connection.execute(
        "SELECT count(*) FROM pg_locks"
        " WHERE locktype = 'advisory' AND classid::bigint = %s AND objid < %s AND granted"
        "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " GROUP BY pid",
        (LOCK_SPACE, len(BUCKETS)),
    )
    return [row[0] for row in held.fetchall()]


def _position(connection: Connection[tuple[int]]) -> int:
    [row] = connection.execute("SELECT position FROM projection_position").fetchall()
    return row[0]


FIGURES = (
    Figure(
        id="projection_2",
        title="deux ouvriers de projection / un seul",
        floor=1.0,
        measure=_measure_projection_2,
    ),
)
