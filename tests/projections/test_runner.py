"""The projection worker: batches, one elected worker, poison set aside, nothing twice and nothing lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import psycopg
import pytest

from infra.bootstrap import Services
from infra.journal.sealed import SealedEvent
from infra.projections import runner
from infra.projections.runner import ProjectionWorker
from tests.support.ledger import decompte, portfolio, take, take_one

MESSAGES = 60


def counts(services: Services) -> dict[str, int]:
    with services.datastore.get_connection() as connection:
        return {
            table: connection.execute(f"SELECT count(*) AS n FROM {table}").fetchone()["n"]  # type: ignore
            for table in ("read_decompte", "read_annulation", "read_adherent", "evenement_ecarte")
        }


def poison(services: Services) -> int:
    """An event that no projection can read, put in the journal as a later release would; returns its position."""
    from uuid import uuid4

    [position] = services.journal.recorder.append([[SealedEvent(uuid4().bytes, 1, "sujet.inconnu", b'{"v": 9}')]])
    assert position is not None
    return position


def test_every_event_gives_its_rows_once(services: Services) -> None:
    take(services, *portfolio(MESSAGES))
    worker = services.projection_worker()
    first = worker.catch_up()
    before = counts(services)
    assert worker.catch_up() == first == services.journal.position()
    assert counts(services) == before
    assert before["read_decompte"] + before["read_annulation"] + before["read_adherent"] == MESSAGES


@pytest.mark.parametrize("batch", [1, 7, 2000])
def test_the_size_of_the_batches_changes_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(runner, "BATCH_EVENTS_MAX", batch)
    take(services, *portfolio(MESSAGES))
    services.projection_worker().catch_up()
    assert sum(counts(services).values()) == MESSAGES


def test_a_poisoned_event_is_set_aside_and_the_others_go_on(services: Services) -> None:
    take(services, *portfolio(20))
    position = poison(services)
    take(services, decompte("AFTER"))
    assert services.projection_worker().catch_up() == position + 1
    with services.datastore.get_connection() as connection:
        aside = connection.execute("SELECT position, topic FROM evenement_ecarte").fetchall()
        after = connection.execute("SELECT position FROM read_decompte WHERE reference = 'AFTER'").fetchall()
    assert aside == [{"position": position, "topic": "sujet.inconnu"}]
    assert after == [{"position": position + 1}]


def test_workers_that_start_together_elect_one(services: Services) -> None:
    take(services, *portfolio(MESSAGES))
    with ThreadPoolExecutor(4) as threads:
        reached = list(threads.map(lambda _: services.projection_worker().catch_up(), range(4)))
    assert set(reached) == {services.journal.position()}
    assert sum(counts(services).values()) == MESSAGES


def test_a_live_worker_follows_and_another_takes_over(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WAIT_SECONDS_MAX", 0.05)
    first, second = services.projection_worker(), services.projection_worker()
    threads = [Thread(target=worker.run) for worker in (first, second)]
    for thread in threads:
        thread.start()
    try:
        reached(first, take_one(services, decompte("ONE")).position)
        first.stop()
        reached(second, take_one(services, decompte("TWO")).position)
    finally:
        first.stop()
        second.stop()
        for thread in threads:
            thread.join(10)
    assert counts(services)["read_decompte"] == 2


def test_a_worker_survives_the_loss_of_its_connections(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WAIT_SECONDS_MAX", 0.05)
    worker = services.projection_worker()
    thread = Thread(target=worker.run)
    thread.start()
    try:
        reached(worker, take_one(services, decompte("ONE")).position)
        with psycopg.connect(services.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        reached(worker, take_one(services, decompte("TWO")).position)
    finally:
        worker.stop()
        thread.join(10)
    assert counts(services)["read_decompte"] == 2


def reached(worker: ProjectionWorker, position: int | None) -> None:
    """Wait, within a bound, until the projection has read so far."""
    assert position is not None
    deadline = time.monotonic() + 15
    while worker.position() < position:
        assert time.monotonic() < deadline, "the projection does not follow"
        time.sleep(0.01)


def test_catching_up_beside_a_live_worker_lets_it_do_the_work(services: Services) -> None:
    worker = services.projection_worker()
    thread = Thread(target=worker.run)
    thread.start()
    try:
        position = take_one(services, decompte("ONE")).position
        assert services.projection_worker().catch_up() == position
    finally:
        worker.stop()
        thread.join(10)


def test_a_hole_in_the_journal_does_not_stop_the_projection(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removed events is for `verify` to name; those that are left are still projected."""
    monkeypatch.setattr(runner, "BATCH_EVENTS_MAX", 3)
    take(services, *[decompte(f"R-{n}") for n in range(20)])
    with psycopg.connect(services.url) as connection:
        connection.execute("DELETE FROM stored_events WHERE notification_id BETWEEN 5 AND 14")
    assert services.projection_worker().catch_up() == 20
    assert counts(services)["read_decompte"] == 10
