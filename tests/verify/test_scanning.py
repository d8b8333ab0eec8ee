"""A large log is checked by two processes: what comes of it is the same, whatever it finds and however it ends."""

import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from infra.bootstrap import Services
from infra.preuve.evenements import NAME
from infra.preuve.log import Scan
from infra.preuve.rows import scan_events
from infra.verify import scanning
from infra.verify.plain import Span, Tiles, plain_tiles
from infra.verify.scanning import ScanFailed
from infra.verify.scanning_apart import read_tiles, write_tiles
from infra.verify.verify import verify
from tests.support.ledger import portfolio, take

LEAF = bytes(range(32))
SPANS = [
    (Span(0, 512), [b"r" * 32, b"s" * 32]),
    (Span(256, 520, [2]), [b"r" * 32, [LEAF] * 8]),
    (Span(0, 512, [1]), [b"r" * 32, [LEAF] * 256]),
    (Span(256, 257), [[LEAF]]),
    (Span(0, 512), None),
]


@pytest.mark.parametrize(("span", "tiles"), SPANS)
def test_tiles_come_through_the_pipe_as_they_were(span: Span, tiles: Tiles | None) -> None:
    pipe = io.BytesIO()
    write_tiles(pipe, tiles)
    content = pipe.getvalue()
    assert read_tiles(io.BytesIO(content), span) == tiles
    with pytest.raises(EOFError):
        read_tiles(io.BytesIO(content[:-1]), span)


@pytest.fixture
def large(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A ledger that is large enough by what large means here."""
    monkeypatch.setattr(scanning, "APART_FROM_ENTRIES", 1)
    monkeypatch.setattr(scanning, "SPAN_ENTRIES", 256)
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


def test_the_second_process_finds_what_the_first_one_would(large: Services, patient: list[int]) -> None:
    size = large.journal.position()
    with psycopg.connect(large.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        found = list(checked(connection, scan_events, large.url, size))
        alone = [plain_tiles(connection, scan_events, NAME, span) for span, _ in found]
    assert [tiles for _, tiles in found] == alone
    assert None not in alone
    assert [span.first for span, _ in found] == list(range(0, size, 256))
    assert max(patient) == scanning.AHEAD, "the second process did its share"


@pytest.mark.parametrize("gone", ["= 1", "= 300", "BETWEEN 256 AND 513", "> 1600", "> 0"])
def test_entries_stand_at_their_positions_where_some_are_missing(large: Services, gone: str) -> None:
    with psycopg.connect(large.url) as connection:
        whole = [entry for tile in scan_events(connection, 0, 1700) for entry in tile]
        connection.execute(f"DELETE FROM stored_events WHERE notification_id {gone}")  # type: ignore[arg-type]
        left = connection.execute("SELECT notification_id FROM stored_events").fetchall()
        tiles = list(scan_events(connection, 0, 1700))
        connection.execute("SELECT 1")
    expected = [entry if (position,) in left else None for position, entry in enumerate(whole, 1)]
    assert [entry for tile in tiles for entry in tile] == expected
    assert [len(tile) for tile in tiles] == [256] * 6 + [164]


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
            list(checked(connection, no_such_function, large.url, 1_700))


def checked(connection: Connection[Any], scan: Scan, url: str, size: int) -> Iterator[scanning.Checked]:
    return scanning.checked_spans(connection, scan, NAME, size, inside=lambda first, _: [first // 256], url=url)


def no_such_function(connection: object, after: int, upto: int) -> Iterator[list[bytes | None]]:
    yield [None] * (upto - after)


no_such_function.__name__ = "absent"
