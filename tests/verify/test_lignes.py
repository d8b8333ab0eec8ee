"""Read rows are compared by handfuls of bytes: what differs is named row by row and column by column all the same."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from infra.bootstrap import Services
from infra.postgres.copying import copied_rows
from infra.verify.verify import verify
from ledger.buckets import BUCKETS
from projections.dossiers import NAME
from tests.recours.importing import fill
from tests.support.ledger import portfolio, services_on, take
from tests.support.postgres import DatabaseFactory

READ = ("read_decompte", "read_annulation", "read_adherent", "read_recours")
KEPT = (*READ, "stored_events", "notification_tracking")
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def ledger(databases_18: DatabaseFactory) -> Iterator[Services]:
    """A ledger of several handfuls of events, with a row of every kind among them."""
    url = databases_18.create()
    with services_on(url) as services:
        take(services, *portfolio(400))
        fill(services)
        services.projection_worker().catch_up()
        with psycopg.connect(url) as connection:
            for table in KEPT:
                connection.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        yield services
    databases_18.drop(url)


@pytest.fixture(autouse=True)
def _as_before(ledger: Services) -> Iterator[None]:
    yield
    with psycopg.connect(ledger.url) as connection:
        for table in KEPT:
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def found_after(ledger: Services, *statements: str) -> list[str]:
    """What the check names after these."""
    with psycopg.connect(ledger.url) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount >= 1, statement
    return [str(fault) for fault in verify(ledger).faults]


def positions(ledger: Services, table: str) -> list[int]:
    """The positions of a table's rows, in order."""
    with psycopg.connect(ledger.url) as connection:
        return [row for (row,) in connection.execute(f"SELECT position FROM {table} ORDER BY 1").fetchall()]


def test_every_row_is_compared(ledger: Services) -> None:
    report = verify(ledger)
    assert report.faults == []
    assert report.rows == sum(len(positions(ledger, table)) for table in READ)


@pytest.mark.parametrize("table", READ)
def test_the_first_and_the_last_row_of_a_table_count_as_any_other(ledger: Services, table: str) -> None:
    first, *_, last = positions(ledger, table)
    assert found_after(ledger, f"DELETE FROM {table} WHERE position IN ({first}, {last})") == [
        f"{table} position {first} : ligne manquante",
        f"{table} position {last} : ligne manquante",
    ]


def test_all_columns_that_changed_are_named_and_no_other_row(ledger: Services) -> None:
    changed = positions(ledger, "read_decompte")[::7]
    places = ", ".join(map(str, changed))
    change = "UPDATE read_decompte SET emetteur = 'x', rang = rang + 1, virement = virement || 'x', lignes = '[]'"
    found = found_after(ledger, f"{change} WHERE position IN ({places})")
    columns = {fault.partition(" : ")[2] for fault in found}
    assert [fault.partition(" : ")[0] for fault in found] == [f"read_decompte position {at}" for at in changed]
    assert columns <= {f"colonne modifiée : emetteur, rang, {rest}" for rest in ("virement, lignes", "lignes")}


def test_an_empty_table_misses_every_row(ledger: Services) -> None:
    missing = positions(ledger, "read_recours")
    assert found_after(ledger, "DELETE FROM read_recours") == [
        f"read_recours position {at} : ligne manquante" for at in missing
    ]


def test_rows_too_many_are_named_wherever_they_stand(ledger: Services) -> None:
    first, *_, last = positions(ledger, "read_adherent")
    places = (-3, last + 1, 10_000)
    rest = "version, enregistre_at, originator_id, emetteur, date_effet, scelle FROM read_adherent"
    added = [f"INSERT INTO read_adherent SELECT sujet, {at}, {rest} WHERE position = {first}" for at in places]
    assert found_after(ledger, *added) == [f"read_adherent position {at} : ligne en trop" for at in places]


def test_a_second_row_of_one_event_shows_beside_the_right_one(ledger: Services) -> None:
    [first, *_] = positions(ledger, "read_annulation")
    rest = "position, version, enregistre_at, emetteur, reference, annule, date_annulation, scelle"
    added = f"INSERT INTO read_annulation SELECT '{NOBODY}', {rest} FROM read_annulation WHERE position = {first}"
    assert found_after(ledger, added) == [
        f"read_annulation position {first} : colonne modifiée : sujet",
        f"read_annulation position {first} : ligne en trop",
    ]


def test_what_an_event_gave_that_can_no_longer_be_read_is_not_judged(ledger: Services) -> None:
    first, second, *_ = positions(ledger, "read_decompte")
    found = found_after(
        ledger,
        f"UPDATE stored_events SET state = 'x' WHERE notification_id = {first}",
        f"UPDATE stored_events SET recorded_at = 'infinity' WHERE notification_id = {second}",
        f"UPDATE read_decompte SET rang = rang + 1 WHERE position IN ({first}, {second})",
    )
    of_events = [fault for fault in found if "a été modifié" in fault]
    assert [fault.partition(" :")[0] for fault in of_events] == [
        f"stored_events position {at}" for at in (first, second)
    ]
    assert not any(fault.startswith("read_") or "illisible" in fault for fault in found)


def test_each_bucket_is_compared_as_far_as_it_was_read(ledger: Services) -> None:
    ahead, behind, reached = BUCKETS[:8], BUCKETS[8:], 200
    with psycopg.connect(ledger.url) as connection:
        connection.execute(f"UPDATE notification_tracking SET application_name = '{NAME}/{ahead}'")
        connection.execute(
            "INSERT INTO notification_tracking (application_name, notification_id) VALUES (%s, %s)",
            (f"{NAME}/{behind}", reached),
        )
        for table in READ:
            unread = f"position > {reached} AND strpos('{behind}', right(sujet::text, 1)) > 0"
            connection.execute(f"DELETE FROM {table} WHERE {unread}")
    report = verify(ledger)
    assert report.faults == []
    assert report.projected == reached
    assert report.rows == sum(len(positions(ledger, table)) for table in READ)


def test_rows_given_up_before_the_end_close_their_connection(ledger: Services) -> None:
    with psycopg.connect(ledger.url) as connection:
        rows = copied_rows(connection, copy("SELECT repeat('x', 10000) FROM generate_series(1, 1000)"))
        assert len(next(rows)) > 10_000
        rows.close()  # type: ignore[attr-defined]
        assert connection.closed


@pytest.mark.parametrize("query", ["SELECT 1 / 0", "SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n"])
def test_an_error_of_the_server_is_raised(ledger: Services, query: LiteralString) -> None:
    with psycopg.connect(ledger.url) as connection, pytest.raises(psycopg.errors.DivisionByZero):
        list(copied_rows(connection, copy(query)))


def copy(query: LiteralString) -> sql.Composed:
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(sql.SQL(query))
