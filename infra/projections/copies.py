"""Rows on their way into their tables, by COPY after COPY, while whoever makes them makes the next."""

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg import Cursor, generators, sql
from psycopg.errors import error_from_result
from psycopg.generators import copy_to
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from infra.postgres.binary import CHUNK_ROWS, HEADER, TRAILER
from infra.postgres.copying import copy_ended, finish
from infra.postgres.errand import Errand, Steps
from infra.projections.digests import Digest, Digests, digest_of_written
from infra.projections.rows import PACKERS, TABLE_BY_ROW, columns
from projections.dossiers import Row

COPY_BYTES = 4 * 1024 * 1024
"""How much goes into one COPY, when there is that much: its digest is taken while the next rows are made."""

WAITING_BYTES_MAX = 4 * 1024 * 1024
"""How far the server may be behind before whoever makes rows waits for it."""

BEGIN_BYTES = 512 * 1024
"""How much is worth a COPY of its own, or the end of another table's, before the last rows are here."""

_NO_ROW = "(0,0)"


def write_rows(cursor: Cursor[Any], rows: Sequence[Row]) -> None:
    """COPY rows into their tables."""
    with RowCopies(cursor) as copies:
        for start in range(0, len(rows), CHUNK_ROWS):
            copies.write(rows[start : start + CHUNK_ROWS])


class RowCopies:
    """Rows on their way into their tables, or into those of the same name with a suffix.

    One COPY is under way at a time; what comes meanwhile waits, packed. At the end everything is sent; after an error
    nothing more is. `counts` is what the server says that it has taken; with `digest_upto`, `digests` are those of what
    it has written, in rows of positions up to that one, by table. The cursor serves nothing else until the end.
    """

    def __init__(
        self,
        cursor: Cursor[Any],
        *,
        suffix: str = "",
        options: LiteralString = "FORMAT BINARY",
        digest_upto: int | None = None,
    ) -> None:
        self.counts = dict.fromkeys(TABLE_BY_ROW, 0)
        self.digests: Digests = dict.fromkeys(TABLE_BY_ROW.values(), Digest(0, 0))
        self._connection = cursor.connection
        self._suffix = suffix
        self._options = sql.SQL(options)
        self._digest_upto = digest_upto
        self._waiting: dict[type[Row], list[bytes]] = {kind: [] for kind in TABLE_BY_ROW}
        self._waiting_bytes = 0
        self._written_upto = dict.fromkeys(TABLE_BY_ROW, _NO_ROW)
        self._is_last = False
        self._errand = Errand(self._connection, self._steps())

    def write(self, rows: Sequence[Row]) -> None:
        """Send a handful of rows, by and by. Raises psycopg.Error, of these or of earlier ones."""
        by_kind: dict[type[Row], list[bytes]] = {}
        for row in rows:
            kind = type(row)
            by_kind.setdefault(kind, []).append(PACKERS[kind](row))
        for kind, packed in by_kind.items():
            block = b"".join(packed)
            self._waiting[kind].append(block)
            self._waiting_bytes += len(block)
        self._errand.go_on(is_to_wait=self._waiting_bytes > WAITING_BYTES_MAX)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._is_last = True
            try:
                self._errand.go_on(is_to_wait=True)
            except BaseException:
                self._give_up()
                raise
        else:
            self._give_up()

    def _steps(self) -> Steps[None]:
        while True:
            if ready := self._ready():
                kind = ready[0]
                yield from self._copy(kind)
                if self._digest_upto is not None:
                    yield from self._digest(kind, self._digest_upto)
                self._waiting[kind] = self._waiting.pop(kind)  # the others' turn
            elif self._is_last:
                return
            else:
                yield None

    def _ready(self) -> list[type[Row]]:
        """The kinds of which a COPY is due, in turn."""
        least = 1 if self._is_last else BEGIN_BYTES
        return [kind for kind, blocks in self._waiting.items() if sum(map(len, blocks)) >= least]

    def _copy(self, kind: type[Row]) -> Steps[None]:
        client = self._connection.pgconn
        statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
            sql.Identifier(TABLE_BY_ROW[kind] + self._suffix),
            sql.SQL(", ").join(map(sql.Identifier, columns(kind))),
            self._options,
        )
        yield from self._asked(statement, ExecStatus.COPY_IN)
        yield from copy_to(client, HEADER, flush=False)
        waiting, sent = self._waiting[kind], 0
        while True:
            blocks, waiting[:] = list(waiting), []
            for block in blocks:
                yield from copy_to(client, block)
                sent += len(block)
                self._waiting_bytes -= len(block)
            if sent >= COPY_BYTES or self._is_last or self._ready():
                break
            yield None
        yield from copy_to(client, TRAILER, flush=False)
        [result] = yield from copy_ended(client, None)
        self._check(result, ExecStatus.COMMAND_OK)
        self.counts[kind] += result.command_tuples or 0

    def _digest(self, kind: type[Row], upto: int) -> Steps[None]:
        table = TABLE_BY_ROW[kind]
        statement = digest_of_written(kind, table + self._suffix, upto=upto, behind=self._written_upto[kind])
        result = yield from self._asked(statement, ExecStatus.TUPLES_OK)
        rows, digest, last = (result.get_value(0, column) or b"" for column in range(3))
        self._written_upto[kind] = last.decode()
        self.digests[table] += Digest(int(rows), int(digest))

    def _asked(self, statement: sql.Composed, status: ExecStatus) -> Steps[PGresult]:
        client = self._connection.pgconn
        client.send_query(statement.as_bytes(self._connection))
        yield from generators.send(client)
        results: list[PGresult] = yield from generators.fetch_many(client)
        self._check(results[-1], status)
        return results[-1]

    def _check(self, result: PGresult, status: ExecStatus) -> None:
        if result.status != status:
            raise error_from_result(result, self._connection.info.encoding)

    def _give_up(self) -> None:
        """Let the connection serve whoever undoes the transaction."""
        with suppress(psycopg.Error):
            if self._connection.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self._connection.cancel_safe()
                finish(self._connection)
