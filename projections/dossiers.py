"""From events to the rows that statements are read from: facts, with the position that they came from.

Pure: events in, rows out, one for one. Nothing is overwritten and nothing is decided: a cancellation is a row too.
The personal part stays sealed on its way, so destroying a member's key blinds the rows with the journal.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from ledger.adherent.events import AdherentFaits, AdherentRegistered
from ledger.annulation.events import AnnulationFaits, AnnulationRecorded
from ledger.bordereau.events import BordereauFaits
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, DecompteCancelled, DecompteFaits
from ledger.events import Facts
from ledger.sinistre.events import EtapeFaits, SoinFreed, SoinTaken

NAME = "dossiers"
"""The name of this projection, for its position, `rebuild` and the health check."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event as the projection sees it: its facts, and its personal part still sealed.

    `stream` is the id of its stream, 16 bytes.
    """

    position: int
    recorded_at: datetime
    topic: str
    version: int
    stream: bytes
    sujet: UUID
    faits: Facts
    scelle: bytes | None


class DecompteRow(NamedTuple):
    """A row of `read_decompte`; `lignes` is JSON."""

    sujet: UUID
    position: int
    version: int
    enregistre_at: datetime
    emetteur: str
    reference: str
    payeur: str
    rang: int
    date_paiement: date
    destinataire: str
    total_centimes: int
    virement: str | None
    organisme: str | None
    sinistre: str | None
    lignes: str
    scelle: bytes


class AnnulationRow(NamedTuple):
    """A row of `read_annulation`."""

    sujet: UUID
    position: int
    version: int
    enregistre_at: datetime
    emetteur: str
    reference: str
    annule: str
    date_annulation: date
    scelle: bytes


class AdherentRow(NamedTuple):
    """A row of `read_adherent`; `originator_id` is the stream of the registration, which its seal is bound to."""

    sujet: UUID
    position: int
    version: int
    enregistre_at: datetime
    originator_id: UUID
    emetteur: str
    date_effet: date
    scelle: bytes


class RecoursRow(NamedTuple):
    """A row of `read_recours`: a step of a sinistre or of a bordereau, or a recovery; `faits` is JSON.

    `reference` is that of the sinistre or the bordereau; `originator_id` the stream, which the seal is bound to. What
    a recovery seals is in its row of `read_decompte`.
    """

    sujet: UUID
    position: int
    version: int
    enregistre_at: datetime
    originator_id: UUID
    evenement: str
    reference: str
    faits: str
    scelle: bytes | None


Row = DecompteRow | AnnulationRow | AdherentRow | RecoursRow

_PAYEUR_BY_TOPIC = {event.topic: payeur.value for payeur, event in DECOMPTE_BY_PAYEUR.items()}
_WITHOUT_ROW = frozenset({DecompteCancelled.topic, SoinTaken.topic, SoinFreed.topic})
_encode = msgspec.json.Encoder().encode


class UnprojectableEvent(Exception):
    """An event that this projection does not know what to do with."""


def project(events: Sequence[Recorded]) -> list[Row]:
    """The rows of a batch of events. Raises UnprojectableEvent."""
    return [row for event in events for row in rows_of(event)]


def rows_of(event: Recorded) -> list[Row]:
    """The rows of one event. Raises UnprojectableEvent."""
    faits = event.faits
    if event.topic in _WITHOUT_ROW:
        return []  # What came with it has a row: the annulation, the step of the sinistre.
    reference = _reference_of_step(faits)
    if reference is not None:
        return [_recours_row(event, reference, scelle=event.scelle)]
    if event.scelle is None:
        raise UnprojectableEvent(f"{event.topic} without a personal part")
    if isinstance(faits, DecompteFaits) and event.topic in _PAYEUR_BY_TOPIC:
        return [
            DecompteRow(
                sujet=event.sujet,
                position=event.position,
                version=event.version,
                enregistre_at=event.recorded_at,
                emetteur=faits.emetteur,
                reference=faits.reference,
                payeur=_PAYEUR_BY_TOPIC[event.topic],
                rang=faits.rang,
                date_paiement=faits.date_paiement,
                destinataire=faits.destinataire.value,
                total_centimes=faits.total,
                virement=faits.virement,
                organisme=faits.organisme,
                sinistre=faits.sinistre,
                lignes=_encode(faits.lignes).decode(),
                scelle=event.scelle,
            ),
            *([_recours_row(event, faits.sinistre, scelle=None)] if faits.sinistre is not None else ()),
        ]
    if isinstance(faits, AnnulationFaits) and event.topic == AnnulationRecorded.topic:
        return [
            AnnulationRow(
                sujet=event.sujet,
                position=event.position,
                version=event.version,
                enregistre_at=event.recorded_at,
                emetteur=faits.emetteur,
                reference=faits.reference,
                annule=faits.annule,
                date_annulation=faits.date,
                scelle=event.scelle,
            )
        ]
    if isinstance(faits, AdherentFaits) and event.topic == AdherentRegistered.topic:
        return [
            AdherentRow(
                sujet=event.sujet,
                position=event.position,
                version=event.version,
                enregistre_at=event.recorded_at,
                originator_id=UUID(bytes=event.stream),
                emetteur=faits.emetteur,
                date_effet=faits.date_effet,
                scelle=event.scelle,
            )
        ]
    raise UnprojectableEvent(event.topic)


def _reference_of_step(faits: Facts) -> str | None:
    """The sinistre or the bordereau that a step is of; None for what is no step."""
    if isinstance(faits, EtapeFaits):
        return faits.sinistre
    return faits.bordereau if isinstance(faits, BordereauFaits) else None


def _recours_row(event: Recorded, reference: str, *, scelle: bytes | None) -> RecoursRow:
    return RecoursRow(
        sujet=event.sujet,
        position=event.position,
        version=event.version,
        enregistre_at=event.recorded_at,
        originator_id=UUID(bytes=event.stream),
        evenement=event.topic,
        reference=reference,
        faits=_encode(event.faits).decode(),
        scelle=scelle,
    )
