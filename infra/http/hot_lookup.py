"""Many requests, one statement: those that arrive while a statement is under way gather for the next one.

Two connections, so that the database works on one batch while the answers of the other are written. Nothing here
decides what to answer when there is no finished document: whoever asked gets None and goes the slow way, which is also
what a lost connection, a full queue or a failed statement come to.
"""

import asyncio
from asyncio import Future

from infra.http.hot_line import Asked, Hit, Line, tell_all

BATCH_MAX = 64
"""How many requests one statement answers at most."""

WAITING_MAX = 2_048
"""How many requests wait for a statement; those that come on top go the slow way."""


class HotLookup:
    """Looks finished documents up; made and used on one event loop."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Asked] = []
        self._is_scheduled = False
        self._lines = (Line(url, self._loop, self._dispatch), Line(url, self._loop, self._dispatch))

    def open(self) -> None:
        """Begin to connect; does not wait for the server."""
        for line in self._lines:
            line.open()

    async def close(self) -> None:
        """Close the connections; whoever waits goes the slow way."""
        for line in self._lines:
            await line.close()
        self._give_up()

    def find(self, jeton: bytes, numero: bytes, cle: bytes) -> "Future[Hit | None] | None":
        """The document, once known; None at once when nothing can be asked now."""
        if len(self._waiting) >= WAITING_MAX or not self._is_up():
            return None
        answer: Future[Hit | None] = self._loop.create_future()
        self._waiting.append(Asked(jeton, numero, cle, answer))
        if not self._is_scheduled:
            # Not at once: the requests that arrived in the same turn of the loop go together.
            self._is_scheduled = True
            self._loop.call_soon(self._dispatch)
        return answer

    def _dispatch(self) -> None:
        self._is_scheduled = False
        for line in self._lines:
            if not self._waiting:
                return
            if line.is_idle:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                line.ask(batch)
        if not self._is_up():
            self._give_up()

    def _is_up(self) -> bool:
        one, other = self._lines  # looked at for every request: written out
        return one.is_up or other.is_up

    def _give_up(self) -> None:
        waiting, self._waiting = self._waiting, []
        tell_all(waiting, None)
