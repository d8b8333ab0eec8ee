"""Between an event of the ledger and a stored event: facts in clear, the personal part sealed under the member's key.

The state is one JSON object, readable with `psql` as far as it is clear:

    {"v": 1, "acteur": …, "trace": …, "sujet": …, "empreinte": …, "faits": {…}, "scelle": "base64"}

`v` is the version of the event's shape; `scelle` is nonce + AES-256-GCM, bound to its stream and topic.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commands.ports import Fact, Provenance, RecordedFact
from infra.draws import Draws
from infra.journal.keyring import NONCE_BYTES, sealing_context
from infra.journal.members import MemberKeys
from infra.journal.sealed import SealedEvent
from ledger.events import Event, Personal, Registry
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

    def seal(self, facts: Sequence[Fact], provenances: Sequence[Provenance]) -> list[SealedEvent]:
        """The stored forms. Raises KeyError, KeyAltered.

        Of a member whose key is destroyed it is a tombstone from the start: what is personal of her is sealed under a
        key that nobody keeps, so that a late fact looks like the others.
        """
        scelles = [
            None
            if fact.personnel is None
            else seal(self._keys.sealing_key(fact.sujet), fact.personnel, sealing_context(fact.stream, fact.kind.topic))
            for fact in facts
        ]
        states = [
            State(
                fact.kind.version,
                stamp.actor,
                stamp.trace_id,
                fact.sujet,
                fact.empreinte,
                msgspec.Raw(fact.faits),
                scelle,
            )
            for fact, stamp, scelle in zip(facts, provenances, scelles, strict=True)
        ]
        return [
            SealedEvent(fact.stream, fact.version, fact.kind.topic, state)
            for fact, state in zip(facts, [_encode(state) for state in states], strict=True)
        ]

    def read(self, stream: Stream, topic: str, stored: bytes, *, position: int, version: int = 1) -> RecordedFact:
        """What stands there. Raises UnreadableEvent, as its event does, which raises SealBroken too.

        `personnel` of the event is None when its key is destroyed.
        """
        state = read_state(stored)
        return RecordedFact(
            stream=stream,
            sujet=state.sujet,
            kind=self._registry.kind(topic),
            empreinte=state.empreinte,
            position=position,
            version=version,
            read=partial(self._event, stream, topic, state),
        )

    def _event(self, stream: Stream, topic: str, state: State) -> Event:
        personnel = None
        if state.scelle is not None:
            personnel = self.open(state.sujet, stream, topic, state.v, state.scelle)
        facts = self._registry.read_facts(topic, state.v, state.faits)
        return self._registry.kind(topic)(faits=facts, personnel=personnel)

    def open(self, sujet: UUID, stream: Stream, topic: str, version: int, scelle: bytes) -> Personal | None:
        """The personal part; None when the member's key has been destroyed. Raises SealBroken."""
        key = self._keys.key(sujet)
        if key is None:
            return None
        return self._registry.read_personal(topic, version, unseal(key, scelle, sealing_context(stream, topic)))


def read_state(state: bytes) -> State:
    """The envelope of a stored event, facts and personal part still closed. Raises msgspec.MsgspecError."""
    return _decode_state(state)


_nonces = Draws(size=NONCE_BYTES, at_once=NONCES_AT_ONCE)


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
