"""One connection that looks finished documents up, many at a time.

It speaks to libpq without an asyncio task in between: a batch costs one write, one wake-up and one result, whatever its
size. A statement that fails, or a connection that breaks or falls silent, is « no document » to all who asked.
"""

import asyncio
import struct
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from infra.postgres.sql import statements

STATEMENT_SECONDS_MAX = 5
ANSWER_SECONDS_MAX = 6
"""How long the server may say nothing at all before its connection counts as lost."""

CONNECT_SECONDS_MAX = 5
PAUSE_SECONDS = 1.0
"""How long a database that did not answer is let be."""

_SQL = statements("infra.http", "hot.sql")
_STATEMENT = b"lecture_directe"
_BINARY = 1
_BYTEA_OID, _TEXT_OID = 17, 25
_ARRAY = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
# Look-ups by key, always: a plan must not depend on how large the tables were when it was made.
_SETTINGS = (
    "SET default_transaction_read_only = on",
    f"SET statement_timeout = '{STATEMENT_SECONDS_MAX}s'",
    "SET plan_cache_mode = force_generic_plan",
    "SET jit = off",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_bitmapscan = off",
)
log = structlog.get_logger(__name__)


class Hit(NamedTuple):
    """A valid document that the bearer may read, still sealed, as the columns of `prepare` come."""

    sujet: bytes
    enveloppe: bytes
    positions: bytes
    scelle: bytes
    projected: bytes
    jeton: bytes
    role: bytes


class Asked(NamedTuple):
    """Who asks for what: hash of the token, keyed hash of the number, key of the document."""

    jeton: bytes
    numero: bytes
    cle: bytes
    answer: "Future[Hit | None]"


class Line:
    """One connection with at most one statement under way."""

    def __init__(self, url: str, loop: AbstractEventLoop, on_idle: Callable[[], None]) -> None:
        self._url = url
        self._loop = loop
        self._on_idle = on_idle
        self._connection: AsyncConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._socket = -1
        self._batch: list[Asked] | None = None
        self._results: list[PGresult] = []
        self._deadline: asyncio.TimerHandle | None = None
        self._is_failing = False
        self.is_up = False

    @property
    def is_idle(self) -> bool:
        """Whether it can be asked."""
        return self.is_up and self._batch is None

    def open(self) -> None:
        """Begin to connect, until it does."""
        self._connecting = self._loop.create_task(self._connect())

    async def close(self) -> None:
        """Close; who waits for an answer gets none."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._disconnect()

    def ask(self, batch: list[Asked]) -> None:
        """Send the statement for a batch; its answers come by the loop."""
        assert self._connection is not None
        self._batch = batch
        self._deadline = self._loop.call_later(ANSWER_SECONDS_MAX, self._lose, TimeoutError())
        parameters = [
            _array(_BYTEA_OID, [asked.jeton for asked in batch]),
            _array(_BYTEA_OID, [asked.numero for asked in batch]),
            _array(_TEXT_OID, [asked.cle for asked in batch]),
        ]
        try:
            self._connection.pgconn.send_query_prepared(_STATEMENT, parameters, [_BINARY] * 3, _BINARY)
            self._flush()
        except psycopg.Error as error:
            self._lose(error)

    def _flush(self) -> None:
        assert self._connection is not None
        if self._connection.pgconn.flush():
            self._loop.add_writer(self._socket, self._on_writable)

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._socket)
        try:
            self._flush()
        except psycopg.Error as error:
            self._lose(error)

    def _on_readable(self) -> None:
        assert self._connection is not None
        pgconn = self._connection.pgconn
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    break
                self._results.append(result)
            else:
                return
        except psycopg.Error as error:
            self._lose(error)
            return
        self._finish()

    def _finish(self) -> None:
        results, self._results = self._results, []
        if self._batch is None or not results:
            return
        batch = self._take_batch()
        self._on_idle()  # The next batch first: the database works while these are answered.
        if results[0].status != ExecStatus.TUPLES_OK:
            self._say_failing(results[0].error_field(ord("C")))
            tell_all(batch, None)
            return
        self._is_failing = False
        _tell_hits(batch, results[0])

    def _take_batch(self) -> list[Asked]:
        """What is under way no longer is."""
        batch, self._batch, self._results = self._batch or [], None, []
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        return batch

    def _say_failing(self, sqlstate: bytes | None) -> None:
        if not self._is_failing:  # Once: every request may fail in the same way.
            log.warning("lecture_directe_en_echec", sqlstate=(sqlstate or b"").decode())
        self._is_failing = True

    def _lose(self, error: Exception) -> None:
        """The connection broke: what it had under way goes the slow way, and it is made anew."""
        log.warning("lecture_directe_interrompue", exc_info=error)
        self._detach()
        tell_all(self._take_batch(), None)
        self._on_idle()
        self.open()

    async def _connect(self) -> None:
        await self._disconnect()
        while not self.is_up:
            try:
                connection = await AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX
                )
                self._connection = connection
                for setting in _SETTINGS:
                    await connection.execute(setting)
                await connection.execute(_SQL["prepare"])
            except (psycopg.Error, OSError):
                await self._disconnect()
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self._socket = connection.fileno()
            self._loop.add_reader(self._socket, self._on_readable)
            self.is_up = True
            self._on_idle()

    def _detach(self) -> None:
        self.is_up = False
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = -1

    async def _disconnect(self) -> None:
        self._detach()
        tell_all(self._take_batch(), None)
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _array(oid: int, elements: list[bytes]) -> bytes:
    """A one-dimensional array in PostgreSQL's binary format."""
    parts = [_ARRAY.pack(1, 0, oid, len(elements), 1)]
    for element in elements:
        parts += (_LENGTH.pack(len(element)), element)
    return b"".join(parts)


def _tell_hits(batch: list[Asked], result: PGresult) -> None:
    value = result.get_value
    hits: dict[int, Hit] = {}
    for row in range(result.ntuples):
        number = int.from_bytes(value(row, 0) or b"", "big")
        hits[number] = Hit(*[value(row, column) or b"" for column in range(1, 8)])
    for number, asked in enumerate(batch, 1):
        if not asked.answer.done():
            asked.answer.set_result(hits.get(number))


def tell_all(batch: Sequence[Asked], hit: Hit | None) -> None:
    """Answer all who still wait."""
    for asked in batch:
        if not asked.answer.done():
            asked.answer.set_result(hit)
