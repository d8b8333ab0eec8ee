"""A log checked span by span: a large one by two processes, each of which does whole spans by itself.

Hashing is what costs, and Python does it on one core. The second process sees the very moment of the database that the
first one does, and says little of what is plain; until it is there the first one does its work.
"""

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from queue import Queue
from threading import Event, Thread
from typing import Any

from psycopg import Connection

from infra.postgres.snapshot import exported
from infra.preuve.log import Scan
from infra.verify.plain import Span, Tiles, plain_tiles
from infra.verify.scanning_apart import READY, read_tiles

SPAN_ENTRIES = 16_384
"""A whole number of tiles."""

AHEAD = 2
"""How many spans the second process has been asked for: the one that it works on, and the next."""

APART_FROM_ENTRIES = 250_000
"""Below this size a second process takes longer to start than it saves."""

STOP_SECONDS_MAX = 10.0
ENDED = "le second processus du contrôle s'est arrêté"

Checked = tuple[Span, Tiles | None]
Inside = Callable[[int, int], Collection[int]]
"""The tiles of the entries [first, end) whose leaves are wanted."""


class ScanFailed(OSError):
    """The second process ended before its work; what it said is on standard error."""


def checked_spans(
    connection: Connection[Any], scan: Scan, journal: str, size: int, *, inside: Inside, url: str
) -> Iterator[Checked]:
    """Each span of a log of `size` entries, in order, with its tiles; None for those when it is not plain.

    `url`: of the same database. Raises ScanFailed.
    """
    left = deque((first, min(size, first + SPAN_ENTRIES)) for first in range(0, size, SPAN_ENTRIES))

    def take() -> Span:
        first, end = left.popleft()
        return Span(first, end, inside(first, end))

    def check(span: Span) -> Checked:
        return span, plain_tiles(connection, scan, journal, span)

    if size < APART_FROM_ENTRIES:
        while left:
            yield check(take())
        return
    apart = _Apart(connection, scan, journal, url)
    try:
        done: dict[int, Checked] = {}
        at = 0  # where the next span begins that is handed on
        while at < size:
            while left and apart.is_ready() and len(apart.asked) < AHEAD:
                apart.ask(take())
            if left:
                mine = take()
                done[mine.first] = check(mine)
            while apart.asked and (apart.has_answered() or not left):
                answered = apart.answer()
                done[answered[0].first] = answered
            while at in done:
                span, tiles = done.pop(at)
                at = span.end
                yield span, tiles
    finally:
        apart.stop()


class _Apart:
    """The second process. A thread takes what it says as soon as it says it: a full pipe would hold it up."""

    def __init__(self, connection: Connection[Any], scan: Scan, journal: str, url: str) -> None:
        self.asked: deque[Span] = deque()
        self._expected: Queue[Span] = Queue()
        self._said: Queue[Checked | None] = Queue()
        self._is_ready = Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.verify.scanning_apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._listener = Thread(target=self._listen, name="scanning", daemon=True)
        self._listener.start()
        where = {"url": url, "instantane": exported(connection), "journal": journal}
        self._say(where | {"module": scan.__module__, "nom": scan.__name__})

    def is_ready(self) -> bool:
        """Whether it has started, or ended at once, without waiting for it."""
        return self._is_ready.is_set()

    def ask(self, span: Span) -> None:
        """Have it check a span. Raises ScanFailed."""
        self._expected.put(span)
        self.asked.append(span)
        self._say([span.first, span.end, list(span.open)])

    def has_answered(self) -> bool:
        """Whether the span that was asked for first is done, or will never be."""
        return not self._said.empty()

    def answer(self) -> Checked:
        """The span that was asked for first, which is waited for. Raises ScanFailed."""
        self.asked.popleft()
        answered = self._said.get()
        if answered is None:
            raise ScanFailed(ENDED)
        return answered

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.terminate()
        self._process.wait(STOP_SECONDS_MAX)
        self._expected.put(Span(0, 0))
        self._listener.join(STOP_SECONDS_MAX)
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _listen(self) -> None:
        source = self._process.stdout
        assert source is not None
        try:
            if source.read(len(READY)) == READY:
                self._is_ready.set()
                while True:
                    span = self._expected.get()
                    self._said.put((span, read_tiles(source, span)))
        except (EOFError, OSError):
            pass
        self._is_ready.set()
        self._said.put(None)

    def _say(self, said: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(said).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise ScanFailed(ENDED) from None
