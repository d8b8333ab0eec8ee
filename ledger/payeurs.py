"""Who pays, what a line is, and where the money goes: the closed lists of the feed."""

from enum import StrEnum


class Payeur(StrEnum):
    """The kind of payer of a décompte. Its rank is a property of the contract, not of the kind."""

    REGIME_OBLIGATOIRE = "regime_obligatoire"
    SMI = "smi"
    AUTRE_MUTUELLE = "autre_mutuelle"
    RECOURS_TIERS = "recours_tiers"


PAYEURS_DU_SOIN = (Payeur.REGIME_OBLIGATOIRE, Payeur.SMI, Payeur.AUTRE_MUTUELLE)
"""The payers that reduce the reste à charge, in the order that settles ties of rank."""


class Nature(StrEnum):
    """What a payment line is. Deductions are lines of their own, negative, with their own date."""

    PRESTATION = "prestation"
    COMPLEMENT_LOCAL = "complement_local"
    PARTICIPATION_FORFAITAIRE = "participation_forfaitaire"
    FRANCHISE = "franchise"
    MAJORATION_HORS_PARCOURS = "majoration_hors_parcours"
    INDEMNITE = "indemnite"


NATURES_RETENUES = frozenset({Nature.PARTICIPATION_FORFAITAIRE, Nature.FRANCHISE, Nature.MAJORATION_HORS_PARCOURS})
"""What stays with the member by law (« non couvert »), unless a payer says that it covers it."""


class Destinataire(StrEnum):
    """Who received the money."""

    ADHERENT = "adherent"
    PROFESSIONNEL = "professionnel"
    SMI = "smi"
    REGIME_OBLIGATOIRE = "regime_obligatoire"
    AUTRE_MUTUELLE = "autre_mutuelle"


class PourCompteDe(StrEnum):
    """Whose expense a line of a recovery from a third party repairs."""

    SMI = "smi"
    REGIME_OBLIGATOIRE = "regime_obligatoire"
    AUTRE_MUTUELLE = "autre_mutuelle"
    VICTIME = "victime"


class Categorie(StrEnum):
    """Kind of care, as the member reads it."""

    CONSULTATIONS = "consultations"
    PHARMACIE = "pharmacie"
    ANALYSES_IMAGERIE = "analyses_imagerie"
    DENTAIRE = "dentaire"
    OPTIQUE = "optique"
    AUDIOLOGIE = "audiologie"
    HOSPITALISATION = "hospitalisation"
    PSYCHOLOGIE = "psychologie"
    AUXILIAIRES = "auxiliaires"
    TRANSPORT = "transport"
    AUTRES = "autres"
