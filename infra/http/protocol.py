"""The server's side of a connection, with bounds that uvicorn does not set: on the size and time of a request's head.

A body is bounded by whoever reads it.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

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
    _has_begun = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes until the head is whole."""
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_in_head:
            return
        if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("")
        elif self._has_begun and self._deadline is None:
            self._wait_for_head()  # Only now: nearly every head comes whole, and needs no deadline.

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = self._has_begun = True

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._end_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; the next one is not there yet."""
        super().on_message_complete()
        self._await_next()

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

    def _end_head(self) -> None:
        self._is_in_head = self._has_begun = False
        self._head_bytes = 0
        if self._deadline is not None:
            self._forget_deadline()

    def _await_next(self) -> None:
        self._is_in_head = True
        self._head_bytes = 0

    def _wait_for_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
