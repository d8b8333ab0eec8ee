"""A large log is hashed in a second process: what comes of it is the same, whatever it finds and however it ends."""

import io

import psycopg
import pytest

from infra.bootstrap import Services
from infra.preuve.rows import scan_events
from infra.verify import scanning
from infra.verify.scanning import ScanFailed, ranges
from infra.verify.scanning_apart import read_entries, write_entries
from infra.verify.verify import verify
from tests.support.ledger import portfolio, take


@pytest.mark.parametrize(
    "entries", [[], [b"ab", b"cd"], [b"ab", None, b"c"], [None], [b""], [b"a" * 70_000, b"b"], [b"", b"a"]]
)
def test_entries_come_through_the_pipe_as_they_were(entries: list[bytes | None]) -> None:
    pipe = io.BytesIO()
    write_entries(pipe, entries)
    content = pipe.getvalue()
    assert read_entries(io.BytesIO(content)) == entries
    with pytest.raises(EOFError):
        read_entries(io.BytesIO(content[:-1]))


@pytest.fixture
def large(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A ledger that is large enough by what large means here."""
    monkeypatch.setattr(scanning, "APART_FROM_ENTRIES", 1)
    monkeypatch.setattr(scanning, "RANGE_ENTRIES", 256)
    take(services, *portfolio(1_000), *portfolio(1_700)[1_000:])
    services.sealer().catch_up()
    services.projection_worker().catch_up()
    return services


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first process waits for the second one to start; how many ranges were asked for each time it looked."""
    asked: list[int] = []

    def is_ready(apart: scanning._Apart) -> bool:
        asked.append(len(apart.asked))
        return apart._is_ready.wait(30)

    monkeypatch.setattr(scanning._Apart, "is_ready", is_ready)
    return asked


def test_the_second_process_reads_what_the_first_one_would(large: Services, patient: list[int]) -> None:
    size = large.journal.position()
    with psycopg.connect(large.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        whole = scan_events(connection, 0, size)
        read = list(ranges(connection, scan_events, size, large.url))
    assert [entry for _, _, entries in read for entry in entries] == whole
    assert [first for first, _, _ in read] == list(range(0, size, 256))
    assert max(patient) >= scanning.AHEAD, "the second process did all but the first of them"


def test_what_was_altered_is_named_as_ever(large: Services) -> None:
    assert verify(large).faults == []
    with psycopg.connect(large.url) as connection:
        connection.execute("UPDATE stored_events SET topic = topic || 'x' WHERE notification_id IN (7, 1500)")
        connection.execute("DELETE FROM stored_events WHERE notification_id = 900")
    found = [str(fault) for fault in verify(large).faults if fault.table == "preuve_tuile"]
    assert [fault.partition(" :")[0] for fault in found] == [
        "preuve_tuile evenements position 7",
        "preuve_tuile evenements position 900",
        "preuve_tuile evenements position 1500",
    ]


def test_a_second_process_that_ends_stops_the_check(large: Services, patient: list[int]) -> None:
    with psycopg.connect(large.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(ScanFailed):
            list(ranges(connection, no_such_function, 1_700, large.url))


def no_such_function(connection: object, after: int, upto: int) -> list[bytes | None]:
    return [None] * (upto - after)


no_such_function.__name__ = "absent"
