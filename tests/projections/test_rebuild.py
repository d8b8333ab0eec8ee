"""A rebuild is invisible: beside the live model, equal to it, swapped whole, and nothing is left of a cancelled one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import LiteralString

import psycopg
import pytest
from psycopg import Cursor
from psycopg.rows import DictRow

from infra.bootstrap import Services
from infra.projections import rebuild as module
from infra.projections.courtesy import lower_session_priority
from infra.projections.digests import Digests, OnSession, digests_of
from infra.projections.rebuild import DigestsDiffer, RebuildInProgress, TablesInUse, rebuild
from infra.verify.verify import verify
from tests.recours.importing import fill
from tests.support.ledger import decompte, portfolio, take

WAITED_SECONDS = 1.5
ROOT = Path(__file__).resolve().parents[2]


def rows(services: Services) -> list[str]:
    with psycopg.connect(services.url) as connection:
        return [
            row[0]
            for table in ("read_decompte", "read_annulation", "read_adherent", "read_recours")
            for row in connection.execute(f"SELECT t::text FROM {table} t ORDER BY position").fetchall()  # type: ignore
        ]


def tables(services: Services) -> list[str]:
    with psycopg.connect(services.url) as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'read_%' ORDER BY relname")
        return [row[0] for row in found.fetchall()]


@pytest.fixture
def filled(services: Services) -> Services:
    take(services, *portfolio(300))
    fill(services)
    services.projection_worker().catch_up()
    return services


def test_the_rebuilt_model_is_the_live_one_row_for_row(filled: Services) -> None:
    before, names = rows(filled), tables(filled)
    rebuilt = rebuild(filled.url)
    assert rebuilt.differing == []
    assert rows(filled) == before
    assert tables(filled) == names
    assert rebuild(filled.url).rows == rebuilt.rows, "twice in a row"
    assert verify(filled).faults == []


def test_events_that_arrive_meanwhile_are_in_it(filled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The live worker goes on while the rebuild is compared; the tail is caught up under its lock."""
    real = module.differing_tables
    compared: list[Digests] = []

    def meanwhile(live: Digests, new: Digests) -> set[str]:
        if not compared:
            take(filled, decompte("DURING"))
            filled.projection_worker().catch_up()
        compared.append(live)
        return real(live, new)

    monkeypatch.setattr(module, "differing_tables", meanwhile)
    rebuilt = rebuild(filled.url)
    assert rebuilt.position == filled.journal.position()
    assert [digests["read_decompte"].rows for digests in compared] == [rebuilt.rows["read_decompte"] - 1, 1]
    assert any("DURING" in row for row in rows(filled))
    assert verify(filled).faults == []


def test_a_live_model_that_lags_is_overtaken(filled: Services) -> None:
    take(filled, decompte("BEHIND"))
    rebuild(filled.url)
    assert any("BEHIND" in row for row in rows(filled))
    filled.projection_worker().catch_up()
    assert verify(filled).faults == []


def test_a_difference_is_named_and_nothing_is_swapped(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute("UPDATE read_decompte SET total_centimes = total_centimes + 1 WHERE position = 5")
    before = rows(filled)
    with pytest.raises(DigestsDiffer, match="read_decompte"):
        rebuild(filled.url)
    assert rows(filled) == before
    assert rebuild(filled.url, replace_different=True).differing == ["read_decompte"]
    assert verify(filled).faults == []


@pytest.mark.parametrize(("on_session", "helpers"), [(lambda _: None, "1"), (lower_session_priority, "0")])
def test_one_helper_at_most_and_none_for_a_session_that_gives_way(
    filled: Services, monkeypatch: pytest.MonkeyPatch, on_session: OnSession, helpers: str
) -> None:
    seen = []

    def digests(cursor: Cursor[DictRow], suffix: str, *, after: int, upto: int) -> Digests:
        seen.append(cursor.execute("SHOW max_parallel_workers_per_gather").fetchone())
        return digests_of(cursor, suffix, after=after, upto=upto)

    monkeypatch.setattr(module, "digests_of", digests)
    assert rebuild(filled.url, on_session=on_session).differing == []
    assert seen == [{"max_parallel_workers_per_gather": helpers}]


def test_two_at_once_are_one_too_many(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(7311042003)")
        with pytest.raises(RebuildInProgress):
            rebuild(filled.url)


def test_a_cancelled_rebuild_leaves_nothing(filled: Services) -> None:
    names, before = tables(filled), rows(filled)

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(filled.url, progress=cancel)
    assert (tables(filled), rows(filled)) == (names, before)


def test_a_killed_rebuild_leaves_nothing(filled: Services) -> None:
    names, before = tables(filled), rows(filled)
    program = (
        "import sys, time; from infra.projections.rebuild import rebuild;"
        "rebuild(sys.argv[1], progress=lambda *_: (print('half way', flush=True), time.sleep(60)))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, filled.url], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == b"half way\n"
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while tables(filled) != names:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert rows(filled) == before
    assert rebuild(filled.url).differing == []


def test_a_reader_never_sees_a_row_less(filled: Services) -> None:
    done = Event()
    seen: list[int] = []

    def read() -> None:
        with psycopg.connect(filled.url, autocommit=True) as connection:
            while not done.is_set():
                row = connection.execute("SELECT count(*) FROM read_decompte").fetchone()
                assert row is not None
                seen.append(row[0])
                time.sleep(0.001)

    reader = Thread(target=read)
    reader.start()
    for _ in range(5):
        rebuild(filled.url)
    done.set()
    reader.join()
    assert len(seen) > 10
    assert set(seen) == {seen[0]}


def test_a_poisoned_event_is_set_aside_again(filled: Services) -> None:
    from tests.projections.test_runner import poison

    position = poison(filled)
    filled.projection_worker().catch_up()
    rebuilt = rebuild(filled.url)
    assert (rebuilt.set_aside, rebuilt.position) == (1, position)
    with psycopg.connect(filled.url) as connection:
        assert connection.execute("SELECT position FROM evenement_ecarte").fetchall() == [(position,)]


def test_a_reader_whose_snapshot_is_older_than_the_swap_sees_the_rows(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT count(*) FROM notification_tracking")  # takes the snapshot, touches no read table
        rebuild(filled.url)
        row = connection.execute("SELECT count(*) FROM read_decompte").fetchone()
    with psycopg.connect(filled.url) as connection:
        assert row == connection.execute("SELECT count(*) FROM read_decompte").fetchone()


def test_the_swap_waits_for_a_long_reader_without_making_others_wait(
    filled: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.05)
    rebuilder = Thread(target=rebuild, args=(filled.url,))
    with psycopg.connect(filled.url) as long:
        before = long.execute("SELECT count(*) FROM read_decompte").fetchone()
        rebuilder.start()
        slowest = 0.0
        started = time.monotonic()
        while time.monotonic() - started < WAITED_SECONDS:
            begun = time.monotonic()
            take(filled, decompte(f"D-{begun}"))
            filled.projection_worker().catch_up()
            slowest = max(slowest, time.monotonic() - begun)
        assert rebuilder.is_alive()
        assert before is not None
    rebuilder.join(30)
    assert slowest < 5
    assert len(rows(filled)) > before[0]
    assert verify(filled).faults == []


@pytest.mark.parametrize("mode", ["ACCESS SHARE", "SHARE UPDATE EXCLUSIVE"], ids=["a reader", "a vacuum"])
def test_a_swap_that_never_finds_its_moment_gives_up(
    filled: Services, monkeypatch: pytest.MonkeyPatch, mode: LiteralString
) -> None:
    monkeypatch.setattr(module, "SWAP_SECONDS_MAX", 1.0)
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    names = tables(filled)
    with psycopg.connect(filled.url) as long:
        long.execute(f"LOCK TABLE read_decompte IN {mode} MODE")
        with pytest.raises(TablesInUse):
            rebuild(filled.url)
    assert tables(filled) == names


def test_a_vacuum_is_waited_for_without_making_anybody_wait(filled: Services) -> None:
    """The swap wants what only a vacuum has, which PostgreSQL then ends when it is its own, and nothing else yet."""
    rebuilder = Thread(target=rebuild, args=(filled.url,))
    waiting = "SELECT mode FROM pg_locks WHERE relation = 'read_decompte'::regclass AND NOT granted"
    with psycopg.connect(filled.url) as vacuum, psycopg.connect(filled.url, autocommit=True) as reader:
        vacuum.execute("LOCK TABLE read_decompte IN SHARE UPDATE EXCLUSIVE MODE")
        rebuilder.start()
        deadline = time.monotonic() + 30
        while not (found := reader.execute(waiting).fetchall()) and time.monotonic() < deadline:
            time.sleep(0.01)
        reader.execute("SET lock_timeout = '20ms'")
        for _ in range(50):
            reader.execute("SELECT count(*) FROM read_decompte")
        assert rebuilder.is_alive()
        assert found == reader.execute(waiting).fetchall() == [("ShareUpdateExclusiveLock",)]
    rebuilder.join(30)
    assert not rebuilder.is_alive()
    assert verify(filled).faults == []


def test_a_verification_and_a_rebuild_do_not_mix(filled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verification keeps the tables that it began with; the swap comes after it."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.05)
    rebuilder = Thread(target=rebuild, args=(filled.url,))

    def begin(*_: int) -> None:
        if rebuilder.ident is None:
            take(filled, decompte("AFTER-ITS-SNAPSHOT"))
            rebuilder.start()
            rebuilder.join(WAITED_SECONDS)
            assert rebuilder.is_alive()

    monkeypatch.setattr("infra.verify.journal.PROGRESS_EVENTS", 50)
    assert verify(filled, progress=begin).faults == []
    assert rebuilder.ident is not None
    rebuilder.join(30)
    assert any("AFTER-ITS-SNAPSHOT" in row for row in rows(filled))
