"""Entries of a log range by range, for a check: of a large log, hashed in a second process while the first compares.

Hashing every stored row costs as much as all that follows it, and Python does both on one core. The second process sees
the very moment of the database that the first one does; until it is there the first one does its work.
"""

import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from queue import Queue
from threading import Event, Thread
from typing import Any

from psycopg import Connection

from infra.postgres.snapshot import exported
from infra.verify.scanning_apart import READY, Scan, read_entries

RANGE_ENTRIES = 16_384
"""A whole number of tiles."""

AHEAD = 3
"""How many ranges the second process is asked for before the first of them is needed: what bounds memory."""

APART_FROM_ENTRIES = 100_000
"""Below this size a second process takes longer to start than it saves."""

STOP_SECONDS_MAX = 10.0
ENDED = "le second processus du contrôle s'est arrêté"
Range = tuple[int, int, list[bytes | None]]


class ScanFailed(OSError):
    """The second process ended before its work; what it said is on standard error."""


def ranges(connection: Connection[Any], scan: Scan, size: int, url: str) -> Iterator[Range]:
    """First index, end and entries of each range of a log of `size` entries. Raises ScanFailed."""
    bounds = deque((first, min(size, first + RANGE_ENTRIES)) for first in range(0, size, RANGE_ENTRIES))
    if size < APART_FROM_ENTRIES:
        yield from ((first, end, scan(connection, first, end)) for first, end in bounds)
        return
    apart = _Apart(connection, scan, url)
    try:
        while bounds:
            first, end = bounds.popleft()
            is_apart = bool(apart.asked)  # it is asked for ranges in a row, the next one first
            while apart.is_ready() and (ahead := len(apart.asked) - is_apart) < min(AHEAD, len(bounds)):
                apart.ask(*bounds[ahead])
            yield first, end, apart.answer() if is_apart else scan(connection, first, end)
    finally:
        apart.stop()


class _Apart:
    """The second process. A thread takes what it says as soon as it says it: a full pipe would hold it up."""

    def __init__(self, connection: Connection[Any], scan: Scan, url: str) -> None:
        self.asked: deque[tuple[int, int]] = deque()
        self._said: Queue[list[bytes | None] | None] = Queue()
        self._is_ready = Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.verify.scanning_apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._listener = Thread(target=self._listen, name="scanning", daemon=True)
        self._listener.start()
        self._say({"url": url, "instantane": exported(connection), "module": scan.__module__, "nom": scan.__name__})

    def is_ready(self) -> bool:
        """Whether it has started, or ended at once, without waiting for it."""
        return self._is_ready.is_set()

    def ask(self, first: int, end: int) -> None:
        """Have it read a range. Raises ScanFailed."""
        self._say([first, end])
        self.asked.append((first, end))

    def answer(self) -> list[bytes | None]:
        """The entries of the range that was asked for first. Raises ScanFailed."""
        self.asked.popleft()
        entries = self._said.get()
        if entries is None:
            raise ScanFailed(ENDED)
        return entries

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.terminate()
        self._process.wait(STOP_SECONDS_MAX)
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
                    self._said.put(read_entries(source))
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
