"""The feed message that says an event: what a payer would have sent."""

import json
from typing import Any

import msgspec

from ledger.adherent.events import AdherentRegistered
from ledger.annulation.events import AnnulationRecorded
from ledger.decompte.events import DecompteRecorded
from ledger.events import Event

TYPES = {AnnulationRecorded: "annulation", AdherentRegistered: "adherent"}


def message_of(event: Event, **changes: Any) -> dict[str, Any]:
    """The message as JSON values; `changes` are made to its top level."""
    assert event.personnel is not None
    faits: dict[str, Any] = json.loads(msgspec.json.encode(event.faits))
    personnel: dict[str, Any] = json.loads(msgspec.json.encode(event.personnel))
    if isinstance(event, DecompteRecorded):
        lignes = [own | sealed for own, sealed in zip(faits["lignes"], personnel["lignes"], strict=True)]
        kind = {"type": "decompte", "version": 1, "payeur": event.payeur.value}
        return kind | faits | personnel | {"lignes": lignes} | changes
    return {"type": TYPES[type(event)], "version": 1} | faits | personnel | changes


def feed(event: Event, **changes: Any) -> bytes:
    """The message as a line of a feed."""
    return encode(message_of(event, **changes))


def encode(message: Any) -> bytes:
    """Any JSON value as a line of a feed."""
    return json.dumps(message, ensure_ascii=False).encode("utf-8")
