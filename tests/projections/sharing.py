"""Several workers at once, and what a test asks about them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import psycopg

from infra.bootstrap import Services
from infra.journal.pages import read_page
from infra.projections import runner
from infra.projections.ownership import LOCK_SPACE, Ownership
from infra.projections.reading import read_events
from infra.projections.recorder import DossierRecorder
from infra.projections.runner import ProjectionWorker
from ledger.buckets import BUCKETS
from projections.dossiers import project

WAITED_SECONDS_MAX = 20


@contextmanager
def working(*workers: ProjectionWorker) -> Iterator[None]:
    """These workers at work, each in a thread."""
    threads = [Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        for thread in threads:
            thread.join(WAITED_SECONDS_MAX)


def until(is_so: Callable[[], bool], what: str, *, seconds_max: float = WAITED_SECONDS_MAX) -> float:
    """Wait for something; how many seconds it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds_max, what
        time.sleep(0.005)
    return time.monotonic() - begun


def held(url: str) -> dict[int, str]:
    """Which session has taken which buckets, as PostgreSQL knows it."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT pid, objid::int FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY objid",
            (LOCK_SPACE,),
        ).fetchall()
    found: dict[int, str] = {}
    for pid, place in rows:
        found[pid] = found.get(pid, "") + (BUCKETS[place] if place < len(BUCKETS) else "")
    return found


def shares(url: str) -> list[int]:
    """How many buckets each session that takes part has, the largest first."""
    return sorted(map(len, held(url).values()), reverse=True)


def positions(url: str) -> dict[str, int]:
    """How far each bucket has been read."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT bucket, position FROM projection_bucket ORDER BY bucket").fetchall())


def parts(url: str) -> dict[str, int]:
    """The stored parts."""
    with psycopg.connect(url) as connection:
        return dict(
            connection.execute(
                "SELECT application_name, notification_id FROM notification_tracking ORDER BY application_name"
            ).fetchall()
        )


def read_rows(services: Services) -> list[str]:
    """Every read row."""
    with psycopg.connect(services.url) as connection:
        return [
            row[0]
            for table in ("read_decompte", "read_annulation", "read_adherent", "read_recours")
            for row in connection.execute(f"SELECT t::text FROM {table} t ORDER BY position").fetchall()  # type: ignore
        ]


def read_ahead(services: Services, buckets: str, *, upto: int) -> None:
    """Let these buckets alone be read up to a position, as a worker that is ahead of the others does."""
    with Ownership(services.url) as ownership:
        ownership.divide(buckets)
        with services.datastore.get_connection() as connection:
            page = read_page(connection, after=0, upto=upto, limit=1_000)
        rows = runner._of_parts(page, ownership.parts)
        DossierRecorder(services.datastore).record(ownership.parts, project(read_events(rows)), upto=upto)
