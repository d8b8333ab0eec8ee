"""Stored events as auditors see them: facts as they stand, the personal part only when it is opened."""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, cast
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.audit.filtres import Row
from infra.journal.keyring import Keyring, sealing_context
from infra.journal.mapper import SealBroken, State, read_state, unseal
from infra.journal.row import packed_row
from infra.journal.sealed import SealedEvent
from infra.postgres.binary import micros
from readmodels.vues_audit import EtatPersonnel, Evenement, EvenementBrut

Opened = tuple[EtatPersonnel, msgspec.Raw | None]


def sujets_of(rows: Iterable[Row]) -> frozenset[UUID]:
    """The members whom these events are about, as far as they can be read."""
    states = (_state(row) for row in rows)
    return frozenset(state.sujet for state in states if state is not None)


def evenement(row: Row, keyring: Keyring, *, destroyed: frozenset[UUID]) -> Evenement:
    """An event, its personal part closed. `destroyed`: the members whose key is gone."""
    state = _state(row)
    sealed = EtatPersonnel.AUCUN if state is None or state.scelle is None else EtatPersonnel.SCELLE
    if state is not None and sealed is EtatPersonnel.SCELLE and state.sujet in destroyed:
        sealed = EtatPersonnel.DETRUIT
    return _vue(row, state, keyring, (sealed, None))


def opened(row: Row, keyring: Keyring, keys: Mapping[UUID, AESGCM]) -> Evenement:
    """An event with its personal part, opened by these keys: without her key it is a tombstone."""
    state = _state(row)
    if state is None or state.scelle is None:
        return _vue(row, state, keyring, (EtatPersonnel.AUCUN, None))
    key = keys.get(state.sujet)
    if key is None:
        return _vue(row, state, keyring, (EtatPersonnel.DETRUIT, None))
    try:
        content = unseal(key, state.scelle, sealing_context(row["originator_id"].bytes, row["topic"]))
    except (SealBroken, ValueError):
        return _vue(row, state, keyring, (EtatPersonnel.ALTERE, None))
    return _vue(row, state, keyring, (EtatPersonnel.OUVERT, msgspec.Raw(content)))


def brut(row: Row, vue: Evenement) -> EvenementBrut:
    """An event with its stored columns."""
    etat = bytes(row["state"])
    text = _text(etat)
    return EvenementBrut(
        evenement=vue,
        etat=text,
        etat_base64=base64.b64encode(etat).decode() if text is None else None,
        mac=base64.b64encode(bytes(row["mac"])).decode(),
    )


def is_intact(row: Row, keyring: Keyring) -> bool:
    """Whether an event's MAC is that of its columns."""
    event = SealedEvent(row["originator_id"].bytes, row["originator_version"], row["topic"], bytes(row["state"]))
    packed = packed_row(event, row["notification_id"], micros(row["recorded_at"]))
    return keyring.is_event_mac(packed, bytes(row["mac"]))


def _vue(row: Row, state: State | None, keyring: Keyring, personal: Opened) -> Evenement:
    return Evenement(
        position=row["notification_id"],
        enregistre_at=row["recorded_at"].astimezone(UTC),
        flux=row["originator_id"],
        rang=row["originator_version"],
        topic=row["topic"],
        version=state.v if state is not None else None,
        acteur=state.acteur if state is not None else None,
        trace=state.trace if state is not None else None,
        sujet=state.sujet if state is not None else None,
        empreinte=base64.b64encode(state.empreinte).decode() if state is not None else None,
        # As they were stored: a Raw is written as it is.
        faits=cast("dict[str, Any] | None", state.faits if state is not None else None),
        etat_personnel=personal[0],
        personnel=cast("dict[str, Any] | None", personal[1]),
        intact=is_intact(row, keyring),
    )


def _state(row: Row) -> State | None:
    try:
        return read_state(bytes(row["state"]))
    except msgspec.MsgspecError:
        return None


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
