"""From a checked message to the event that it becomes, and back to what the message said, for comparison."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from commands.intake.schema import AnnulationMessage, DecompteMessage, LigneMessage, Message
from ledger.adherent.events import AdherentFaits, AdherentPersonnel, AdherentRegistered
from ledger.annulation.events import AnnulationFaits, AnnulationPersonnelle, AnnulationRecorded
from ledger.decompte.events import (
    DECOMPTE_BY_PAYEUR,
    DecompteCancelled,
    DecompteCancelledFaits,
    DecompteFaits,
    DecomptePersonnel,
    DecompteRecorded,
    LigneFaits,
    LignePersonnelle,
)
from ledger.events import Event
from ledger.registry import REGISTRY

_encode = msgspec.json.Encoder().encode


def _writer(part: type[msgspec.Struct]) -> Callable[..., msgspec.Struct]:
    """What writes a part of an event: its fields by position and in their order, with the values of the message as they
    are, of which those that it has not (UNSET) are not written. For every message of a feed, so nothing is converted.
    """
    return msgspec.defstruct(part.__name__, [(name, Any) for name in part.__struct_fields__], frozen=True, gc=False)


_LigneFaits, _LignePersonnelle = _writer(LigneFaits), _writer(LignePersonnelle)
_DecompteFaits, _DecomptePersonnel = _writer(DecompteFaits), _writer(DecomptePersonnel)
_DecompteCancelledFaits = _writer(DecompteCancelledFaits)
_AnnulationFaits, _AnnulationPersonnelle = _writer(AnnulationFaits), _writer(AnnulationPersonnelle)
_AdherentFaits, _AdherentPersonnel = _writer(AdherentFaits), _writer(AdherentPersonnel)


class Written(msgspec.Struct, frozen=True, gc=False):
    """An event as it is stored: its kind, and its two parts as JSON."""

    kind: type[Event]
    faits: bytes
    personnel: bytes


def event_of(message: Message) -> Event:
    """The event that records a message."""
    written = write(message)
    return REGISTRY.event(written.kind, written.faits, written.personnel)


def write(message: Message) -> Written:
    """The event that records a message, its personal part apart, as it will be stored."""
    if isinstance(message, DecompteMessage):
        return _write_decompte(message)
    if isinstance(message, AnnulationMessage):
        return Written(
            AnnulationRecorded,
            _encode(_AnnulationFaits(message.emetteur, message.reference, message.annule, message.date)),
            _encode(_AnnulationPersonnelle(message.numero_adherent, message.motif)),
        )
    return Written(
        AdherentRegistered,
        _encode(_AdherentFaits(message.emetteur, message.date_effet)),
        _encode(
            _AdherentPersonnel(
                message.reference,
                message.numero_adherent,
                message.nom,
                message.prenom,
                message.date_naissance,
                message.email,
                message.telephone,
                message.beneficiaires or UNSET,
            )
        ),
    )


def _write_decompte(message: DecompteMessage) -> Written:
    """Both parts in one pass, written out: a call for each line or field would be a tenth of the intake."""
    faits, personnelles = [], []
    for ligne in message.lignes:
        faits.append(
            _LigneFaits(
                ligne.ligne,
                ligne.soin,
                ligne.nature,
                ligne.beneficiaire,
                ligne.date_soin,
                ligne.montant,
                ligne.quantite,
                ligne.depense,
                ligne.base,
                ligne.taux_pb,
                ligne.ligne_origine,
                ligne.pour_compte_de,
            )
        )
        personnelles.append(_LignePersonnelle(ligne.acte, ligne.libelle, ligne.categorie, ligne.motif))
    return Written(
        DECOMPTE_BY_PAYEUR[message.payeur],
        _encode(
            _DecompteFaits(
                message.emetteur,
                message.reference,
                message.rang,
                message.date_paiement,
                message.destinataire,
                message.total,
                faits,
                message.virement,
                message.organisme,
                message.sinistre,
            )
        ),
        _encode(_DecomptePersonnel(message.numero_adherent, personnelles)),
    )


def write_cancellation(*, emetteur: str, annule: str, annulation: str) -> tuple[type[Event], bytes]:
    """What an annulation brings with it, as it will be stored; nothing of it is personal."""
    return DecompteCancelled, _encode(_DecompteCancelledFaits(emetteur, annule, annulation))


def canonical(message: Message, written: Written) -> bytes:
    """The content of a message, whatever the order of its keys and lines: what its keyed hash is taken over."""
    if isinstance(message, DecompteMessage) and not _is_in_order(message.lignes):
        ordered = sorted(message.lignes, key=lambda ligne: ligne.ligne)
        written = write(msgspec.structs.replace(message, lignes=ordered))
    return b"".join((written.kind.topic.encode(), written.faits, written.personnel))


def _is_in_order(lignes: Sequence[LigneMessage]) -> bool:
    before = ""
    for ligne in lignes:
        if ligne.ligne < before:
            return False
        before = ligne.ligne
    return True


def differences(recorded: Event, received: Message) -> list[str]:
    """The JSON pointers, into the received message, of the fields where it differs from what is recorded.

    Of an event whose personal part is lost only the clear fields can be compared. Lines are matched by number;
    one that is recorded and not received is `/lignes`.
    """
    incoming = event_of(received)
    if type(recorded) is not type(incoming):
        if isinstance(recorded, DecompteRecorded) and isinstance(incoming, DecompteRecorded):
            return ["/payeur", *_differences_of_decomptes(recorded, incoming)]
        return ["/type"]
    if isinstance(recorded, DecompteRecorded) and isinstance(incoming, DecompteRecorded):
        return _differences_of_decomptes(recorded, incoming)
    return _differing(recorded.faits, incoming.faits, "") + _differing(recorded.personnel, incoming.personnel, "")


def _differences_of_decomptes(recorded: DecompteRecorded, incoming: DecompteRecorded) -> list[str]:
    found = _differing(recorded.faits, incoming.faits, "", skip="lignes")
    found += _differing(recorded.personnel, incoming.personnel, "", skip="lignes")
    before = _numbered_lines(recorded)
    after = _numbered_lines(incoming)
    for index, (ligne, (faits, personnelle)) in enumerate(after.items()):
        if ligne not in before:
            found.append(f"/lignes/{index}")
            continue
        found += _differing(before[ligne][0], faits, f"/lignes/{index}")
        found += _differing(before[ligne][1], personnelle, f"/lignes/{index}")
    if before.keys() - after.keys():
        found.append("/lignes")
    return found


def _numbered_lines(event: DecompteRecorded) -> dict[str, tuple[LigneFaits, LignePersonnelle | None]]:
    lignes = event.faits.lignes
    personnelles = event.personnel.lignes if event.personnel else (None,) * len(lignes)
    return {f.ligne: (f, p) for f, p in zip(lignes, personnelles, strict=True)}


def _differing(
    before: msgspec.Struct | None, after: msgspec.Struct | None, chemin: str, *, skip: str | None = None
) -> list[str]:
    if before is None or after is None:
        return []
    read: Callable[[msgspec.Struct, str], Any] = getattr
    return [
        f"{chemin}/{name}"
        for name in after.__struct_fields__
        if name != skip and read(before, name) != read(after, name)
    ]
