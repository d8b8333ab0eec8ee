"""A stored event as the projection sees it, read no further than the projection looks."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from infra.journal.mapper import read_state
from infra.journal.pages import JournalRow
from infra.postgres.binary import instant_of
from ledger.events import Facts
from ledger.registry import REGISTRY
from projections.dossiers import FAITS_BY_TOPIC, Recorded, seen

F = TypeVar("F", bound=Facts)


class _Seen(msgspec.Struct, Generic[F], frozen=True, gc=False):
    """What a projection looks at in a stored state, facts included: decoded in one go."""

    v: int
    sujet: str
    faits: F
    scelle: bytes | None = None


@lru_cache(maxsize=16_384)
def _sujet(text: str) -> bytes:
    """The 16 bytes of a member's id; most events of a page are of few members."""
    return UUID(text).bytes


def read_event(row: JournalRow) -> Recorded:
    """A row of the journal as the projection sees it. Raises UnreadableEvent, UnprojectableEvent, MsgspecError."""
    return read_events([row])[0]


def read_events(rows: Sequence[JournalRow]) -> list[Recorded]:
    """Rows of the journal as the projection sees them. Raises likewise, for the first that cannot be read.

    An event of its topic's present version is read at once, in the projection's own shape. Any other takes the whole
    way: its old form, the upcasts, the present facts, then the same shape, in the same bytes.
    """
    decoded: Sequence[_Seen[Facts] | None]
    try:  # all are decoded before the first is put together: what works on them stays at hand
        decoded = [_DECODERS[topic](stored) for _, _, _, topic, stored in rows]
    except (LookupError, ValueError):
        decoded = [_at_once(row) for row in rows]
    read: list[Recorded] = []
    before, recorded_at = 0, instant_of(0)
    for row, now in zip(rows, decoded, strict=True):
        position, micros, stream, topic, _ = row
        if micros != before:  # those of one transaction follow each other
            before, recorded_at = micros, instant_of(micros)
        try:
            if now is not None and now.v == _VERSIONS[topic]:
                sujet = _sujet(now.sujet)
                read.append(Recorded(position, recorded_at, topic, now.v, stream, sujet, now.faits, now.scelle))
                continue
        except ValueError:
            pass  # its member is nobody
        read.append(_the_whole_way(row, recorded_at))
    return read


def _at_once(row: JournalRow) -> _Seen[Facts] | None:
    try:
        return _DECODERS[row[3]](row[4])
    except (LookupError, ValueError):
        return None  # an old form, or a broken one: the whole way says which


def _the_whole_way(row: JournalRow, recorded_at: datetime) -> Recorded:
    position, _, stream, topic, stored = row
    state = read_state(stored)
    faits = seen(topic, REGISTRY.read_facts(topic, state.v, state.faits))
    return Recorded(position, recorded_at, topic, state.v, stream, state.sujet.bytes, faits, state.scelle)


def _decoder(topic: str) -> Callable[[bytes], _Seen[Facts]]:
    shape: Any = FAITS_BY_TOPIC[topic]
    decoder: msgspec.json.Decoder[_Seen[Facts]] = msgspec.json.Decoder(_Seen[shape])
    return decoder.decode


_DECODERS = {topic: _decoder(topic) for topic in REGISTRY.by_topic if topic in FAITS_BY_TOPIC}
_VERSIONS = {topic: REGISTRY.by_topic[topic].version for topic in _DECODERS}
