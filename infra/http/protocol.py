"""The server's side of a connection, with bounds that uvicorn does not set: on the size and time of a request's head.

A body is bounded by whoever reads it. And a short way out for answers that are ready as a whole.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Self

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from infra.http.problems import KINDS, MEDIA_TYPE, body
from infra.trace import new_trace_id

HEAD_BYTES_MAX = 64 * 1024
"""The largest request line with its headers (what was received along with it is let through)."""

HEAD_SECONDS_MAX = 20.0
"""How long a client may take to send them, and how long it may stay connected without asking anything."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, that gives up on endless or endlessly slow heads, and refuses in our words."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = True

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes until the head is whole."""
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins: its head has a deadline of its own."""
        super().on_message_begin()
        self._is_in_head = True
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.close)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._head_bytes = 0
        self._forget_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; the next one is not there yet."""
        super().on_message_complete()
        self._is_in_head = True
        self._head_bytes = 0

    def send_400_response(self, _msg: str) -> None:
        """Answer what is no HTTP as a problem, and close."""
        kind = KINDS["requete_illisible"]
        content = body("requete_illisible", kind.title, kind.status, kind.detail, new_trace_id(), {})
        head = (
            STATUS_LINE[kind.status],
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n".encode(),
        )
        self.transport.write(b"".join(head) + content)
        self.transport.close()

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Constant(tuple[tuple[bytes, bytes], ...]):
    """Headers that many answers have, with their lines."""

    lines: bytes

    def __new__(cls, headers: Iterable[tuple[bytes, bytes]]) -> Self:
        """Made once, for good."""
        made = super().__new__(cls, headers)
        made.lines = _lines(made)
        return made


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def send_whole(send: Send, status: int, headers: list[tuple[bytes, bytes]], always: Constant, body: bytes) -> bool:
    """Answer at once with all that there is; whether it could be done.

    uvicorn looks at each header of each answer as if it came from somebody else, which takes as long as all that a
    finished document costs otherwise; these are our own. Behind another server, in a test, or while the client is slow
    to read, it cannot: the answer goes the usual way. It has a `content-length`, unless its status wants none.
    """
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    lines = _lines(cycle.default_headers + headers)
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join((STATUS_LINE[status], lines, always.lines, end, body)))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
