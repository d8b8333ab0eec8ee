"""A stored event as the projection sees it, read no further than the projection looks."""

from collections.abc import Callable
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


_instant = lru_cache(maxsize=1024)(instant_of)


def read_event(row: JournalRow) -> Recorded:
    """A row of the journal as the projection sees it. Raises UnreadableEvent, UnprojectableEvent, MsgspecError.

    An event of its topic's present version is read at once, in the projection's own shape. Any other takes the whole
    way: its old form, the upcasts, the present facts, then the same shape, in the same bytes.
    """
    position, micros, stream, topic, stored = row
    present = _PRESENT.get(topic)
    if present is not None:
        version, decode = present
        try:
            now = decode(stored)
            if now.v == version:
                sujet, recorded_at = _sujet(now.sujet), _instant(micros)
                return Recorded(position, recorded_at, topic, version, stream, sujet, now.faits, now.scelle)
        except ValueError:
            pass  # an old form, or a broken one: the whole way says which
    state = read_state(stored)
    faits = seen(topic, REGISTRY.read_facts(topic, state.v, state.faits))
    return Recorded(position, _instant(micros), topic, state.v, stream, state.sujet.bytes, faits, state.scelle)


def _decoder(topic: str) -> Callable[[bytes], _Seen[Facts]]:
    shape: Any = FAITS_BY_TOPIC[topic]
    decoder: msgspec.json.Decoder[_Seen[Facts]] = msgspec.json.Decoder(_Seen[shape])
    return decoder.decode


_PRESENT = {
    topic: (event.version, _decoder(topic)) for topic, event in REGISTRY.by_topic.items() if topic in FAITS_BY_TOPIC
}
