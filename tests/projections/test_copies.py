"""Rows arrive by COPY after COPY, whole, counted and summed up, or not at all."""

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from infra.bootstrap import Services
from infra.journal.pages import JournalRow
from infra.projections.copies import RowCopies
from infra.projections.digests import digests_of
from infra.projections.reading import read_events
from infra.projections.rows import TABLE_BY_ROW
from projections.dossiers import DecompteRow, Row, project

EMPTY = "TRUNCATE read_decompte, read_annulation, read_adherent, read_recours"


@pytest.fixture
def rows(journal: list[JournalRow]) -> list[Row]:
    return project(read_events(journal))


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dozens of COPYs of each table."""
    monkeypatch.setattr("infra.projections.copies.BEGIN_BYTES", 300)
    monkeypatch.setattr("infra.projections.copies.COPY_BYTES", 1_000)


@pytest.mark.usefixtures("in_small_pieces")
def test_rows_of_one_table_wait_while_another_is_copied(services: Services, rows: list[Row]) -> None:
    """However small the room for waiting, and whatever the order: every row arrives, and is counted."""
    with services.datastore.transaction(commit=True) as cursor:
        cursor.execute(EMPTY)
        with RowCopies(cursor) as copies:
            for start in range(0, len(rows), 7):
                copies.write(rows[start : start + 7])
        assert sum(copies.counts.values()) == len(rows)
        assert all(copies.counts.values())


@pytest.mark.usefixtures("in_small_pieces")
def test_digests_taken_piece_by_piece_are_those_of_the_whole(services: Services, rows: list[Row]) -> None:
    upto = rows[len(rows) // 2].position
    with services.datastore.transaction(commit=True) as cursor:
        cursor.execute(EMPTY)
        with RowCopies(cursor, digest_upto=upto) as copies:
            for row in rows:
                copies.write([row])
        assert copies.digests == digests_of(cursor, "", after=0, upto=upto)
        assert sum(digest.rows for digest in copies.digests.values()) == sum(row.position <= upto for row in rows)
        assert len({digest.digest for digest in copies.digests.values()}) == len(TABLE_BY_ROW)


@pytest.mark.usefixtures("in_small_pieces")
def test_who_waits_for_the_server_sends_everything_too(
    services: Services, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.projections.copies.WAITING_BYTES_MAX", 100)
    with services.datastore.transaction(commit=True) as cursor:
        cursor.execute(EMPTY)
        with RowCopies(cursor) as copies:
            for row in rows:
                copies.write([row])
        assert sum(copies.counts.values()) == len(rows)


@pytest.mark.usefixtures("in_small_pieces")
@pytest.mark.parametrize("so_many", [1, 50, 10_000])
def test_given_up_halfway_nothing_is_left_and_the_connection_serves_on(
    services: Services, rows: list[Row], so_many: int
) -> None:
    def give_up(connection: Connection[Any]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(EMPTY)
            with RowCopies(cursor, digest_upto=9) as copies:
                copies.write(rows[:so_many])
                raise KeyboardInterrupt

    with psycopg.connect(services.url) as connection:
        before = connection.execute("SELECT count(*) FROM read_decompte").fetchone()
        with pytest.raises(KeyboardInterrupt):
            give_up(connection)
        assert connection.execute("SELECT count(*) FROM read_decompte").fetchone() == before


def test_what_the_server_refuses_is_said_with_its_name(services: Services, rows: list[Row]) -> None:
    first = next(row for row in rows if isinstance(row, DecompteRow))
    with psycopg.connect(services.url) as connection, connection.cursor() as cursor:
        cursor.execute(EMPTY)
        with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction(), RowCopies(cursor) as copies:
            copies.write([first, first])
        assert cursor.execute("SELECT count(*) FROM read_decompte").fetchone() == (0,)
