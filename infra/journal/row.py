"""A row of `stored_events` as binary COPY has it: seven columns, each with its length before it."""

from functools import lru_cache
from struct import Struct

from infra.journal.keyring import EVENT_MAC_VERSION, MAC_BYTES
from infra.journal.sealed import SealedEvent

_BEFORE_STREAM = Struct(">hi").pack(7, 16)
_VERSION = Struct(">iq").pack
_LENGTH_BYTES = 4
_LENGTH = Struct(">i").pack
_AFTER_STATE = Struct(">iqiq")
_BEFORE_TOPIC = Struct(">hi16siqi")
BEFORE_MAC = _LENGTH(len(EVENT_MAC_VERSION) + MAC_BYTES)
"""What stands between a row that `packed_row` packed and its MAC, the last column."""


def packed_row(event: SealedEvent, position: int, instant: int) -> bytes:
    """A row of `stored_events` in binary COPY, but for its MAC, which is taken over it; `instant` in microseconds.

    Each column has its length before it: no row looks like another, nor like its beginning.
    """
    state = event.state
    return b"".join(
        (
            _BEFORE_STREAM,
            event.stream,
            _between(event.version, event.topic, len(state)),
            state,
            _AFTER_STATE.pack(8, position, 8, instant),
        )
    )


def unpacked_row(packed: bytes) -> tuple[SealedEvent, int, int]:
    """Event, position and instant (microseconds) that `packed_row` packed, or PostgreSQL the same way."""
    _, _, stream, _, version, length = _BEFORE_TOPIC.unpack_from(packed)
    topic, state = _BEFORE_TOPIC.size, _BEFORE_TOPIC.size + length + _LENGTH_BYTES
    end = len(packed) - _AFTER_STATE.size
    event = SealedEvent(stream, version, packed[topic : topic + length].decode(), packed[state:end])
    _, position, _, instant = _AFTER_STATE.unpack_from(packed, end)
    return event, position, instant


@lru_cache(maxsize=16_384)
def _between(version: int, topic: str, state_bytes: int) -> bytes:
    """What stands between a stream and a state; few events differ in it."""
    encoded = topic.encode()
    return _VERSION(8, version) + _LENGTH(len(encoded)) + encoded + _LENGTH(state_bytes)
