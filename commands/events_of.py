"""From a checked message to the event that it becomes, and back to what the message said, for comparison."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from commands.intake.schema import AnnulationMessage, DecompteMessage, Message
from ledger.adherent.events import AdherentFaits, AdherentPersonnel, AdherentRegistered, Beneficiaire
from ledger.annulation.events import AnnulationFaits, AnnulationPersonnelle, AnnulationRecorded
from ledger.decompte.events import (
    DECOMPTE_BY_PAYEUR,
    DecompteCancelled,
    DecompteCancelledFaits,
    DecompteFaits,
    DecomptePersonnel,
    DecompteRecorded,
    LigneFaits,
    LigneOrigine,
    LignePersonnelle,
)
from ledger.events import Event, Facts, Personal

_QUOTE = b'"'
_encode = msgspec.json.Encoder().encode


class Written(msgspec.Struct, frozen=True, gc=False):
    """An event as it is stored: its kind, and its two parts as JSON."""

    kind: type[Event]
    faits: bytes
    personnel: bytes

    def quotes(self) -> int:
        """How many quotes the two parts hold: every name and every text of the message that they come from has two."""
        return self.faits.count(_QUOTE) + self.personnel.count(_QUOTE)


def event_of(message: Message) -> Event:
    """The event that records a message, its personal part apart."""
    kind, faits, personnel = _parts_of(message)
    return kind(faits=faits, personnel=personnel)


def write(message: Message) -> Written:
    """The same, as it will be stored: done for every message of a feed, so without the event around its parts."""
    kind, faits, personnel = _parts_of(message)
    return Written(kind, _encode(faits), _encode(personnel))


def write_cancellation(*, emetteur: str, annule: str, annulation: str) -> tuple[type[Event], bytes]:
    """What an annulation brings with it, as it will be stored; nothing of it is personal."""
    faits = DecompteCancelledFaits(emetteur=emetteur, reference=annule, annulation=annulation)
    return DecompteCancelled, _encode(faits)


def canonical(message: Message, written: Written) -> bytes:
    """The content of a message, whatever the order of its keys and lines: what its keyed hash is taken over."""
    if isinstance(message, DecompteMessage) and len(message.lignes) > 1:
        numbers = [ligne.ligne for ligne in message.lignes]
        if numbers != sorted(numbers):
            ordered = sorted(message.lignes, key=lambda ligne: ligne.ligne)
            written = write(msgspec.structs.replace(message, lignes=ordered))
    return b"".join((written.kind.topic.encode(), written.faits, written.personnel))


def _parts_of(message: Message) -> tuple[type[Event], Facts, Personal]:
    if isinstance(message, DecompteMessage):
        return (DECOMPTE_BY_PAYEUR[message.payeur], *_parts_of_decompte(message))
    if isinstance(message, AnnulationMessage):
        return (
            AnnulationRecorded,
            AnnulationFaits(
                emetteur=message.emetteur, reference=message.reference, annule=message.annule, date=message.date
            ),
            AnnulationPersonnelle(numero_adherent=message.numero_adherent, motif=message.motif),
        )
    return (
        AdherentRegistered,
        AdherentFaits(emetteur=message.emetteur, date_effet=message.date_effet),
        AdherentPersonnel(
            reference=message.reference,
            numero_adherent=message.numero_adherent,
            nom=message.nom,
            prenom=message.prenom,
            date_naissance=message.date_naissance,
            email=None if message.email is UNSET else message.email,
            telephone=None if message.telephone is UNSET else message.telephone,
            beneficiaires=tuple(
                Beneficiaire(beneficiaire=b.beneficiaire, prenom=b.prenom, date_naissance=b.date_naissance)
                for b in (message.beneficiaires or ())
            ),
        ),
    )


def _parts_of_decompte(message: DecompteMessage) -> tuple[DecompteFaits, DecomptePersonnel]:
    """Both parts in one pass, written out: a call for each line or field would be a tenth of the intake."""
    faits, personnelles = [], []
    for ligne in message.lignes:
        origine = ligne.ligne_origine
        faits.append(
            LigneFaits(
                ligne=ligne.ligne,
                soin=ligne.soin,
                nature=ligne.nature,
                beneficiaire=ligne.beneficiaire,
                date_soin=ligne.date_soin,
                montant=ligne.montant,
                quantite=None if ligne.quantite is UNSET else ligne.quantite,
                depense=None if ligne.depense is UNSET else ligne.depense,
                base=None if ligne.base is UNSET else ligne.base,
                taux_pb=None if ligne.taux_pb is UNSET else ligne.taux_pb,
                ligne_origine=None
                if origine is UNSET
                else LigneOrigine(emetteur=origine.emetteur, reference=origine.reference, ligne=origine.ligne),
                pour_compte_de=None if ligne.pour_compte_de is UNSET else ligne.pour_compte_de,
            )
        )
        personnelles.append(
            LignePersonnelle(
                acte=None if ligne.acte is UNSET else ligne.acte,
                libelle=None if ligne.libelle is UNSET else ligne.libelle,
                categorie=None if ligne.categorie is UNSET else ligne.categorie,
                motif=None if ligne.motif is UNSET else ligne.motif,
            )
        )
    return (
        DecompteFaits(
            emetteur=message.emetteur,
            reference=message.reference,
            rang=message.rang,
            date_paiement=message.date_paiement,
            destinataire=message.destinataire,
            total=message.total,
            lignes=tuple(faits),
            virement=None if message.virement is UNSET else message.virement,
            organisme=None if message.organisme is UNSET else message.organisme,
            sinistre=None if message.sinistre is UNSET else message.sinistre,
        ),
        DecomptePersonnel(numero_adherent=message.numero_adherent, lignes=tuple(personnelles)),
    )


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
