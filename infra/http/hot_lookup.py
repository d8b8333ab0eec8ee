"""Many requests, one statement: those that arrive while a statement is under way gather for the next one.

Two connections, so that the database works on one batch while the answers of the other are written. Nothing here
decides what to answer when there is no finished document: whoever asked gets None and goes the slow way, which is also
what a lost connection, a full queue or a failed statement come to.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

from infra.http.hot_line import Hit, Keys, Line

BATCH_MAX = 64
"""How many requests one statement answers at most."""

WAITING_MAX = 2_048
"""How many requests wait for a statement; those that come on top go the slow way."""

Asked = TypeVar("Asked")
AskedThere = TypeVar("AskedThere", contravariant=True)


class Desk(Protocol[AskedThere]):
    """Where requests come from, and their answers go. Nothing of it may raise."""

    def keys_of(self, batch: Sequence[AskedThere]) -> Keys:
        """What they ask for."""

    def answer(self, batch: Sequence[AskedThere], keys: Keys, hits: Sequence[Hit | None]) -> None:
        """What was found for each."""

    def pass_on(self, batch: Sequence[AskedThere]) -> None:
        """Nothing is known of what they ask for."""


class HotLookup(Generic[Asked]):
    """Looks finished documents up; made and used on one event loop."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Asked] = []
        self._is_scheduled = False
        self._lines = (Line(url, self._loop, self._dispatch), Line(url, self._loop, self._dispatch))
        self._desk: Desk[Asked] | None = None

    def serve(self, desk: Desk[Asked]) -> None:
        """Say whom it looks up for, before the first question."""
        self._desk = desk

    def open(self) -> None:
        """Begin to connect; does not wait for the server."""
        for line in self._lines:
            line.open()

    async def close(self) -> None:
        """Close the connections; whoever waits goes the slow way."""
        for line in self._lines:
            await line.close()
        self._give_up()

    def ask(self, asked: Asked) -> bool:
        """Ask, to be answered once the document is known, or known not to be; False when nothing can be asked now."""
        if len(self._waiting) >= WAITING_MAX or not self._is_up():
            return False
        self._waiting.append(asked)
        if not self._is_scheduled:
            # Not at once: the requests that arrived in the same turn of the loop go together.
            self._is_scheduled = True
            self._loop.call_soon(self._dispatch)
        return True

    def _dispatch(self) -> None:
        self._is_scheduled = False
        for line in self._lines:
            if not self._waiting or self._desk is None:
                return
            if line.is_idle:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                keys = self._desk.keys_of(batch)
                line.ask(keys, partial(self._tell, self._desk, batch, keys))
        if not self._is_up():
            self._give_up()

    def _tell(self, desk: Desk[Asked], batch: Sequence[Asked], keys: Keys, hits: Sequence[Hit | None] | None) -> None:
        if hits is None:
            desk.pass_on(batch)
        else:
            desk.answer(batch, keys, hits)

    def _is_up(self) -> bool:
        one, other = self._lines  # looked at for every request: written out
        return one.is_up or other.is_up

    def _give_up(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._desk is not None:
            self._desk.pass_on(waiting)
