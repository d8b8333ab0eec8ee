"""An open stream of server-sent events: `decompte`, its id the position in the ledger; a comment when all is quiet.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import time
from uuid import UUID

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from infra.live.hub import LiveHub, Subscription

HEARTBEAT_SECONDS = 15.0
"""How long a stream is silent at most: what stands between keeps it open, and a client that left is noticed."""

LIFETIME_SECONDS = 900.0
"""After so long a stream ends and the client comes back: the right to read is then checked anew."""

RETRY_MILLISECONDS = 3_000
"""After how long a client that lost its stream comes back."""

CATCH_UP_SECONDS_MAX = 15.0
"""How much longer a stream lasts whose time is over before it had what it missed."""

SEND_SECONDS_MAX = 20.0
"""How long a client may take to read; then it is let go."""

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b":\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def open_stream(hub: LiveHub, sujet: UUID, *, after: int, seconds_max: float = LIFETIME_SECONDS) -> "EventStream":
    """The answer that streams what becomes readable of a member after a position: to be returned as it is.

    Raises TooManyStreams, TooManyStreamsOfMember.
    """
    return EventStream(hub, hub.subscribe(sujet, after=after), seconds_max=seconds_max)


class EventStream(StreamingResponse):
    """The answer. It gives its subscription back when it ends."""

    def __init__(self, hub: LiveHub, subscription: Subscription, *, seconds_max: float) -> None:
        super().__init__((), media_type=MEDIA_TYPE, headers=_HEADERS)
        self._hub = hub
        self._subscription = subscription
        self._seconds_max = min(seconds_max, LIFETIME_SECONDS)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client leaves, the time is over or the server stops."""
        tasks = {asyncio.create_task(_left(receive)), asyncio.create_task(self._send_all(send))}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.unsubscribe(self._subscription)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_all(self, send: Send) -> None:
        ends_at = time.monotonic() + self._seconds_max
        await _send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        # The id alone is no event, but the client notes it: one that leaves at once resumes from here.
        await _send_body(send, f"retry: {RETRY_MILLISECONDS}\nid: {self._subscription.after}\n\n".encode())
        while not self._subscription.is_ended:
            left = ends_at - time.monotonic()
            if left <= 0 and (self._subscription.is_idle or left < -CATCH_UP_SECONDS_MAX):
                break
            wait = min(HEARTBEAT_SECONDS, left) if left > 0 else CATCH_UP_SECONDS_MAX
            positions = await self._subscription.take(seconds_max=wait)
            if positions:
                self._hub.look_again()
            await _send_body(send, _events(positions) or HEARTBEAT)
        await _send_body(send, b"", is_last=True)


def _events(positions: list[int]) -> bytes:
    return "".join(
        f'event: decompte\nid: {position}\ndata: {{"position":{position}}}\n\n' for position in positions
    ).encode()


async def _send(send: Send, message: Message) -> None:
    await asyncio.wait_for(send(message), SEND_SECONDS_MAX)


async def _send_body(send: Send, body: bytes, *, is_last: bool = False) -> None:
    await _send(send, {"type": "http.response.body", "body": body, "more_body": not is_last})


async def _left(receive: Receive) -> None:
    """Return once the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
