"""Random bytes from the system, fetched many draws at a time."""

import os
import threading


class Draws(threading.local):
    """Draws of `size` bytes, `at_once` from one call to the system; each thread has its own, and no draw comes twice.

    A call to the system costs more than a draw, and lets other threads run Python: one for every event that is sealed
    would make a batch wait at each.
    """

    def __init__(self, *, size: int, at_once: int) -> None:
        self._size = size
        self._bytes = size * at_once
        self._left: list[bytes] = []

    def draw(self) -> bytes:
        """Bytes that nobody can foretell."""
        if not self._left:
            pool = os.urandom(self._bytes)
            self._left = [pool[i : i + self._size] for i in range(0, self._bytes, self._size)]
        return self._left.pop()
