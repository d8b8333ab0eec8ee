"""Entries of a log range by range, for a check: of a large log, hashed in a second process while the first compares.

Hashing every stored row costs as much as all that follows it, and Python does both on one core. The second process sees
the very moment of the database that the first one does; until it is there the first one does its work.
"""

import json
import select
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from psycopg import Connection
from psycopg.rows import tuple_row

from infra.verify.scanning_apart import READY, Scan, read_entries

RANGE_ENTRIES = 16_384
"""A whole number of tiles."""

AHEAD = 3
"""How many ranges the second process is asked for before the first of them is needed: what bounds memory."""

APART_FROM_ENTRIES = 100_000
"""Below this size a second process takes longer to start than it saves."""

STOP_SECONDS_MAX = 10.0
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
    """The second process."""

    def __init__(self, connection: Connection[Any], scan: Scan, url: str) -> None:
        self.asked: deque[tuple[int, int]] = deque()
        self._is_ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.verify.scanning_apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._say({"url": url, "instantane": _exported(connection), "module": scan.__module__, "nom": scan.__name__})

    def is_ready(self) -> bool:
        """Whether it has started, without waiting for it."""
        if not self._is_ready and select.select([self._stdout], [], [], 0)[0]:
            if self._stdout.read(len(READY)) != READY:
                raise ScanFailed("le second processus du contrôle s'est arrêté")
            self._is_ready = True
        return self._is_ready

    def ask(self, first: int, end: int) -> None:
        """Have it read a range."""
        self._say([first, end])
        self.asked.append((first, end))

    def answer(self) -> list[bytes | None]:
        """The entries of the range that was asked for first."""
        self.asked.popleft()
        try:
            return read_entries(self._stdout)
        except EOFError:
            raise ScanFailed("le second processus du contrôle s'est arrêté") from None

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.terminate()
        for pipe in (self._process.stdin, self._stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self._process.wait(STOP_SECONDS_MAX)

    def _say(self, said: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said).encode() + b"\n")
        self._process.stdin.flush()

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout


def _exported(connection: Connection[Any]) -> str:
    """The name of what this transaction sees."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])
