"""Rows of binary COPY straight from the client library, which is waited for.

For a program that checks and does nothing else: psycopg's own way lets other threads and a Ctrl-C through at every row,
which takes longer than hashing or comparing it.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

from psycopg import Connection, sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from infra.postgres.binary import CHUNK_ROWS, HEADER, TRAILER

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
