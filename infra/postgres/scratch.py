"""Databases made for a while, by the bench and the tests: dropped whatever is still looking at them."""

import time
from typing import Any

import psycopg
from psycopg import Connection, sql

DROP_SECONDS_MAX = 30.0
POLL_SECONDS = 0.1
_END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"


def drop_database(connection: Connection[Any], name: str) -> None:
    """Drop a database, ending the sessions of our role in it.

    Without FORCE, which refuses as long as an autovacuum worker is there: it is the superuser's. PostgreSQL ends that
    one itself for a plain DROP. Raises ObjectInUse when others stay for DROP_SECONDS_MAX. `connection` is in
    autocommit, on another database.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    deadline = time.monotonic() + DROP_SECONDS_MAX
    while True:
        connection.execute(_END_SESSIONS, (name,))
        try:
            connection.execute(statement)
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
