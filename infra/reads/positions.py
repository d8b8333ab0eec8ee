"""Waiting until the projection has read far enough: one query at a time, however many wait."""

import asyncio
import time

from infra.postgres.sql import statements
from infra.reads.pool import ReadPool

READING_SECONDS_MAX = 0.025
"""How old a reading of the position may be before it is taken again."""

_SQL = statements("infra.reads", "dossiers.sql")


class PositionWatch:
    """How far the projection has read, shared by all who wait for it."""

    def __init__(self, pool: ReadPool) -> None:
        self._pool = pool
        self._position = 0
        self._read_at = float("-inf")
        self._under_way: asyncio.Task[int] | None = None

    async def wait_for(self, position: int, *, seconds_max: float) -> bool:
        """Whether the projection reaches `position` within the time given."""
        deadline = time.monotonic() + seconds_max
        while await self._reading() < position:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            await asyncio.sleep(min(READING_SECONDS_MAX, left))
        return True

    async def _reading(self) -> int:
        if time.monotonic() - self._read_at < READING_SECONDS_MAX:
            return self._position
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._read())
            self._under_way.add_done_callback(self._finish)
        # Shielded: one client that leaves does not take the reading from the others.
        return await asyncio.shield(self._under_way)

    async def _read(self) -> int:
        [row] = await self._pool.fetch(_SQL["projected"])
        self._position, self._read_at = int(row["position"]), time.monotonic()
        return self._position

    def _finish(self, task: asyncio.Task[int]) -> None:
        self._under_way = None
        if not task.cancelled():
            task.exception()  # Seen here, in case everyone who waited has left.
