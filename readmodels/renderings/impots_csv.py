"""The tax summary as CSV."""

from readmodels.renderings.fichier_csv import fichier_csv
from readmodels.renderings.labels_fr import CATEGORIE
from readmodels.vues import FiscalBeneficiaire, FiscalCategorie, RecapitulatifFiscal

TITRES = (
    "Année des soins",
    "Bénéficiaire",
    "Catégorie",
    "Dépensé",
    "Remboursé",
    "Resté à votre charge",
    "dont provisoire",
    "Indemnisé par un tiers",
    "Soins",
    "Soins provisoires",
)


def impots_csv(view: RecapitulatifFiscal) -> bytes:
    """One row for each beneficiary and category; the sum of each amount column is the summary's total."""
    return fichier_csv(
        TITRES,
        (
            _row(view.annee, beneficiaire, categorie)
            for beneficiaire in view.par_beneficiaire
            for categorie in beneficiaire.par_categorie
        ),
    )


def _row(annee: int, beneficiaire: FiscalBeneficiaire, part: FiscalCategorie) -> tuple[str | int, ...]:
    # Texts are texts, whole numbers are amounts in cents: a year or a count is written as a text.
    return (
        str(annee),
        beneficiaire.beneficiaire,
        CATEGORIE[part.categorie],
        part.depense,
        part.rembourse,
        part.reste_a_charge,
        part.reste_a_charge_provisoire,
        part.indemnise_par_tiers,
        str(part.soins),
        str(part.soins_provisoires),
    )
