"""The statement as CSV."""

from readmodels.renderings.fichier_csv import fichier_csv
from readmodels.renderings.tableau import COLONNES_DU_TABLEAU, rangees
from readmodels.vues import Releve


def releve_csv(view: Releve) -> bytes:
    """One row for each line of the statement; the sum of each amount column is the statement's total."""
    titres = [colonne.titre for colonne in COLONNES_DU_TABLEAU.values()]
    return fichier_csv(titres, ((cellule for _, cellule in rangee) for rangee in rangees(view)))
