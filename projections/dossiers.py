"""From events to the rows that statements are read from: facts, with the position that they came from.

Pure: events in, rows out, one for one. Nothing is overwritten and nothing is decided: a cancellation is a row too.
The personal part stays sealed on its way, so destroying a member's key blinds the rows with the journal. The lines of
a décompte stay the JSON that they are: whoever wrote the event checked them, whoever reads the row decodes them.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from ledger.adherent.events import AdherentErased, AdherentFaits, AdherentRegistered, EffacementFaits
from ledger.annulation.events import AnnulationFaits, AnnulationRecorded
from ledger.bordereau.events import EVENTS as BORDEREAU_EVENTS
from ledger.bordereau.events import BordereauFaits
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, DecompteCancelled, DecompteCancelledFaits
from ledger.events import Facts, part_of
from ledger.sinistre.events import EVENTS as SINISTRE_EVENTS
from ledger.sinistre.events import EtapeFaits, RattachementFaits, SoinFreed, SoinTaken

NAME = "dossiers"
"""The name of this projection, for its position, `rebuild` and the health check."""


class DecompteClair(Facts, frozen=True, kw_only=True, gc=False):
    """The facts of a décompte as this projection reads them: `lignes` is the JSON of its lines, unread."""

    emetteur: str
    reference: str
    rang: int
    date_paiement: date
    destinataire: str
    total: int
    lignes: msgspec.Raw
    virement: str | None = None
    organisme: str | None = None
    sinistre: str | None = None


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event as the projection sees it: its facts in the shape of `FAITS_BY_TOPIC`, its personal part still sealed.

    `sujet` and `stream`, the id of its stream, are 16 bytes, here as in the rows.
    """

    position: int
    recorded_at: datetime
    topic: str
    version: int
    stream: bytes
    sujet: bytes
    faits: Facts
    scelle: bytes | None


class DecompteRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `read_decompte`; `lignes` is JSON. The order is that in which a row is packed."""

    sujet: bytes
    position: int
    version: int
    enregistre_at: datetime
    total_centimes: int
    reference: str
    emetteur: str
    organisme: str | None
    sinistre: str | None
    payeur: str
    rang: int
    date_paiement: date
    destinataire: str
    virement: str | None
    lignes: bytes
    scelle: bytes


class AnnulationRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `read_annulation`."""

    sujet: bytes
    position: int
    version: int
    enregistre_at: datetime
    emetteur: str
    reference: str
    annule: str
    date_annulation: date
    scelle: bytes


class AdherentRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `read_adherent`; `originator_id` is the stream of the registration, which its seal is bound to."""

    sujet: bytes
    position: int
    version: int
    enregistre_at: datetime
    originator_id: bytes
    emetteur: str
    date_effet: date
    scelle: bytes


class RecoursRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `read_recours`: a step of a sinistre or of a bordereau, or a recovery; `faits` is JSON.

    `reference` is that of the sinistre or the bordereau; `originator_id` the stream, which the seal is bound to. A
    recovery is there by its name: all that it says is in its row of `read_decompte`.
    """

    sujet: bytes
    position: int
    version: int
    enregistre_at: datetime
    originator_id: bytes
    evenement: str
    reference: str
    faits: bytes
    scelle: bytes | None


Row = DecompteRow | AnnulationRow | AdherentRow | RecoursRow

_WITHOUT_ROW = frozenset({DecompteCancelled.topic, SoinTaken.topic, SoinFreed.topic, AdherentErased.topic})
_encode = msgspec.json.Encoder().encode
_PAYEUR_BY_TOPIC = {event.topic: payeur.value for payeur, event in DECOMPTE_BY_PAYEUR.items()}

FAITS_BY_TOPIC: dict[str, type[Facts]] = {
    **dict.fromkeys(_PAYEUR_BY_TOPIC, DecompteClair),
    DecompteCancelled.topic: DecompteCancelledFaits,
    AnnulationRecorded.topic: AnnulationFaits,
    AdherentRegistered.topic: AdherentFaits,
    AdherentErased.topic: EffacementFaits,
    SoinTaken.topic: RattachementFaits,
    SoinFreed.topic: RattachementFaits,
    **{event.topic: part_of(event, "faits") for event in (*SINISTRE_EVENTS, *BORDEREAU_EVENTS)},
}
"""In which shape this projection reads the facts of each event that it knows."""


class UnprojectableEvent(Exception):
    """An event that this projection does not know what to do with."""


def seen(topic: str, faits: Facts) -> Facts:
    """Whole facts in the shape in which this projection reads them. Raises UnprojectableEvent."""
    shape = FAITS_BY_TOPIC.get(topic)
    if shape is None:
        raise UnprojectableEvent(topic)
    return msgspec.json.decode(msgspec.json.encode(faits), type=shape)


def rows_of(event: Recorded) -> list[Row]:
    """The rows of one event. Raises UnprojectableEvent."""
    return project([event])


def project(events: Sequence[Recorded]) -> list[Row]:
    """The rows of a batch of events. Raises UnprojectableEvent."""
    rows: list[Row] = []
    for event in events:
        topic, faits, scelle = event.topic, event.faits, event.scelle
        payeur = _PAYEUR_BY_TOPIC.get(topic)
        if payeur is None or scelle is None or not isinstance(faits, DecompteClair):
            rows += _rows_of_others(event)
            continue
        # Nearly all. Columns by position, as the class lists them: naming them costs more than all the rest.
        rows.append(
            DecompteRow(
                event.sujet,
                event.position,
                event.version,
                event.recorded_at,
                faits.total,
                faits.reference,
                faits.emetteur,
                faits.organisme,
                faits.sinistre,
                payeur,
                faits.rang,
                faits.date_paiement,
                faits.destinataire,
                faits.virement,
                _checked(faits.lignes, topic),
                scelle,
            )
        )
        if faits.sinistre is not None:
            named = _encode({"emetteur": faits.emetteur, "reference": faits.reference})
            rows.append(_recours_row(event, faits.sinistre, named, None))
    return rows


def _rows_of_others(event: Recorded) -> list[Row]:
    topic, faits, scelle = event.topic, event.faits, event.scelle
    if topic in _WITHOUT_ROW:
        return []  # What came with it has a row (annulation, step of a sinistre), or it is a key that says it (erased).
    if isinstance(faits, EtapeFaits):
        return [_recours_row(event, faits.sinistre, _encode(faits), scelle)]
    if isinstance(faits, BordereauFaits):
        return [_recours_row(event, faits.bordereau, _encode(faits), scelle)]
    if scelle is None:
        raise UnprojectableEvent(f"{topic} without a personal part")
    if isinstance(faits, AnnulationFaits) and topic == AnnulationRecorded.topic:
        return [
            AnnulationRow(
                event.sujet,
                event.position,
                event.version,
                event.recorded_at,
                faits.emetteur,
                faits.reference,
                faits.annule,
                faits.date,
                scelle,
            )
        ]
    if isinstance(faits, AdherentFaits) and topic == AdherentRegistered.topic:
        return [
            AdherentRow(
                event.sujet,
                event.position,
                event.version,
                event.recorded_at,
                event.stream,
                faits.emetteur,
                faits.date_effet,
                scelle,
            )
        ]
    raise UnprojectableEvent(topic)


def _recours_row(event: Recorded, reference: str, faits: bytes, scelle: bytes | None) -> RecoursRow:
    return RecoursRow(
        event.sujet,
        event.position,
        event.version,
        event.recorded_at,
        event.stream,
        event.topic,
        reference,
        faits,
        scelle,
    )


def _checked(lignes: msgspec.Raw, topic: str) -> bytes:
    """The JSON of the lines, an array of text that can be stored. Raises UnprojectableEvent."""
    content = bytes(lignes)
    # The decoder has checked the syntax of what it skipped, not that it is UTF-8: most is plain ASCII.
    if content[:1] != b"[" or not (content.isascii() or _is_utf8(content)):
        raise UnprojectableEvent(f"{topic}: its lines are no list of text")
    return content


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
