"""The server's side of a connection, with bounds that uvicorn does not set: on the size and time of a request's head.

A body is bounded by whoever reads it. And a short way in and out for requests whose answer is ready as a whole: they
need no task of their own, and go past uvicorn's look at each header as if it came from somebody else.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol, Self, runtime_checkable

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from infra.http.problems import KINDS, MEDIA_TYPE, body
from infra.trace import new_trace_id

HEAD_BYTES_MAX = 64 * 1024
"""The largest request line with its headers (what was received along with it is let through)."""

HEAD_SECONDS_MAX = 20.0
"""How long a client may take to send them, and how long it may stay connected without asking anything."""


class Request:
    """A request that the application has not been told of: answered whole, or passed on, whichever comes first."""

    __slots__ = ("_cycle", "_pass_on", "scope")

    def __init__(self, cycle: RequestResponseCycle, pass_on: Callable[[], None]) -> None:
        self.scope: Scope = cycle.scope  # type: ignore[assignment]  # uvicorn names the same dictionary its own way
        self._cycle = cycle
        self._pass_on: Callable[[], None] | None = pass_on

    @property
    def is_waiting(self) -> bool:
        """Whether nothing was done yet."""
        return self._pass_on is not None

    @property
    def can_be_answered(self) -> bool:
        """Not while the client is slow to read what it was sent before: the application can wait, and does."""
        return not self._cycle.flow.write_paused

    def whole(self, status: int, headers: list[tuple[bytes, bytes]], always: "Constant", body: bytes) -> bytes:
        """The bytes of an answer. It has a `content-length`, unless its status wants none."""
        lines = _lines(self._cycle.default_headers + headers)
        end = b"\r\n" if self._cycle.keep_alive else b"connection: close\r\n\r\n"
        return b"".join((STATUS_LINE[status], lines, always.lines, end, body))

    def answer(self, content: bytes) -> None:
        """Send what `whole` made, unless it was passed on. The connection's next request, if it is there, begins."""
        cycle, is_waiting, self._pass_on = self._cycle, self.is_waiting, None
        if not is_waiting or cycle.disconnected:
            return
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(content)
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        on_response, cycle.on_response = (
            cycle.on_response,
            _nothing,
        )  # as uvicorn ends a task: nothing refers in a circle
        on_response()

    def pass_on(self) -> None:
        """Let the application answer, unless something was done already."""
        pass_on, self._pass_on = self._pass_on, None
        if pass_on is not None:
            pass_on()


@runtime_checkable
class Front(Protocol):
    """What stands before the application and may answer for it."""

    app: Any

    def take(self, request: Request) -> bool:
        """Whether it sees to the request, now or later. Must not raise, and not wait."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, that gives up on endless or endlessly slow heads, and refuses in our words."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = True
    _has_begun = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._front = self.app if isinstance(self.app, Front) else None

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
        self._is_in_head = self._has_begun = False
        self._head_bytes = 0
        if self._deadline is not None:
            self._forget_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; the next one is not there yet."""
        super().on_message_complete()
        self._is_in_head = True
        self._head_bytes = 0

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """A request's turn has come. What stands before the application is asked first."""
        if self._front is None or app is not self._front:
            super()._start_asgi_task(cycle, app)
            return
        request = Request(cycle, partial(super()._start_asgi_task, cycle, self._front.app))
        if not self._front.take(request):
            request.pass_on()

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

    def _wait_for_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.close)

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


def _nothing() -> None:
    """What is left to call."""


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
