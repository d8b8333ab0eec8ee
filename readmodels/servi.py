"""What is served of a member, by view: the same for the API, `replay`, the proofs and whoever asks about the past.

A view is a pure function of her dossier and of « today », which says what the two years are. So what was served at a
moment is served again by handing in what was known then, and that day.
"""

from enum import StrEnum

from ledger.dates import Fenetre
from ledger.dossier import Dossier
from readmodels.releve import releve
from readmodels.reste_a_charge import accueil, comparatif, reste_a_charge
from readmodels.vues import Accueil, Comparatif, Releve, ResteACharge

Servi = Releve | Accueil | ResteACharge | Comparatif


class Vue(StrEnum):
    """What may be asked of a member."""

    RELEVE = "releve"
    ACCUEIL = "accueil"
    RESTE_A_CHARGE = "reste-a-charge"
    COMPARATIF = "comparatif"


def servi(vue: Vue, dossier: Dossier, *, numero_adherent: str, annee: int | None, fenetre: Fenetre) -> Servi:
    """The answer. `annee` is of the statement and of the reste à charge: without one, the current year."""
    year = fenetre.courante if annee is None else annee
    match vue:
        case Vue.RELEVE:
            return releve(dossier, numero_adherent=numero_adherent, annee=year)
        case Vue.ACCUEIL:
            return accueil(dossier, fenetre=fenetre)
        case Vue.RESTE_A_CHARGE:
            return reste_a_charge(dossier, annee=year)
        case Vue.COMPARATIF:
            return comparatif(dossier, fenetre=fenetre)
