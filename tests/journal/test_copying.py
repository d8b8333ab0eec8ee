"""COPY between other statements in one exchange: all of it, or nothing, and the connection goes on."""

from collections.abc import Iterator
from struct import pack

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from infra.postgres.binary import HEADER, TRAILER
from infra.postgres.copying import copied_in

QUERY = b"BEGIN; UPDATE moved SET n = n + 1 RETURNING n; COPY written FROM STDIN (FORMAT BINARY); COMMIT"


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database_url) as opened:
        opened.execute("CREATE TABLE moved AS SELECT 0 AS n")
        opened.execute("CREATE TABLE written (n int PRIMARY KEY)")
        opened.commit()
        yield opened


def rows(*numbers: int) -> bytes:
    return b"".join(pack(">hii", 1, 4, number) for number in numbers)


def state_of(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[object, list[tuple[object, ...]]]:
    assert connection.info.transaction_status == TransactionStatus.IDLE
    [moved] = connection.execute("SELECT n FROM moved").fetchone() or (None,)
    written = connection.execute("SELECT n FROM written ORDER BY n").fetchall()
    connection.commit()
    return moved, written


def test_all_of_it_is_done(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    chunks = [HEADER + rows(1, 2), *[rows(*range(n, n + 1_000)) for n in range(1_000, 400_000, 1_000)], TRAILER]
    assert copied_in(connection, QUERY, iter(chunks), is_right=lambda results: results[-1].ntuples == 1)
    moved, written = state_of(connection)
    assert moved == 1
    assert len(written) == 399_002


def test_what_is_not_right_undoes_all_of_it(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    chunks = iter([HEADER + rows(1), TRAILER])
    assert not copied_in(connection, QUERY, chunks, is_right=lambda results: results[-1].ntuples == 2)
    assert state_of(connection) == (0, [])


def test_a_row_that_is_refused_undoes_all_of_it(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    chunks = [HEADER + rows(1, 1), *[rows(*range(n, n + 1_000)) for n in range(1_000, 400_000, 1_000)], TRAILER]
    with pytest.raises(psycopg.errors.UniqueViolation):
        copied_in(connection, QUERY, iter(chunks), is_right=lambda _: True)
    assert state_of(connection) == (0, [])


def test_a_statement_that_fails_undoes_all_of_it(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    query = QUERY.replace(b"written", b"absent")
    with pytest.raises(psycopg.errors.UndefinedTable):
        copied_in(connection, query, iter([HEADER, TRAILER]), is_right=lambda _: True)
    assert state_of(connection) == (0, [])


@pytest.mark.parametrize("made", [0, 1, 3])
def test_rows_that_cannot_be_made_undo_all_of_it(connection: psycopg.Connection[tuple[object, ...]], made: int) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [HEADER + rows(1), rows(2), rows(3)][:made]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copied_in(connection, QUERY, chunks(), is_right=lambda _: True)
    assert state_of(connection) == (0, [])


def test_a_server_that_goes_away_is_told(connection: psycopg.Connection[tuple[object, ...]], database_url: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield HEADER + rows(1)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        for number in range(1_000, 1_000_000, 1_000):
            yield rows(*range(number, number + 1_000))
        yield TRAILER

    with pytest.raises(psycopg.OperationalError):
        copied_in(connection, QUERY, chunks(), is_right=lambda _: True)
    with psycopg.connect(database_url) as again:
        assert again.execute("SELECT n FROM moved").fetchone() == (0,)
        assert again.execute("SELECT count(*) FROM written").fetchone() == (0,)
