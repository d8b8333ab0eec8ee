"""Rows of binary COPY straight from the client library, which is waited for.

For a program that checks and does nothing else: psycopg's own way lets other threads and a Ctrl-C through at every row,
which takes longer than hashing or comparing it.
"""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection, sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from infra.postgres.binary import HEADER, TRAILER


def copied_rows(connection: Connection[Any], query: sql.Composed) -> Iterator[bytes]:
    """The rows of `COPY … TO STDOUT (FORMAT BINARY)`, each as it is packed. Raises psycopg.Error.

    The connection serves nothing else until the end; given up before it, it is closed.
    """
    client = connection.pgconn
    result = client.exec_(query.as_bytes(connection))
    if result.status != ExecStatus.COPY_OUT:
        raise error_from_result(result)
    read, is_ended = client.get_copy_data, False
    try:
        length, data = read(0)
        row = bytes(data).removeprefix(HEADER)  # in front of the first row
        while length > 0:
            if row != TRAILER:
                yield row
            length, data = read(0)
            row = bytes(data)
        is_ended = True
    finally:
        if not is_ended:
            connection.close()
    results = list(iter(client.get_result, None))  # to the last one, or the connection could not go on
    for result in results:
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
