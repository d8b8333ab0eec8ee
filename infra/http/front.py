"""A short way in and out for plain requests whose answer is ready as a whole.

They are offered to what stands before the application as soon as their head is there. Until that has answered, or has
passed a request on, uvicorn knows nothing of it: no scope, no cycle, no task, no timers of its own. Whatever is not
plain (another method, a body, an answer still under way before it) goes to uvicorn at once, and so does a request that
waits when the next one comes behind it: uvicorn keeps them in order.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Protocol, runtime_checkable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from infra.http.conditional import RawHeaders
from infra.http.protocol import BoundedHttpProtocol

_NOT_PLAIN: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})


class Request:
    """A plain GET that the application has not been told of: answered whole, or passed on, whichever comes first."""

    __slots__ = ("_connection", "headers", "keeps_connection", "url")

    def __init__(
        self, connection: "FrontedHttpProtocol", url: bytes, headers: RawHeaders, *, keeps_connection: bool
    ) -> None:
        self.url = url
        self.headers = headers
        self.keeps_connection = keeps_connection
        self._connection = connection

    @property
    def is_waiting(self) -> bool:
        """Whether nothing was done yet, and the client is still there."""
        return self._connection.waiting is self

    @property
    def can_be_answered(self) -> bool:
        """Not while the client is slow to read what it was sent before: the application can wait, and does."""
        return not self._connection.flow.write_paused

    def whole(self, status: int, headers: RawHeaders, always: bytes, body: bytes) -> bytes:
        """The bytes of an answer, `always` among its lines. It has a `content-length`, unless its status wants none."""
        lines = header_lines(self._connection.server_state.default_headers + headers)
        end = b"\r\n" if self.keeps_connection else b"connection: close\r\n\r\n"
        return b"".join((STATUS_LINE[status], lines, always, end, body))

    def answer(self, content: bytes) -> None:
        """Send what `whole` made, unless something was done already."""
        if self.is_waiting:
            self._connection.answer(self, content)

    def pass_on(self) -> None:
        """Let the application answer, unless something was done already."""
        if self.is_waiting:
            self._connection.pass_on(self)


@runtime_checkable
class Front(Protocol):
    """What stands before the application and may answer for it."""

    def take(self, request: Request) -> bool:
        """Whether it sees to the request, later. Must not raise, and not wait."""


class FrontedHttpProtocol(BoundedHttpProtocol):
    """A connection to an application that is a `Front` too."""

    waiting: Request | None = None
    """The request that the front sees to."""

    _is_plain = False
    _answered_at = 0.0
    _idle: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        assert isinstance(self.app, Front)
        self._front: Front = self.app

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self.waiting = None
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops once everybody is answered."""
        if self.waiting is not None:
            self.pass_on(self.waiting)
        super().shutdown()

    def on_message_begin(self) -> None:
        """A request begins: uvicorn is told once the head is whole, if it has to see to it."""
        if self.waiting is not None:
            self.pass_on(self.waiting)
        self.url = b""
        self.headers = []
        self._is_plain = True
        self._is_in_head = self._has_begun = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is whole."""
        name = name.lower()
        if name in _NOT_PLAIN:
            self._is_plain = False
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole: a plain request is offered to the front."""
        parser = self.parser
        if self._is_plain and parser.get_method() == b"GET" and (self.cycle is None or self.cycle.response_complete):
            keeps_connection = parser.should_keep_alive() and parser.get_http_version() != "1.0"
            self.waiting = request = Request(self, self.url, self.headers, keeps_connection=keeps_connection)
            if self._front.take(request):
                self._end_head()
                return
            self.waiting = None
        self._begin(self.url, self.headers)

    def on_message_complete(self) -> None:
        """The request is whole; the next one is not there yet."""
        if self.waiting is None:
            super().on_message_complete()
        else:
            self._await_next()

    def answer(self, request: Request, content: bytes) -> None:
        """Send a whole answer to the request that waits, and wait for the next one."""
        self.waiting = None
        self.transport.write(content)
        self.server_state.total_requests += 1
        if not request.keeps_connection:
            self.transport.close()
            return
        self._answered_at = self.loop.time()
        # One timer for many answers, which looks at the clock when its time has come: making and cancelling uvicorn's
        # for each took a twentieth of the processor.
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._end_if_idle)

    def pass_on(self, request: Request) -> None:
        """Let uvicorn see to the request that waits, which is whole."""
        self.waiting = None
        self._begin(request.url, request.headers)
        self.cycle.keep_alive = request.keeps_connection  # the parser no longer knows
        super().on_message_complete()

    def _begin(self, url: bytes, headers: RawHeaders) -> None:
        """Tell uvicorn what it was not told."""
        super().on_message_begin()
        super().on_url(url)
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def _end_if_idle(self) -> None:
        self._idle = None
        is_under_way = self.cycle is not None and not self.cycle.response_complete
        if self.waiting is not None or is_under_way or self._has_begun or self.timeout_keep_alive_task is not None:
            return  # Whatever ends that waits anew.
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle = self.loop.call_later(left, self._end_if_idle)
        else:
            self.timeout_keep_alive_handler()


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as an answer has them; those of every answer are put so once, for good."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
