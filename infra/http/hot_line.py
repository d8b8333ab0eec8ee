"""One connection that looks finished documents up, many at a time.

It speaks to libpq without an asyncio task in between: a batch costs one write, one wake-up and one result, whatever its
size. A statement that fails, or a connection that breaks or falls silent, is « no document » to all who asked.
"""

import asyncio
import struct
from asyncio import AbstractEventLoop
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


class Keys(NamedTuple):
    """What is asked for, by whom: hashes of the tokens, keyed hashes of the numbers, keys of the documents."""

    jetons: Sequence[bytes]
    numeros: Sequence[bytes]
    cles: Sequence[bytes]


Tell = Callable[[Sequence[Hit | None] | None], None]
"""Who is told what was found, in the order of the keys, or None when that is not known. It must not raise."""


class _Asked(NamedTuple):
    """The statement under way."""

    keys: Keys
    tell: Tell


class Line:
    """One connection with at most one statement under way."""

    def __init__(self, url: str, loop: AbstractEventLoop, on_idle: Callable[[], None]) -> None:
        self._url = url
        self._loop = loop
        self._on_idle = on_idle
        self._connection: AsyncConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._socket = -1
        self._asked: _Asked | None = None
        self._results: list[PGresult] = []
        self._deadline: asyncio.TimerHandle | None = None
        self._is_failing = False
        self.is_up = False

    @property
    def is_idle(self) -> bool:
        """Whether it can be asked."""
        return self.is_up and self._asked is None

    def open(self) -> None:
        """Begin to connect, until it does."""
        self._connecting = self._loop.create_task(self._connect())

    async def close(self) -> None:
        """Close; who waits for an answer gets none."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._disconnect()

    def ask(self, keys: Keys, tell: Tell) -> None:
        """Send the statement for so many; its answers come by the loop."""
        assert self._connection is not None
        self._asked = _Asked(keys, tell)
        self._deadline = self._loop.call_later(ANSWER_SECONDS_MAX, self._lose, TimeoutError())
        parameters = [
            _array(_BYTEA_OID, keys.jetons),
            _array(_BYTEA_OID, keys.numeros),
            _array(_TEXT_OID, keys.cles),
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
        if self._asked is None or not results:
            return
        asked = self._take_asked()
        self._on_idle()  # The next batch first: the database works while these are answered.
        if results[0].status != ExecStatus.TUPLES_OK:
            self._say_failing(results[0].error_field(ord("C")))
            asked.tell(None)
            return
        self._is_failing = False
        asked.tell(_hits(len(asked.keys.cles), results[0]))

    def _take_asked(self) -> _Asked:
        """What is under way no longer is."""
        assert self._asked is not None
        asked, self._asked, self._results = self._asked, None, []
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        return asked

    def _give_up(self) -> None:
        self._results = []
        if self._asked is not None:
            self._take_asked().tell(None)

    def _say_failing(self, sqlstate: bytes | None) -> None:
        if not self._is_failing:  # Once: every request may fail in the same way.
            log.warning("lecture_directe_en_echec", sqlstate=(sqlstate or b"").decode())
        self._is_failing = True

    def _lose(self, error: Exception) -> None:
        """The connection broke: what it had under way goes the slow way, and it is made anew."""
        log.warning("lecture_directe_interrompue", exc_info=error)
        self._detach()
        self._give_up()
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
        self._give_up()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _array(oid: int, elements: Sequence[bytes]) -> bytes:
    """A one-dimensional array in PostgreSQL's binary format."""
    parts = [_ARRAY.pack(1, 0, oid, len(elements), 1)]
    for element in elements:
        parts += (_LENGTH.pack(len(element)), element)
    return b"".join(parts)


def _hits(count: int, result: PGresult) -> list[Hit | None]:
    """Its rows, each at the place of its question, which is its first column, counted from 1."""
    value = result.get_value
    hits: list[Hit | None] = [None] * count
    for row in range(result.ntuples):
        number = int.from_bytes(value(row, 0) or b"", "big")
        hits[number - 1] = Hit(*[value(row, column) or b"" for column in range(1, 8)])
    return hits
