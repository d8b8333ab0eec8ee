"""An auditor's question: would it show? A script that knows nothing of ours changes any column, or removes a row."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from infra.bootstrap import Services, open_services
from infra.verify.verify import verify
from tests.recours.importing import fill
from tests.support.documents import keep_documents
from tests.support.ledger import portfolio, take

WATCHED = (
    "stored_events",
    "journal_head",
    "cle_adherent",
    "read_decompte",
    "read_annulation",
    "read_adherent",
    "read_recours",
    "notification_tracking",
)
CACHED = "document"
"""An altered one shows too; one that is missing is only made again."""

OTHER_VALUE = {
    "uuid": "gen_random_uuid()",
    "bigint": "{c} + 1000000",
    "smallint": "{c} + 1",
    "bytea": "coalesce({c}, '') || '\\x00'::bytea",
    "text": "coalesce({c}, '') || 'x'",
    "json": "'[]'::json",
    "date": "{c} + 1",
    "timestamp with time zone": "{c} + interval '1 microsecond'",
    "boolean": "NOT {c}",
}
"""Another value of each type, whatever the column means."""


@pytest.fixture
def filled(services: Services) -> Services:
    take(services, *portfolio(140), b"pas du JSON")
    fill(services)
    services.projection_worker().catch_up()
    assert keep_documents(services, members=7) == 7
    assert faults(services) == []
    return services


def faults(services: Services) -> list[str]:
    """What a verification in a new process would say."""
    with open_services(services.settings) as fresh:
        return [str(fault) for fault in verify(fresh).faults]


def columns(url: str, table: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", (table,)
        ).fetchall()


def alter_some_row(url: str, statement: sql.Composed) -> None:
    """Change one row in the middle of the table, constraints set aside as an intruder would."""
    with psycopg.connect(url) as connection:
        assert connection.execute(statement).rowcount == 1


def some_row(table: str) -> sql.Composed:
    """One row of the table, by where it lies: no knowledge of what it means."""
    return sql.SQL(
        "ctid = (SELECT ctid FROM {table} ORDER BY ctid LIMIT 1 OFFSET (SELECT count(*) / 2 FROM {table}))"
    ).format(table=sql.Identifier(table))


@pytest.mark.parametrize("table", [*WATCHED, CACHED])
def test_an_update_of_any_column_shows(filled: Services, table: str) -> None:
    unseen: list[str] = []
    checked: list[str] = []
    for column, kind in columns(filled.url, table):
        if (table, column) == ("journal_head", "is_head"):
            continue  # its own CHECK refuses any other value
        before: list[Any] = []
        with psycopg.connect(filled.url, autocommit=True) as connection:
            connection.execute("SELECT 1")
            name = sql.Identifier(column)
            row = connection.execute(
                sql.SQL("SELECT {name}{cast}, ctid FROM {table} WHERE {where}").format(
                    name=name,
                    cast=sql.SQL("::text") if kind == "json" else sql.SQL(""),
                    table=sql.Identifier(table),
                    where=some_row(table),
                )
            ).fetchone()
            assert row is not None
            before.append(row[0])
            changed = connection.execute(
                sql.SQL("UPDATE {table} SET {name} = {other} WHERE ctid = %s RETURNING ctid").format(
                    table=sql.Identifier(table),
                    name=name,
                    other=sql.SQL(OTHER_VALUE[kind].format(c=f'"{column}"')),  # type: ignore[arg-type]
                ),
                (row[1],),
            ).fetchone()
            assert changed is not None
            found = faults(filled)
            checked.append(column)
            if not any(table in fault or "stored_events" in fault or "cle_adherent" in fault for fault in found):
                unseen.append(column)
            connection.execute(
                sql.SQL("UPDATE {table} SET {name} = %s{cast} WHERE ctid = %s").format(
                    table=sql.Identifier(table), name=name, cast=sql.SQL("::json" if kind == "json" else "")
                ),
                (before[0], changed[0]),
            )
            assert faults(filled) == [], "the row is as it was again"
    assert unseen == []
    assert checked


@pytest.mark.parametrize("table", WATCHED)
def test_a_deleted_row_shows(filled: Services, table: str) -> None:
    alter_some_row(filled.url, sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table), some_row(table)))
    if table == "journal_head":
        with psycopg.connect(filled.url) as connection:
            assert connection.execute("SELECT count(*) FROM journal_head").fetchone() == (0,)
    assert any(table in fault or "read_" in fault for fault in faults(filled))


def test_the_last_event_deleted_shows(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute(
            "DELETE FROM stored_events WHERE notification_id = (SELECT max(notification_id) FROM stored_events)"
        )
    assert any("stored_events" in fault and "à la fin" in fault for fault in faults(filled))


def test_an_event_moved_to_another_position_shows_at_both(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute("UPDATE stored_events SET notification_id = 100000 WHERE notification_id = 3")
    found = faults(filled)
    assert any("stored_events position 3 " in fault for fault in found)
    assert any("stored_events position 100000 " in fault for fault in found)


def test_a_row_added_to_a_read_model_shows(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute(
            "INSERT INTO read_annulation SELECT gen_random_uuid(), position, version, enregistre_at, emetteur,"
            " reference, annule, date_annulation, scelle FROM read_annulation LIMIT 1"
        )
    assert any("read_annulation" in fault and "en trop" in fault for fault in faults(filled))


def test_a_document_of_rows_that_are_not_there_shows(filled: Services) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute("UPDATE document_generation SET generation = generation - 1")
    assert any("document" in fault and "dépasse" in fault for fault in faults(filled))


def test_a_document_that_is_missing_or_stale_is_no_fault(filled: Services) -> None:
    alter_some_row(filled.url, sql.SQL("DELETE FROM document WHERE {}").format(some_row(CACHED)))
    take(filled, *portfolio(160)[140:])
    filled.projection_worker().catch_up()
    with psycopg.connect(filled.url) as connection:
        connection.execute("UPDATE document_generation SET generation = generation + 1")
    assert faults(filled) == []


def test_a_projection_that_lags_is_no_fault(filled: Services) -> None:
    take(filled, *portfolio(160)[140:])
    assert faults(filled) == []
