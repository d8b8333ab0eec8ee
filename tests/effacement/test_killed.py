"""An erasure whose process is killed half way has not happened at all, and happens whole when asked again."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
import pytest

from infra.bootstrap import Services
from tests.support.command import environment, run
from tests.support.effacement import BASE, NUMERO, drop, dump, fill

ERASE = ("erase", NUMERO, "--basis", BASE.value)
HELD: dict[str, LiteralString] = {
    "key": "SELECT FROM cle_adherent FOR UPDATE",
    "last table": "SELECT FROM quarantaine FOR UPDATE",
}
"""What is held so that an erasure waits: her key, after the event was written; or what goes last, after all else."""

WAIT_SECONDS_MAX = 30.0


@pytest.mark.parametrize("held", HELD)
def test_killed_half_way_is_not_at_all_and_again_finishes(services: Services, held: str) -> None:
    fill(services)
    drop(services)
    services.projection_worker().catch_up()
    sujet = services.members.find(NUMERO)
    assert sujet is not None
    position, before = services.journal.position(), dump(services.url)
    restes = services.effacements.plan(NUMERO).restes
    assert not restes.is_empty
    with holding(services.url, HELD[held]), killed_erasure(services.url) as (session, query):
        assert ("cle_adherent" if held == "key" else "quarantaine") in query
        assert uncommitted(services.url, session), "it has written already"
    wait_until_gone(services.url, session)
    assert dump(services.url) == before, "nothing has changed"
    assert services.journal.position() == position
    assert services.effacements.plan(NUMERO).restes == restes
    services.members.forget_destroyed()
    assert services.members.key(sujet) is not None
    [membre] = services.recours.reads.members([sujet])
    assert all(d.personnel is not None for d in membre.dossier.decomptes.values()), "she is still read"
    assert run("verify", url=services.url).returncode == 0

    again = run(*ERASE, url=services.url)
    assert again.returncode == 0, again.stderr.decode()
    services.members.forget_destroyed()
    assert services.members.key(sujet) is None
    assert services.journal.position() == position + 1
    assert services.effacements.plan(NUMERO).restes.is_empty
    assert run("verify", url=services.url).returncode == 0


@contextmanager
def holding(url: str, query: LiteralString) -> Iterator[None]:
    """Hold rows, as a slow transaction of somebody else would."""
    with psycopg.connect(url) as connection:
        assert connection.execute(query).rowcount > 0
        yield
        connection.rollback()


@contextmanager
def killed_erasure(url: str) -> Iterator[tuple[int, str]]:
    """An erasure in a process of its own, killed at the end; its session of the database, and the waiting statement."""
    command = [sys.executable, "-m", "infra.cli.main", *ERASE]
    with subprocess.Popen(command, env=environment(url), stdin=subprocess.DEVNULL) as process:
        try:
            yield waiting(url, process)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL


def waiting(url: str, process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The session that waits for a lock, and its statement, as soon as there is one."""
    query = "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in moments():
            assert process.poll() is None, "it ended before it came there"
            found = connection.execute(query).fetchone()
            if found is not None:
                return found
    raise AssertionError("the erasure never waited")


def uncommitted(url: str, session: int) -> bool:
    """Whether the open transaction of a session has written something."""
    query = "SELECT backend_xid IS NOT NULL FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(url) as connection:
        return connection.execute(query, (session,)).fetchone() == (True,)


def wait_until_gone(url: str, session: int) -> None:
    """Until the server has found out that nobody is there any more."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in moments():
            if connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (session,)).rowcount == 0:
                return
    raise AssertionError("the session of the killed process goes on")


def moments() -> Iterator[None]:
    """Moments to look at something again, for as long as a test waits."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
