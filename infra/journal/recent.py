"""The streams that this process has seen in the journal lately.

Feeds repeat what they sent a while ago. Whether such a stream stands is then asked before it is written, for it alone:
all others go in as if nothing were ever repeated. It is a guess at what to ask, never an answer.
"""

from collections.abc import Sequence, Set
from threading import Lock

from ledger.references import Stream

STREAMS_MAX = 65_536
"""How many are kept at least, twice as many at most: a hundred bytes each."""


class RecentStreams:
    """A set that forgets the oldest, half at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newer: set[Stream] = set()
        self._older: set[Stream] = set()

    def known(self, streams: Sequence[Stream]) -> Set[Stream]:
        """Those of these streams that were seen."""
        with self._lock:
            return self._newer.intersection(streams) | self._older.intersection(streams)

    def add(self, streams: Sequence[Stream]) -> None:
        """These streams stand in the journal now."""
        with self._lock:
            self._newer.update(streams)
            if len(self._newer) >= STREAMS_MAX:
                self._older, self._newer = self._newer, set()
