"""The three feed messages as the contract writes them. A field that is None is left out of the message.

Amounts are cents. Field order is the order on the line, so it is part of « same seed, same bytes ».
"""

from collections.abc import Sequence
from datetime import date

import msgspec

VERSION = 1

REGIME_OBLIGATOIRE, SMI, AUTRE_MUTUELLE, RECOURS_TIERS = (
    "regime_obligatoire",
    "smi",
    "autre_mutuelle",
    "recours_tiers",
)
ADHERENT, PROFESSIONNEL = "adherent", "professionnel"
PRESTATION, COMPLEMENT_LOCAL, INDEMNITE = "prestation", "complement_local", "indemnite"
PARTICIPATION, FRANCHISE, MAJORATION = "participation_forfaitaire", "franchise", "majoration_hors_parcours"


class LigneOrigine(msgspec.Struct, frozen=True):
    """The line that a correction or a deferred deduction refers to."""

    emetteur: str
    reference: str
    ligne: str


class Ligne(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One payment line about one soin."""

    ligne: str
    soin: str
    nature: str
    beneficiaire: str
    date_soin: date
    acte: str | None = None
    libelle: str | None = None
    categorie: str | None = None
    quantite: int | None = None
    depense: int | None = None
    base: int | None = None
    taux_pb: int | None = None
    montant: int
    pour_compte_de: str | None = None
    motif: str | None = None
    ligne_origine: LigneOrigine | None = None


class Decompte(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type", tag="decompte"):
    """One payment notice by one payer."""

    version: int
    emetteur: str
    reference: str
    organisme: str | None = None
    payeur: str
    rang: int
    numero_adherent: str
    date_paiement: date
    destinataire: str
    virement: str | None = None
    sinistre: str | None = None
    total: int
    lignes: list[Ligne]


class Annulation(msgspec.Struct, kw_only=True, tag_field="type", tag="annulation"):
    """A payer takes back a whole décompte."""

    version: int
    emetteur: str
    reference: str
    annule: str
    numero_adherent: str
    date: date
    motif: str


class BeneficiaireInscrit(msgspec.Struct):
    """Somebody covered by the member's contract, the member apart."""

    beneficiaire: str
    prenom: str
    date_naissance: date


class Inscription(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type", tag="adherent"):
    """Who a member is, from a day on."""

    version: int
    emetteur: str
    reference: str
    numero_adherent: str
    date_effet: date
    nom: str
    prenom: str
    date_naissance: date
    email: str | None = None
    telephone: str | None = None
    beneficiaires: Sequence[BeneficiaireInscrit] | None = None


Message = Decompte | Annulation | Inscription


def reverse_lines(lignes: Sequence[Ligne], origine: Decompte, *, motif: str) -> list[Ligne]:
    """The régularisation of some lines of a décompte: negative quantity, expense, base and amount, naming each line."""
    return [
        msgspec.structs.replace(
            ligne,
            quantite=_opposite(ligne.quantite),
            depense=_opposite(ligne.depense),
            base=_opposite(ligne.base),
            montant=-ligne.montant,
            motif=motif,
            ligne_origine=LigneOrigine(origine.emetteur, origine.reference, ligne.ligne),
        )
        for ligne in lignes
    ]


def renumber_lines(lignes: Sequence[Ligne]) -> list[Ligne]:
    """The same lines numbered from 1, in order."""
    return [msgspec.structs.replace(ligne, ligne=str(rang)) for rang, ligne in enumerate(lignes, start=1)]


def _opposite(valeur: int | None) -> int | None:
    return None if valeur is None else -valeur
