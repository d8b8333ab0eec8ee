"""What a client does on a server: commit something to find again, or compute without end."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg


def commit_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (amount bigint)")
        connection.execute("INSERT INTO kept VALUES (42)")


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def endless_query(url: str) -> Iterator[int]:
    """A session that computes and never looks up; gives the process number of its backend."""
    with closing(psycopg.connect(url)) as connection:
        backend = connection.info.backend_pid
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000) AS n")
        yield backend
