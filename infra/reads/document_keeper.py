"""Keeps finished documents for the next reader: in the background, bounded, and no request waits for it.

It is a cache: what does not fit, or meets a database that is away, is dropped and made again at the next read.
"""

import asyncio
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from infra.postgres.sql import statements
from infra.reads.documents import Base, Document, cles_of, seal_document
from ledger.dates import Fenetre

WAITING_MAX = 1_024
"""How many documents wait to be written; those that come on top are dropped."""

BATCH_MAX = 64
STATEMENT_SECONDS_MAX = 5
CONNECT_SECONDS_MAX = 5
PAUSE_SECONDS = 1.0
"""How long it lets a database be that did not answer."""

_SQL = statements("infra.reads", "documents.sql")
log = structlog.get_logger(__name__)


class DocumentKeeper:
    """Writes documents, a batch at a time, the latest of each key."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[tuple[UUID, str], tuple[Base, bytes]] = {}
        self._fenetre: Fenetre | None = None
        self._has_some = asyncio.Event()
        self._connection: AsyncConnection | None = None
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to write; connects when there is something to write."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; what still waits is dropped."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._disconnect()

    def keep(self, base: Base, cle: str, document: Document, *, fenetre: Fenetre) -> None:
        """Have a document written soon, or dropped. `fenetre` is that of today: documents of other years go."""
        if len(self._waiting) >= WAITING_MAX and (base.sujet, cle) not in self._waiting:
            return
        self._fenetre = fenetre
        self._waiting[base.sujet, cle] = base, seal_document(base, cle, document)
        self._has_some.set()

    async def _run(self) -> None:
        while True:
            await self._has_some.wait()
            batch = [(key, self._waiting.pop(key)) for key in list(self._waiting)[:BATCH_MAX]]
            if not self._waiting:
                self._has_some.clear()
            try:
                await self._write(batch)
            except Exception as error:  # Whatever it is, the next documents are still worth keeping.
                log.warning("documents_non_gardes", documents=len(batch), exc_info=error)
                await self._disconnect()
                await asyncio.sleep(PAUSE_SECONDS)

    async def _write(self, batch: list[tuple[tuple[UUID, str], tuple[Base, bytes]]]) -> None:
        assert self._fenetre is not None
        connection = self._connection or await self._connect()
        parameters = {
            "sujets": [sujet for (sujet, _), _ in batch],
            "cles": [cle for (_, cle), _ in batch],
            "generations": [base.generation for _, (base, _) in batch],
            "bases": [base.position for _, (base, _) in batch],
            "scelles": [scelle for _, (_, scelle) in batch],
            "cles_of_window": list(cles_of(self._fenetre)),
        }
        await connection.execute(_SQL["keep"], parameters)

    async def _connect(self) -> AsyncConnection:
        connection = await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
        self._connection = connection
        # A document lost in a crash is made again: it does not wait for the disk.
        await connection.execute("SET synchronous_commit = off")
        await connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS_MAX}s'")
        return connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()
