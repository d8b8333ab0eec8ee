"""A statement as one table, for spreadsheets: CSV and XLSX are made from the same cells.

A spreadsheet invites to sum its columns, and a soin appears in the décompte of each of its payers. So its split is
written once, where it counts, and the other lines of the soin leave it empty: the sum of each column is the statement's
total, whatever filter by person, category or day of care is set. What a cancelled décompte paid has a column of its
own, for the same reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum, auto

from ledger.dates import AUTRE_MUTUELLE_DEPUIS
from ledger.repartition import Etat, Split
from readmodels.renderings.labels_fr import (
    ACTE_NON_COMMUNIQUE,
    AIDE_COLONNES,
    ANOMALIE,
    CATEGORIE,
    COLONNES,
    DESTINATAIRE,
    ETAT,
    PAYEUR,
)
from readmodels.renderings.montants_fr import jour_en_lettres
from readmodels.vues import DecompteReleve, LigneReleve, Releve

Cellule = str | date | int | None
"""A text, a day, an amount in cents, or nothing."""

OUI, NON = "oui", "non"
DEJA_COMPTE = "déjà compté"
NON_VENTILE = f"Autre mutuelle, décomptes payés avant le {jour_en_lettres(AUTRE_MUTUELLE_DEPUIS)} : non détaillée"


class Genre(Enum):
    """What the cells of a column are."""

    TEXTE = auto()
    JOUR = auto()
    MONTANT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colonne:
    """A column: its title, what its cells are, what it means, how wide it is in characters."""

    titre: str
    genre: Genre
    aide: str
    largeur: int = 14


SPLIT = tuple(f.name for f in fields(Split))
"""The fields of a split; each has a column that adds up to the statement's total."""

_OF_SPLIT = ("depense", "base", *(name for name in SPLIT if name != "depense"))


def _texte(titre: str, aide: str, largeur: int = 14) -> Colonne:
    return Colonne(titre=titre, genre=Genre.TEXTE, aide=aide, largeur=largeur)


def _montant(titre: str, aide: str) -> Colonne:
    return Colonne(titre=titre, genre=Genre.MONTANT, aide=aide)


COLONNES_DU_TABLEAU = {
    "date_paiement": Colonne(titre="Payé le", genre=Genre.JOUR, aide="Date du paiement.", largeur=11),
    "payeur": _texte("Payeur", "Qui a payé.", 18),
    "organisme": _texte("Organisme", "Le nom que se donne l'émetteur du décompte.", 24),
    "reference": _texte("Décompte", "La référence du décompte chez son émetteur.", 24),
    "destinataire": _texte("Versé", "À qui l'argent a été versé.", 22),
    "date_soin": Colonne(titre="Soin du", genre=Genre.JOUR, aide="Date du soin.", largeur=11),
    "beneficiaire": _texte("Bénéficiaire", "Le rang de la personne soignée au contrat.", 12),
    "categorie": _texte("Catégorie", "La famille de soins.", 22),
    "acte": _texte("Acte", "Le code de l'acte.", 10),
    "libelle": _texte("Libellé", "Le nom du soin.", 40),
    "montant": _montant("Payé par ce décompte", AIDE_COLONNES["montant"]),
    "montant_annule": _montant("Annulé", "Ce que disait un décompte annulé. " + AIDE_COLONNES["annule"]),
    "compte": _texte(
        "Compté ici",
        "« oui » sur la ligne qui porte les montants du soin, une seule par soin ; « déjà compté » sur ses autres "
        "lignes ; « non » quand le décompte est annulé. Ainsi chaque colonne s'additionne sans compter deux fois.",
        12,
    ),
    **{name: _montant(COLONNES[name], AIDE_COLONNES[name]) for name in _OF_SPLIT},
    "etat": _texte("État", AIDE_COLONNES["etat"], 11),
    "annule": _texte("Décompte annulé", AIDE_COLONNES["annule"], 10),
    "motif_annulation": _texte("Motif d'annulation", "La raison que donne le payeur.", 22),
    "remarques": _texte("Remarques", "Ce qui paraît à vérifier.", 50),
    "soin": _texte("Numéro du soin", "Le même dans les décomptes de tous les payeurs d'un soin.", 20),
}
"""By field, in the order of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rangee:
    """One line of the table: a cell for each column, by field; absent is empty."""

    cellules: dict[str, Cellule] = field(default_factory=dict)
    is_provisional: bool = False
    is_cancelled: bool = False

    def __iter__(self) -> Iterator[tuple[Colonne, Cellule]]:
        return ((colonne, self.cellules.get(name)) for name, colonne in COLONNES_DU_TABLEAU.items())


def rangees(view: Releve) -> list[Rangee]:
    """The statement, one row for each of its lines, in its order."""
    counted = _where_counted(view)
    table = [
        _rangee(decompte, ligne, is_counted=counted.get(ligne.soin) == (index, ligne))
        for index, decompte in enumerate(view.decomptes)
        for ligne in decompte.lignes
    ]
    shown = sum(ligne.autre_mutuelle or 0 for _, ligne in counted.values())
    if shown != view.totaux.autre_mutuelle:
        table.append(Rangee(cellules={"libelle": NON_VENTILE, "autre_mutuelle": view.totaux.autre_mutuelle - shown}))
    return table


def _where_counted(view: Releve) -> dict[str, tuple[int, LigneReleve]]:
    """For each soin, the first line in force that has every column of the split, else the first one in force."""
    found: dict[str, tuple[int, LigneReleve]] = {}
    for index, decompte in enumerate(view.decomptes):
        for ligne in decompte.lignes if not decompte.annule else ():
            already = found.get(ligne.soin)
            if already is None or (already[1].autre_mutuelle is None and ligne.autre_mutuelle is not None):
                found[ligne.soin] = index, ligne
    return found


def _rangee(decompte: DecompteReleve, ligne: LigneReleve, *, is_counted: bool) -> Rangee:
    cellules: dict[str, Cellule] = {
        "date_paiement": decompte.date_paiement,
        "payeur": PAYEUR[decompte.payeur],
        "organisme": decompte.organisme,
        "reference": decompte.reference,
        "destinataire": DESTINATAIRE[decompte.destinataire],
        "date_soin": ligne.date_soin,
        "beneficiaire": ligne.beneficiaire,
        "categorie": CATEGORIE[ligne.categorie],
        "acte": ligne.acte,
        "libelle": ligne.libelle or ACTE_NON_COMMUNIQUE,
        "montant_annule" if decompte.annule else "montant": ligne.montant,
        "compte": NON if decompte.annule else OUI if is_counted else DEJA_COMPTE,
        "etat": ETAT[ligne.etat],
        "annule": OUI if decompte.annule else NON,
        "motif_annulation": decompte.motif_annulation,
        "remarques": " ".join(ANOMALIE[anomalie] for anomalie in ligne.anomalies),
        "soin": ligne.soin,
    }
    if is_counted:
        cellules |= {name: getattr(ligne, name) for name in _OF_SPLIT}
    return Rangee(cellules=cellules, is_provisional=ligne.etat is Etat.PROVISOIRE, is_cancelled=decompte.annule)
