"""The words that templates use: the labels and money of `readmodels/renderings`, and few of the pages' own."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger.dates import PARIS
from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat
from readmodels.renderings import labels_fr
from readmodels.renderings.montants_fr import FINE, INSECABLE, euros, jour, jour_en_lettres, mois_en_lettres

MOTIFS = {
    "double_paiement": "double paiement",
    "erreur": "erreur de saisie",
}
"""Reasons that feeds send as a code; others are shown as they came."""

QUI_REGARDE = {
    "adherent": "Un autre accès de votre contrat",
    "auditeur": "Un auditeur de la mutuelle",
    "assia": "L’équipe Assia, pour un sinistre",
    "exploitant": "Un exploitant du service",
    "portail": "Le portail de la mutuelle, pour vous",
}
"""Who looked at a member, by role."""

_BEFORE_HIGH_SIGN = re.compile(r" ([;?!:»])(?=[\s<\"(.,]|$)")
_LABELS: Mapping[type, Mapping[Any, str]] = {
    Payeur: labels_fr.PAYEUR,
    Categorie: labels_fr.CATEGORIE,
    Nature: labels_fr.NATURE,
    Destinataire: labels_fr.DESTINATAIRE,
    PourCompteDe: labels_fr.POUR_COMPTE_DE,
    Etat: labels_fr.ETAT,
    Anomalie: labels_fr.ANOMALIE,
}


def libelle(value: StrEnum) -> str:
    """The label of a value of a closed list."""
    return typo(_LABELS[type(value)][value])


def montant(centimes: int | None) -> str:
    """An amount; what the statement never had is said, never a zero."""
    return labels_fr.NON_DISPONIBLE if centimes is None else euros(centimes)


def instant(at: datetime) -> str:
    """« 10 mars 2026 à 14 h 05 », in Paris."""
    local = at.astimezone(PARIS)
    return f"{jour_en_lettres(local.date())} à {local.hour}{INSECABLE}h{INSECABLE}{local.minute:02d}"


def motif(given: str) -> str:
    """A reason as a person reads it."""
    return MOTIFS.get(given, given.replace("_", " "))


def entier(value: int) -> str:
    """A whole number: « 12 345 »."""
    return f"{value:,}".replace(",", FINE)


def taux(dix_milliemes: int) -> str:
    """A rate: 7000 → « 70 % »."""
    entier, reste = divmod(dix_milliemes, 100)
    return f"{entier}{f',{reste:02d}'.rstrip('0') if reste else ''}{INSECABLE}%"


def pluriel(count: int, singulier: str, pluriel: str | None = None) -> str:
    """« 1 décompte », « 3 décomptes »: the number with its noun."""
    return f"{count}{INSECABLE}{singulier if count < 2 else pluriel or singulier + 's'}"


def typo(text: str) -> str:
    """French typography: no line begins with « ; », an apostrophe is one. Ours only: what members and payers wrote
    stays as it is."""
    return spaced(text).replace("'", "’")


def spaced(text: str) -> str:
    """The no-break spaces of French typography alone, which a template's source takes without harm."""
    text = _BEFORE_HIGH_SIGN.sub(lambda found: (INSECABLE if found[1] in ":»" else FINE) + found[1], text)
    return text.replace("« ", f"«{INSECABLE}")


FILTRES: Mapping[str, Callable[..., str]] = {
    "euros": euros,
    "montant": montant,
    "jour": jour,
    "jour_en_lettres": jour_en_lettres,
    "mois_en_lettres": mois_en_lettres,
    "instant": instant,
    "libelle": libelle,
    "motif": motif,
    "entier": entier,
    "taux": taux,
    "pluriel": pluriel,
    "typo": typo,
}
NOMS: Mapping[str, Any] = {
    "QUI_REGARDE": QUI_REGARDE,
    "COLONNES": labels_fr.COLONNES,
    "AIDE_COLONNES": {name: typo(text) for name, text in labels_fr.AIDE_COLONNES.items()},
    "ACTE_NON_COMMUNIQUE": labels_fr.ACTE_NON_COMMUNIQUE,
}
