"""The shape of the feed, version 1: what a message may contain, field by field (contract, section 2).

Amounts are integer cents, days are civil days. Unknown fields and nulls are refused by construction. What
depends on several fields at once is in `rules.py`; doubled fields are seen by `parse.py`.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ledger.montants import MONTANT_MAX, Montant
from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe
from ledger.references import Emetteur, Ligne, NumeroAdherent, Reference

MESSAGE_BYTES_MAX = 256 * 1024
LIGNES_MAX = 500
VERSION = 1

Rang = Annotated[int, Meta(ge=1, le=9)]
Quantite = Annotated[int, Meta(ge=-MONTANT_MAX, le=MONTANT_MAX, description="entier différent de 0")]
TauxPb = Annotated[int, Meta(ge=0, le=1_000_000, description="taux × 10 000")]
Code = Annotated[str, Meta(min_length=1, max_length=20)]
Texte60 = Annotated[str, Meta(min_length=1, max_length=60)]
Texte120 = Annotated[str, Meta(min_length=1, max_length=120)]
Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$(?!\n)",
        description="adresse électronique",
    ),
]
Telephone = Annotated[str, Meta(pattern=r"^\+?[0-9 .()-]{3,30}$(?!\n)", description="numéro de téléphone")]


class LigneOrigineMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What a correction or a deferred deduction refers to."""

    emetteur: Emetteur
    reference: Reference
    ligne: Ligne


class LigneMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One payment line about one soin; `montant` is signed."""

    ligne: Ligne
    soin: Reference
    nature: Nature
    beneficiaire: Code
    date_soin: date
    montant: Montant
    acte: Code | UnsetType = UNSET
    libelle: Texte120 | UnsetType = UNSET
    categorie: Categorie | UnsetType = UNSET
    quantite: Quantite | UnsetType = UNSET
    depense: Montant | UnsetType = UNSET
    base: Montant | UnsetType = UNSET
    taux_pb: TauxPb | UnsetType = UNSET
    ligne_origine: LigneOrigineMessage | UnsetType = UNSET
    motif: Texte60 | UnsetType = UNSET
    pour_compte_de: PourCompteDe | UnsetType = UNSET


class DecompteMessage(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    tag_field="type",
    tag="decompte",
):
    """A payer's notice of payment."""

    version: Literal[1]
    emetteur: Emetteur
    reference: Reference
    payeur: Payeur
    rang: Rang
    numero_adherent: NumeroAdherent
    date_paiement: date
    destinataire: Destinataire
    total: Montant
    lignes: Annotated[list[LigneMessage], Meta(min_length=1, max_length=LIGNES_MAX)]
    virement: Texte120 | UnsetType = UNSET
    organisme: Texte120 | UnsetType = UNSET
    sinistre: Reference | UnsetType = UNSET


class AnnulationMessage(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    tag_field="type",
    tag="annulation",
):
    """A payer takes back a whole décompte of its own."""

    version: Literal[1]
    emetteur: Emetteur
    reference: Reference
    annule: Reference
    numero_adherent: NumeroAdherent
    date: date
    motif: Texte60


class BeneficiaireMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A person covered by the member's contract."""

    beneficiaire: Code
    prenom: Texte60
    date_naissance: date


class AdherentMessage(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    tag_field="type",
    tag="adherent",
):
    """SMI says who a member is."""

    version: Literal[1]
    emetteur: Emetteur
    reference: Reference
    numero_adherent: NumeroAdherent
    date_effet: date
    nom: Texte60
    prenom: Texte60
    date_naissance: date
    email: Email | UnsetType = UNSET
    telephone: Telephone | UnsetType = UNSET
    beneficiaires: Annotated[list[BeneficiaireMessage], Meta(max_length=50)] | UnsetType = UNSET


# gc=False above: a message holds no cycle, and the collector would walk every one of a large feed, for nothing.
Message = DecompteMessage | AnnulationMessage | AdherentMessage

MESSAGE_BY_TYPE: dict[str, type[Message]] = {
    "decompte": DecompteMessage,
    "annulation": AnnulationMessage,
    "adherent": AdherentMessage,
}
