"""COPY straight through the client library, where psycopg's own way costs too much.

Out of the server, for a program that checks and does nothing else: psycopg lets other threads and a Ctrl-C through at
every row, which takes longer than hashing or comparing it. Into the server, with what comes before and behind it in one
exchange: psycopg waits for an answer at every step, during which neither side works.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import Any

import psycopg
from psycopg import Connection, generators, sql
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import copy_to
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Wait

from infra.postgres.binary import CHUNK_ROWS, HEADER, TRAILER

UNSENT_BYTES_MAX = 1024 * 1024
"""How far the server may be behind before what comes next waits for it."""

_ENDED = (-1, b"")


def copied_rows(connection: Connection[Any], query: sql.Composed) -> Iterator[bytes]:
    """The rows of `COPY … TO STDOUT (FORMAT BINARY)`, each as it is packed. Raises psycopg.Error.

    The connection serves nothing else until the end; given up before it, it is closed.
    """
    for rows in copied_chunks(connection, query, CHUNK_ROWS):
        yield from rows


def copied_chunks(connection: Connection[Any], query: sql.Composed, size: int) -> Iterator[list[bytes]]:
    """The same rows, so many at a time; the last ones are fewer, never none."""
    client = connection.pgconn
    result = client.exec_(query.as_bytes(connection))
    if result.status != ExecStatus.COPY_OUT:
        raise error_from_result(result)
    pieces = iter(partial(client.get_copy_data, 0), _ENDED)
    is_ended = False
    try:
        length, first = next(pieces)
        first = memoryview(bytes(first).removeprefix(HEADER))  # in front of the first row
        pieces = chain([(length, first)], pieces)
        while rows := [bytes(data) for _, data in islice(pieces, size)]:
            if rows[-1] == TRAILER:
                rows.pop()
            if rows:
                yield rows
        is_ended = True
    finally:
        if not is_ended:
            connection.close()
    results = list(iter(client.get_result, None))  # to the last one, or the connection could not go on
    for result in results:
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def copied_in(
    connection: Connection[Any], query: bytes, chunks: Iterator[bytes], *, is_right: Callable[[list[PGresult]], bool]
) -> bool:
    """Statements among which is one `COPY … FROM STDIN`, in one exchange; whether all of them were done.

    The first chunk is made while the server works on what comes before the COPY, whose results `is_right` is then
    shown: when it says no, or anything fails, the COPY is refused, and what comes behind it, a COMMIT for one, is not
    done. Raises psycopg.Error. No transaction is left open.
    """
    client = connection.pgconn
    try:
        with connection.lock:
            client.send_query(query)
            connection.wait(generators.send(client))
            chunk: bytes | None = next(chunks)
            results = connection.wait(generators.fetch_many(client))
            if results[-1].status != ExecStatus.COPY_IN:
                raise error_from_result(results[-1], connection.info.encoding)
            if not is_right(results[:-1]):
                connection.wait(_end(client, b"not wanted"))
                return False
            unsent = 0
            while chunk is not None:
                unsent += len(chunk)
                is_behind = unsent >= UNSENT_BYTES_MAX
                connection.wait(copy_to(client, chunk, flush=is_behind))
                if is_behind:
                    unsent = 0
                chunk = next(chunks, None)
            for result in connection.wait(_end(client, None)):
                if result.status != ExecStatus.COMMAND_OK:
                    raise error_from_result(result, connection.info.encoding)
            return True
    finally:
        with suppress(psycopg.Error):  # what failed before is what to tell
            if client.transaction_status == TransactionStatus.ACTIVE:
                with connection.lock:
                    left = connection.wait(generators.fetch_many(client))
                    if left and left[-1].status == ExecStatus.COPY_IN:
                        connection.wait(_end(client, b"given up"))
            connection.rollback()


def _end(client: PGconn, error: bytes | None) -> PQGen[list[PGresult]]:
    while client.put_copy_end(error) == 0:
        yield Wait.W
    yield from generators.send(client)
    results: list[PGresult] = yield from generators.fetch_many(client)
    return results
