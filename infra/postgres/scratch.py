"""Databases made for a while, by the bench and the tests: dropped whatever is still looking at them."""

import time
from typing import Any

import psycopg
from psycopg import Connection, sql

DROP_SECONDS_MAX = 30.0
POLL_SECONDS = 0.1


def drop_database(connection: Connection[Any], name: str) -> None:
    """Drop a database, ending the sessions of our role in it.

    An autovacuum worker that happens to be there is the superuser's, and not ours to end: it is waited for, up to
    DROP_SECONDS_MAX; then the refusal is raised. `connection` is in autocommit, on another database.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    deadline = time.monotonic() + DROP_SECONDS_MAX
    while True:
        try:
            connection.execute(statement)
            return
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
