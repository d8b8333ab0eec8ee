"""An event as it will be stored: what the mapper makes and the recorder writes."""

import msgspec

from ledger.references import Stream


class SealedEvent(msgspec.Struct, frozen=True, gc=False):
    """The columns of `stored_events` that are known before its place in the journal is."""

    stream: Stream
    version: int
    topic: str
    state: bytes
