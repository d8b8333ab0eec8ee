"""The streams that this process has seen in the journal lately, once something has come twice.

Feeds repeat what they sent a while ago. Whether such a stream stands is then asked before it is written, for it alone:
all others go in as if nothing were ever repeated. It is a guess at what to ask, never an answer.
"""

from collections.abc import Set
from threading import Lock

from infra.journal.placing import Wanted
from ledger.references import Stream

STREAMS_MAX = 65_536
"""How many are kept at least, twice as many at most: a hundred bytes each."""


class RecentStreams:
    """A set that forgets the oldest, half at a time; it stays empty until told to begin."""

    def __init__(self) -> None:
        self.is_kept = False
        self._lock = Lock()
        self._newer: set[Stream] = set()
        self._older: set[Stream] = set()

    def begin(self) -> None:
        """From now on they are kept."""
        self.is_kept = True

    def known(self, wanted: Wanted) -> Set[Stream] | None:
        """Those streams that were seen; None while nothing has come twice."""
        if not self.is_kept:
            return None
        streams = wanted.streams
        with self._lock:
            return self._newer.intersection(streams) | self._older.intersection(streams)

    def add(self, wanted: Wanted) -> None:
        """These streams stand in the journal."""
        if not self.is_kept:
            return
        streams = wanted.streams
        with self._lock:
            self._newer.update(streams)
            if len(self._newer) >= STREAMS_MAX:
                self._older, self._newer = self._newer, set()
