"""A recorded event as `decompte.journal` tells it. What the fields mean: `docs/asyncapi.yaml`.

The facts go out as they are stored, at their version. The personal part only when the settings say so: it is then in
clear, and beyond the reach of an erasure; once the member's key is destroyed it is null.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import UNSET, UnsetType

from infra.journal.keyring import sealing_context
from infra.journal.mapper import State, unseal
from infra.journal.pages import JournalRow
from infra.postgres.binary import instant_of

Keys = Mapping[UUID, AESGCM]
Headers = list[tuple[str, bytes]]


class Published(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The value of a message."""

    position: int
    topic: str
    version: int
    enregistre_at: datetime
    sujet: UUID
    faits: msgspec.Raw
    personnel: msgspec.Raw | UnsetType | None = UNSET


_encode = msgspec.json.Encoder().encode


def message_of(row: JournalRow, state: State, keys: Keys | None) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of an event; `keys` None withholds what is personal. Raises SealBroken."""
    position, micros, stream, topic, _ = row
    personnel: msgspec.Raw | UnsetType | None = UNSET
    if keys is not None and state.scelle is not None:
        key = keys.get(state.sujet)
        personnel = None
        if key is not None:
            personnel = msgspec.Raw(unseal(key, state.scelle, sealing_context(stream, topic)))
    value = Published(
        position=position,
        topic=topic,
        version=state.v,
        enregistre_at=instant_of(micros),
        sujet=state.sujet,
        faits=state.faits,
        personnel=personnel,
    )
    headers = [
        ("position", str(position).encode()),
        ("topic", topic.encode()),
        ("version", str(state.v).encode()),
        # The span is the event itself: another one in the trace that recorded it.
        ("traceparent", f"00-{state.trace}-{position:016x}-01".encode()),
    ]
    return str(state.sujet).encode(), _encode(value), headers
