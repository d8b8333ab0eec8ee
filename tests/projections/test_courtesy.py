"""A rebuild lets others go first, as far as its processes are within reach."""

import os
import sys

import psycopg
import pytest

from infra.projections import courtesy
from infra.projections.courtesy import NICENESS, lower_session_priority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sessions are recognised by /proc")


def niceness(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    return os.getpriority(os.PRIO_PROCESS, connection.info.backend_pid)


def cores(connection: psycopg.Connection[tuple[object, ...]]) -> set[int]:
    return os.sched_getaffinity(connection.info.backend_pid)


def test_a_session_on_this_machine_goes_behind_the_others(database_url: str) -> None:
    with psycopg.connect(database_url) as connection, psycopg.connect(database_url) as other:
        before = niceness(other)
        lower_session_priority(connection)
        assert niceness(connection) == max(before, NICENESS)
        assert niceness(other) == before
        assert len(cores(connection)) == (len(cores(other)) + 1) // 2
        assert connection.execute("SHOW max_parallel_workers_per_gather").fetchone() == ("0",), "no helpers"


def test_a_process_that_only_has_the_number_of_the_session_is_left_alone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is elsewhere: here, that number is somebody else's."""
    monkeypatch.setattr(courtesy, "_own_port", lambda _: 1)
    with psycopg.connect(database_url) as connection:
        before = niceness(connection)
        lower_session_priority(connection)
        assert niceness(connection) == before
