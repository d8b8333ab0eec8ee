"""A database made for a while is dropped whatever of ours is still looking at it."""

from urllib.parse import urlsplit

import psycopg
import pytest

from infra.postgres.scratch import drop_database
from tests.support.postgres import DatabaseFactory


def test_our_own_sessions_do_not_hold_it_up(databases_18: DatabaseFactory, database_url: str) -> None:
    url = databases_18.create_empty()
    with psycopg.connect(url, autocommit=True) as looking, psycopg.connect(database_url, autocommit=True) as connection:
        drop_database(connection, urlsplit(url).path.removeprefix("/"))
        with pytest.raises(psycopg.OperationalError):
            looking.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
