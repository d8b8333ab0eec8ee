"""The dated legal values of the sample portfolio: the only place where a rate, a price or a cap is written.

Amounts are cents, rates are ten-thousandths (7000 is 70 %). A value applies by date of care, from its first day on.
The values are those given to the project for its sample data (docs/sample.md lists them with what is simplified).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DEBUT_DU_BAREME = date(2021, 1, 1)
"""First day of care that the table can answer for."""

AGE_ADULTE = 18
"""Age, in years, from which the participation forfaitaire and the franchise are due (CSS art. L160-13)."""


class Unite(StrEnum):
    """What the number of a rule counts."""

    CENTIMES = "centimes"
    CENTIMES_PAR_AN = "centimes par bénéficiaire et année civile"
    TAUX_PB = "dix-millièmes de la base"
    SEANCES_PAR_AN = "séances par bénéficiaire et année civile"


@dataclass(frozen=True, slots=True)
class Regle:
    """One legal value over time: what it counts, where it comes from, and its values from the oldest to the newest."""

    nom: str
    unite: Unite
    source: str
    valeurs: tuple[tuple[date, int], ...]

    def at(self, jour: date) -> int:
        """The value in force for care given on `jour`. ValueError before the first value."""
        for debut, valeur in reversed(self.valeurs):
            if jour >= debut:
                return valeur
        raise ValueError(f"{self.nom} : aucune valeur connue au {jour.isoformat()}")


def round_share(montant_centimes: int, taux_pb: int) -> int:
    """The share `taux_pb` of an amount of cents ≥ 0, to the nearest cent; exactly half a cent goes up.

    This is the only rounding of the sample: 4,73 at 60 % is 2,838, hence 2,84.
    """
    return (montant_centimes * taux_pb + 5_000) // 10_000


def _since_start(nom: str, unite: Unite, source: str, valeur: int, *changes: tuple[date, int]) -> Regle:
    return Regle(nom, unite, source, ((DEBUT_DU_BAREME, valeur), *changes))


_C, _T = Unite.CENTIMES, Unite.TAUX_PB
_CONVENTION = "Convention médicale (CSS art. L162-5)"
_TICKET_MODERATEUR = "CSS art. R160-5"
_LPP = "Liste des produits et prestations (CSS art. L165-1)"
_CENT_POUR_CENT_SANTE = "100 % Santé (décret n° 2019-21 du 11 janvier 2019)"
_MON_SOUTIEN_PSY = "Mon soutien psy (CSS art. L162-58)"
_PROJET = "Ordre de grandeur retenu par le projet"

# What stays with the member by law.
PARTICIPATION_FORFAITAIRE = _since_start(
    "participation forfaitaire", _C, "CSS art. L160-13 II", 100, (date(2024, 5, 15), 200)
)
PLAFOND_PARTICIPATION = _since_start(
    "plafond des participations forfaitaires", Unite.CENTIMES_PAR_AN, "CSS art. L160-13 II", 5_000
)
FRANCHISE = _since_start(
    "franchise par boîte ou acte paramédical", _C, "CSS art. L160-13 III", 50, (date(2024, 3, 31), 100)
)
# No earlier value was given for a transport: the sample has no transport that owes a franchise before this day.
FRANCHISE_TRANSPORT = Regle("franchise par transport", _C, "CSS art. L160-13 III", ((date(2024, 3, 31), 400),))
PLAFOND_FRANCHISE = _since_start("plafond des franchises", Unite.CENTIMES_PAR_AN, "CSS art. L160-13 III", 5_000)
SEUIL_ACTE_LOURD = _since_start("seuil des actes lourds", _C, "CSS art. R160-16", 12_000)
PARTICIPATION_ACTE_LOURD = _since_start(
    "participation aux actes de 120 € et plus", _C, "CSS art. R160-16", 2_400, (date(2026, 4, 1), 3_200)
)
FORFAIT_JOURNALIER = _since_start("forfait journalier", _C, "CSS art. L174-4", 2_000, (date(2026, 3, 1), 2_300))

# What the régime obligatoire pays, of the base.
TAUX_MEDECIN = _since_start("médecin, sage-femme", _T, _TICKET_MODERATEUR, 7_000)
TAUX_HORS_PARCOURS = _since_start("médecin hors parcours de soins", _T, "CSS art. L162-5-3", 3_000)
TAUX_AUXILIAIRE = _since_start("auxiliaire médical", _T, _TICKET_MODERATEUR, 6_000)
TAUX_DENTISTE = _since_start("chirurgien-dentiste", _T, _TICKET_MODERATEUR, 7_000, (date(2023, 10, 15), 6_000))
TAUX_BIOLOGIE = _since_start("biologie", _T, _TICKET_MODERATEUR, 6_000)
TAUX_HOPITAL = _since_start("hospitalisation", _T, _TICKET_MODERATEUR, 8_000)
TAUX_TRANSPORT = _since_start("transport", _T, _TICKET_MODERATEUR, 5_500)
TAUX_APPAREILLAGE = _since_start("optique et audiologie", _T, _TICKET_MODERATEUR, 6_000)
TAUX_PSYCHOLOGUE = _since_start("psychologue", _T, _MON_SOUTIEN_PSY, 6_000)
TAUX_PH7 = _since_start("médicament à service majeur", _T, _TICKET_MODERATEUR, 6_500)
TAUX_PH4 = _since_start("médicament à service modéré", _T, _TICKET_MODERATEUR, 3_000)
TAUX_PH2 = _since_start("médicament à service faible", _T, _TICKET_MODERATEUR, 1_500)
TAUX_PH1 = _since_start("médicament irremplaçable", _T, _TICKET_MODERATEUR, 10_000)
TAUX_INTEGRAL = _since_start("ALD et soins exonérés", _T, "CSS art. L160-14", 10_000)
TAUX_LOCAL = _since_start("complément d'Alsace-Moselle sur les soins à 70 %", _T, "CSS art. L325-1", 2_000)

# Bases and regulated prices.
TARIF_G = _since_start(
    "consultation généraliste", _C, _CONVENTION, 2_500, (date(2023, 11, 1), 2_650), (date(2024, 12, 22), 3_000)
)
BASE_CS = _since_start("consultation spécialiste, majorations comprises", _C, _CONVENTION, 3_150)
TARIF_SF = _since_start("consultation de sage-femme", _C, _PROJET, 2_500)
TARIF_AMS = _since_start("séance de kinésithérapie", _C, "NGAP", 1_790)
TARIF_AMI = _since_start("AMI 1,5, injection", _C, "NGAP", 473)
TARIF_B = _since_start("analyse de biologie", _C, _PROJET, 2_500)
TARIF_ADI = _since_start("radiographie", _C, "CCAM", 4_500)
TARIF_DETARTRAGE = _since_start("détartrage HBJD001", _C, "CCAM", 2_892)
BASE_COURONNE = _since_start("couronne, base", _C, "CCAM", 12_000)
PRIX_COURONNE = _since_start("couronne HBLD634, prix limite", _C, _CENT_POUR_CENT_SANTE, 50_000)
BASE_LUNETTES_A = _since_start("lunettes de classe A, base", _C, _LPP, 2_850)
PRIX_LUNETTES_A = _since_start("lunettes de classe A, prix", _C, _CENT_POUR_CENT_SANTE, 9_500)
BASE_LUNETTES_B = _since_start("lunettes de classe B, base", _C, _LPP, 15)
BASE_AUDIO = _since_start("aide auditive, base", _C, _LPP, 40_000)
PRIX_AUDIO_1 = _since_start("aide auditive de classe I, prix limite", _C, _CENT_POUR_CENT_SANTE, 95_000)
TARIF_VSL = _since_start("transport en véhicule sanitaire léger", _C, _PROJET, 6_000)
TARIF_AMBULANCE = _since_start("ambulance, urgence", _C, _PROJET, 9_600)
PRIX_CHAMBRE = _since_start("chambre particulière, la nuit", _C, _PROJET, 7_000)

# Psychologue: nothing before April 2022.
_PSY_DEBUT, _PSY_REFORME = date(2022, 4, 5), date(2024, 6, 15)
PRIX_PREMIERE_SEANCE = Regle(
    "première séance psychologue", _C, _MON_SOUTIEN_PSY, ((_PSY_DEBUT, 4_000), (_PSY_REFORME, 5_000))
)
PRIX_SEANCE = Regle("séance psychologue", _C, _MON_SOUTIEN_PSY, ((_PSY_DEBUT, 3_000), (_PSY_REFORME, 5_000)))
SEANCES_PSY = Regle(
    "séances psychologue remboursées",
    Unite.SEANCES_PAR_AN,
    _MON_SOUTIEN_PSY,
    ((_PSY_DEBUT, 8), (_PSY_REFORME, 12)),
)
