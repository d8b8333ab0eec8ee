"""From a checked message to the event that it becomes, and back to what the message said, for comparison."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import UNSET

from commands.intake.schema import AnnulationMessage, DecompteMessage, Message
from ledger.adherent.events import AdherentFaits, AdherentPersonnel, AdherentRegistered, Beneficiaire
from ledger.annulation.events import AnnulationFaits, AnnulationPersonnelle, AnnulationRecorded
from ledger.decompte.events import (
    DECOMPTE_BY_PAYEUR,
    DecompteFaits,
    DecomptePersonnel,
    DecompteRecorded,
    LigneFaits,
    LigneOrigine,
    LignePersonnelle,
)
from ledger.events import Event


def event_of(message: Message) -> Event:
    """The event that records a message, its personal part apart."""
    if isinstance(message, DecompteMessage):
        return _decompte(message)
    if isinstance(message, AnnulationMessage):
        return AnnulationRecorded(
            faits=AnnulationFaits(
                emetteur=message.emetteur, reference=message.reference, annule=message.annule, date=message.date
            ),
            personnel=AnnulationPersonnelle(numero_adherent=message.numero_adherent, motif=message.motif),
        )
    return AdherentRegistered(
        faits=AdherentFaits(emetteur=message.emetteur, date_effet=message.date_effet),
        personnel=AdherentPersonnel(
            reference=message.reference,
            numero_adherent=message.numero_adherent,
            nom=message.nom,
            prenom=message.prenom,
            date_naissance=message.date_naissance,
            email=_or_none(message.email),
            telephone=_or_none(message.telephone),
            beneficiaires=tuple(
                Beneficiaire(beneficiaire=b.beneficiaire, prenom=b.prenom, date_naissance=b.date_naissance)
                for b in (message.beneficiaires or ())
            ),
        ),
    )


def _decompte(message: DecompteMessage) -> DecompteRecorded:
    faits = []
    personnelles = []
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
                quantite=_or_none(ligne.quantite),
                depense=_or_none(ligne.depense),
                base=_or_none(ligne.base),
                taux_pb=_or_none(ligne.taux_pb),
                ligne_origine=LigneOrigine(emetteur=origine.emetteur, reference=origine.reference, ligne=origine.ligne)
                if origine is not UNSET
                else None,
                pour_compte_de=_or_none(ligne.pour_compte_de),
            )
        )
        personnelles.append(
            LignePersonnelle(
                acte=_or_none(ligne.acte),
                libelle=_or_none(ligne.libelle),
                categorie=_or_none(ligne.categorie),
                motif=_or_none(ligne.motif),
            )
        )
    return DECOMPTE_BY_PAYEUR[message.payeur](
        faits=DecompteFaits(
            emetteur=message.emetteur,
            reference=message.reference,
            rang=message.rang,
            date_paiement=message.date_paiement,
            destinataire=message.destinataire,
            total=message.total,
            lignes=tuple(faits),
            virement=_or_none(message.virement),
            organisme=_or_none(message.organisme),
            sinistre=_or_none(message.sinistre),
        ),
        personnel=DecomptePersonnel(numero_adherent=message.numero_adherent, lignes=tuple(personnelles)),
    )


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value


def canonical(message: Message) -> bytes:
    """The content of a message, whatever the order of its keys and lines: what its keyed hash is taken over."""
    if isinstance(message, DecompteMessage):
        lignes = message.lignes
        if any(a.ligne > b.ligne for a, b in pairwise(lignes)):
            message = msgspec.structs.replace(message, lignes=sorted(lignes, key=lambda ligne: ligne.ligne))
    return msgspec.json.encode(message)


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
