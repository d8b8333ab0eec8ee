"""An exchange with the server that goes on while other work is done.

psycopg writes an exchange as a generator that says what it waits for, and waits in its stead. Here whoever has other
work looks after it now and then: it goes as far as it can without waiting.
"""

import select
from collections.abc import Generator
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.waiting import Ready, Wait

T = TypeVar("T")

Steps = Generator[Wait | None, Ready, T]
"""As psycopg's generators: what to wait for comes out, what is ready goes in. None: nothing to do for now."""


class Errand:
    """Steps on one connection, which serves nothing else until they end. Raises what they raise, here as there."""

    def __init__(self, connection: Connection[Any], steps: Steps[None]) -> None:
        self._connection = connection
        self._steps = steps
        self._wanted: Wait | None = None
        self._is_begun = False
        self._poll = select.poll()

    def go_on(self, *, is_to_wait: bool) -> None:
        """Go as far as possible without waiting for the server, or to where there is nothing left to do."""
        with self._connection.lock:
            if self._wanted is None:
                self._resume(Ready.NONE)
            while self._wanted is not None and (ready := self._ready(self._wanted, is_to_wait=is_to_wait)):
                self._resume(ready)

    def _resume(self, ready: Ready) -> None:
        try:
            self._wanted = self._steps.send(ready) if self._is_begun else next(self._steps)
        except StopIteration:
            self._wanted = None
        self._is_begun = True

    def _ready(self, wanted: Wait, *, is_to_wait: bool) -> Ready:
        events = (select.POLLIN if wanted & Wait.R else 0) | (select.POLLOUT if wanted & Wait.W else 0)
        self._poll.register(self._connection.pgconn.socket, events)
        ready = Ready.NONE
        for _, seen in self._poll.poll(None if is_to_wait else 0):
            if seen & ~(select.POLLIN | select.POLLOUT):  # it is broken: who goes on to read or to write will say how
                return Ready(wanted)
            ready = Ready((Ready.R if seen & select.POLLIN else 0) | (Ready.W if seen & select.POLLOUT else 0))
        return ready
