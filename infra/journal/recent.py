"""The streams that this process has seen in the journal lately, once something has come twice.

Feeds repeat what they sent a while ago. Whether such a stream stands is then asked before it is written, for it alone:
all others go in as if nothing were ever repeated. It is a guess at what to ask, never an answer.
"""

from collections.abc import Set
from itertools import chain
from threading import Lock

from infra.journal.group_commit import Groups
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

    def known(self, groups: Groups) -> Set[Stream] | None:
        """Those streams of these groups that were seen; None while nothing has come twice."""
        if not self.is_kept:
            return None
        streams = streams_of(groups)
        with self._lock:
            return self._newer.intersection(streams) | self._older.intersection(streams)

    def add(self, groups: Groups) -> None:
        """The streams of these groups stand in the journal."""
        if not self.is_kept:
            return
        with self._lock:
            self._newer.update(streams_of(groups))
            if len(self._newer) >= STREAMS_MAX:
                self._older, self._newer = self._newer, set()


def streams_of(groups: Groups) -> list[Stream]:
    """The stream of every event, in order."""
    return [event.stream for event in chain.from_iterable(groups)]
