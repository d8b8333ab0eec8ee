"""Migrations: once each, together or alone, and drift is said."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infra.postgres.migrate import MigrationDrift, migrate, migrations
from tests.support.postgres import DatabaseFactory


@pytest.fixture
def database_url(databases_18: DatabaseFactory) -> Iterator[str]:
    """The address of a database with nothing in it."""
    url = databases_18.create_empty()
    yield url
    databases_18.drop(url)


@pytest.fixture(params=["databases_18", "databases_15"], ids=["postgres18", "postgres15"])
def database_url_each_version(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with nothing in it; the test runs once on each PostgreSQL."""
    factory: DatabaseFactory = request.getfixturevalue(request.param)
    url = factory.create_empty()
    yield url
    factory.drop(url)


def test_they_run_on_every_postgresql_that_we_support(database_url_each_version: str) -> None:
    assert migrate(database_url_each_version) == len(migrations())


def test_a_second_run_does_nothing(database_url: str) -> None:
    migrate(database_url)
    assert migrate(database_url) == 0


def test_four_at_once_apply_each_file_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: migrate(database_url), range(4))) == len(migrations())


def test_a_file_that_changed_since_is_named(database_url: str) -> None:
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE migration SET digest = '\\x00' WHERE name LIKE '0002%'")
    with pytest.raises(MigrationDrift, match="0002"):
        migrate(database_url)


def test_a_database_of_a_later_release_is_refused(database_url: str) -> None:
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO migration VALUES ('9999_add_future.sql', '\\x00', now())")
    with pytest.raises(MigrationDrift, match="9999_add_future"):
        migrate(database_url)
