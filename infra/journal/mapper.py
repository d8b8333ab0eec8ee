"""Between an event of the ledger and a stored event: facts in clear, the personal part sealed under the member's key.

The state is one JSON object, readable with `psql` as far as it is clear:

    {"v": 1, "acteur": …, "trace": …, "sujet": …, "empreinte": …, "faits": {…}, "scelle": "base64"}

`v` is the version of the event's shape; `scelle` is nonce + AES-256-GCM, bound to its stream and topic.
"""

import os
import threading
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commands.ports import Fact, Provenance, RecordedFact
from infra.journal.keyring import NONCE_BYTES, sealing_context
from infra.journal.members import MemberKeys
from infra.journal.sealed import SealedEvent
from ledger.events import Personal, Registry
from ledger.references import Stream


class SealBroken(Exception):
    """A sealed part does not open under its member's key: it was altered or moved."""


class State(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The stored state of an event."""

    v: int
    acteur: str
    trace: str
    sujet: UUID
    empreinte: bytes
    faits: msgspec.Raw
    scelle: bytes | None = None


NONCES_AT_ONCE = 512
_encode = msgspec.json.Encoder().encode
_decode_state = msgspec.json.Decoder(State).decode


class SealingMapper:
    """Seals what is personal under the key of its member; an event whose key is gone reads as a tombstone."""

    def __init__(self, keys: MemberKeys, registry: Registry) -> None:
        self._keys = keys
        self._registry = registry

    def seal(self, fact: Fact, provenance: Provenance) -> SealedEvent:
        """The stored form: of a member whose key is destroyed, a tombstone from the start. Raises KeyError, KeyAltered.

        What is personal of her is then sealed under a key that nobody keeps: a late fact looks like the others.
        """
        topic, sujet, scelle = fact.kind.topic, fact.sujet, None
        if fact.personnel is not None:
            scelle = seal(self._keys.sealing_key(sujet), fact.personnel, sealing_context(fact.stream, topic))
        faits = msgspec.Raw(fact.faits)
        state = State(fact.kind.version, provenance.actor, provenance.trace_id, sujet, fact.empreinte, faits, scelle)
        return SealedEvent(fact.stream, fact.version, topic, _encode(state))

    def read(self, stream: Stream, topic: str, stored: bytes, *, position: int, version: int = 1) -> RecordedFact:
        """The event, with `personnel` None when its key is destroyed. Raises UnreadableEvent or SealBroken."""
        state = read_state(stored)
        personnel = None
        if state.scelle is not None:
            personnel = self.open(state.sujet, stream, topic, state.v, state.scelle)
        facts = self._registry.read_facts(topic, state.v, state.faits)
        return RecordedFact(
            stream=stream,
            sujet=state.sujet,
            event=self._registry.by_topic[topic](faits=facts, personnel=personnel),
            empreinte=state.empreinte,
            position=position,
            version=version,
        )

    def open(self, sujet: UUID, stream: Stream, topic: str, version: int, scelle: bytes) -> Personal | None:
        """The personal part; None when the member's key has been destroyed. Raises SealBroken."""
        key = self._keys.key(sujet)
        if key is None:
            return None
        return self._registry.read_personal(topic, version, unseal(key, scelle, sealing_context(stream, topic)))


def read_state(state: bytes) -> State:
    """The envelope of a stored event, facts and personal part still closed. Raises msgspec.MsgspecError."""
    return _decode_state(state)


class _Nonces(threading.local):
    """Random nonces, drawn from the system many at a time.

    Each call to the system lets other threads run Python: one a seal would make a batch wait at every event.
    """

    def __init__(self) -> None:
        self._left: list[bytes] = []

    def draw(self) -> bytes:
        if not self._left:
            pool = os.urandom(NONCE_BYTES * NONCES_AT_ONCE)
            self._left = [pool[i : i + NONCE_BYTES] for i in range(0, len(pool), NONCE_BYTES)]
        return self._left.pop()


_nonces = _Nonces()


def seal(key: AESGCM, content: bytes, context: bytes) -> bytes:
    """Nonce and AES-256-GCM of `content`, bound to `context`."""
    nonce = _nonces.draw()
    return nonce + key.encrypt(nonce, content, context)


def unseal(key: AESGCM, sealed: bytes, context: bytes) -> bytes:
    """What was sealed. Raises SealBroken."""
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag:
        raise SealBroken from None
