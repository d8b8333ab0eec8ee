"""Looks: those of people of the house are written before they are answered; others are counted, and written soon."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog
from anyio import CapacityLimiter, to_thread

from infra.auth.journal_acces import FLUSH_EVERY_SECONDS, JournalAcces, Regard
from infra.auth.roles import Role

HOUSE = frozenset({Role.AUDITEUR, Role.ASSIA, Role.EXPLOITANT})
WRITING_THREADS = 4
"""How many looks are written at once."""

DIRECT_MAX = 20_000
"""How many different direct reads are counted between two writings; more go the slow way."""

log = structlog.get_logger(__name__)


DirectRead = tuple[bytes, bytes, bytes, str]
"""A read served directly, as the look-up brings it: token, role, keyed hash of the number, and what."""


class LookKeeper:
    """Made and used on one event loop."""

    def __init__(self, journal: JournalAcces) -> None:
        self._journal = journal
        self._limiter = CapacityLimiter(WRITING_THREADS)
        self._direct: dict[DirectRead, int] = {}
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop, with everything written."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()

    async def look(self, regard: Regard, *, motif: str | None = None) -> None:
        """Have a look written: before this returns when it is of the house, or when too many wait; else soon."""
        if regard.role in HOUSE or motif is not None or not self._journal.note(regard):
            await to_thread.run_sync(partial(self._journal.write, regard, motif=motif), limiter=self._limiter)

    async def look_all(self, regards: Sequence[tuple[Regard, str | None]]) -> None:
        """Have looks of people of the house written before this returns, each with its reason."""
        if regards:
            await to_thread.run_sync(partial(self._journal.write_all, regards), limiter=self._limiter)

    def count(self, read: DirectRead) -> bool:
        """Count a direct read; False when too many different ones wait. Only what is cheap: this is the hot path."""
        known = self._direct.get(read)
        if known is None and len(self._direct) >= DIRECT_MAX:
            return False
        self._direct[read] = (known or 0) + 1
        return True

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_SECONDS)
            # Shielded: a stop in the middle waits for what is being written, then writes the rest.
            flushing = asyncio.ensure_future(self._flush())
            try:
                await asyncio.shield(flushing)
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    await flushing
                raise

    async def _flush(self) -> None:
        direct, self._direct = self._direct, {}
        try:
            await to_thread.run_sync(self._hand_on, direct)
        except Exception as error:  # It is kept, and tried again.
            log.warning("journal_acces_en_attente", exc_info=error)

    def _hand_on(self, direct: dict[DirectRead, int]) -> None:
        """In a thread: what was counted becomes rows."""
        for (jeton, role, numero_empreinte, action), nombre in direct.items():
            regard = Regard(f"jeton:{UUID(bytes=jeton)}", Role(role.decode()), numero_empreinte, action)
            if not self._journal.note(regard, nombre=nombre):
                self._journal.write(regard, nombre=nombre)
        self._journal.flush()
