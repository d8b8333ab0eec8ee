"""A light HTTP client: `python -m infra.bench.programs.loading`, a `Load` on standard input, a `Loaded` on output.

It reads no more of an answer than it must, so that most of the processor is left to the server.
"""

import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import cast

import msgspec

from infra.bench.measures import percentile

ANSWER_SECONDS_MAX = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"
_WITHOUT_BODY = frozenset({"204", "304"})


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask: each connection sends the requests in turn, the next once the last is answered."""

    host: str
    port: int
    connections: int
    seconds: float
    requests: list[str]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered; `octets` are those of all answers, heads included."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    octets: int
    statuses: dict[str, int]


class Asker(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, requests: "cycle[bytes]", deadline: float, done: "asyncio.Future[None]") -> None:
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.octets = 0
        self._requests = requests
        self._deadline = deadline
        self._done = done
        self._head = b""
        self._missing = 0
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own inherit from nothing
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take what comes; ask again once the answer is whole."""
        self.octets += len(data)
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(_END_OF_HEAD)
            if end < 0:
                return
            status = self._head[9:12].decode("ascii")
            self.statuses[status] += 1
            length = _LENGTH.search(self._head, 0, end)
            if length is None and status not in _WITHOUT_BODY:
                self._finish(OSError("une réponse n'a pas de longueur"))
                return
            body = int(length[1]) if length is not None and status not in _WITHOUT_BODY else 0
            self._missing = body - (len(self._head) - end - len(_END_OF_HEAD))
            self._head = b""
        if self._missing == 0:
            now = time.perf_counter()
            self.latencies.append(now - self._asked_at)
            if now < self._deadline:
                self._ask()
            else:
                self._finish(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server left before the end."""
        self._finish(exc or OSError("connexion fermée par le serveur"))

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def _finish(self, error: Exception | None) -> None:
        if not self._done.done():
            if error is None:
                self._done.set_result(None)
            else:
                self._done.set_exception(error)
        self._transport.close()


async def run(load: Load) -> Loaded:
    """Ask for as long as was said. Raises OSError when the server leaves."""
    loop = asyncio.get_running_loop()
    requests = cycle([request.encode("ascii") for request in load.requests])
    begun = time.perf_counter()
    askers: list[Asker] = []
    ends: list[asyncio.Future[None]] = []
    for _ in range(load.connections):
        done = loop.create_future()
        asker = Asker(requests, begun + load.seconds, done)
        await loop.create_connection(lambda asker=asker: asker, load.host, load.port)  # type: ignore[misc]
        askers.append(asker)
        ends.append(done)
    async with asyncio.timeout(load.seconds + ANSWER_SECONDS_MAX):
        await asyncio.gather(*ends)
    latencies = [latency for asker in askers for latency in asker.latencies]
    return Loaded(
        answers=len(latencies),
        seconds=time.perf_counter() - begun,
        p50_ms=percentile(latencies, 0.50) * 1000,
        p99_ms=percentile(latencies, 0.99) * 1000,
        octets=sum(asker.octets for asker in askers),
        statuses=dict(sum((asker.statuses for asker in askers), Counter[str]())),
    )


def main() -> None:
    """Read the load, run it, write what came of it."""
    load = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    with asyncio.Runner(loop_factory=_quickest_loop()) as runner:
        sys.stdout.buffer.write(msgspec.json.encode(runner.run(run(load))))


def _quickest_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # where it does not exist
        return asyncio.new_event_loop
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
