"""Series of sessions: physiotherapist, nurse, psychologist. Each session is a soin of its own."""

from collections.abc import Sequence
from datetime import date

from infra.sample import bareme
from infra.sample.actes import AMI, AMS, EEP, PSS, Acte, B
from infra.sample.calendrier import next_care_day, shift
from infra.sample.foyer import Personne
from infra.sample.visite import Contexte, build_soin

_AGE_PSY_MIN = 3

_SOINS_LONGS = 0.12
"""Share of the people in ALD whose care lasts for months: they are those who reach the yearly caps."""


def plan_kine(contexte: Contexte, personne: Personne) -> None:
    """A prescription of 6 to 15 sessions, twice a week, billed by five or six."""
    jours = _draw_days(contexte, contexte.draw_day(), contexte.alea.between(6, 15), (3, 4))
    bill_seances(contexte, personne, AMS, jours, par_facture=contexte.alea.between(5, 6))


def plan_infirmier(contexte: Contexte, personne: Personne) -> None:
    """Injections every day or every other day, billed together; for months in some ALD."""
    alea = contexte.alea
    nombre = alea.between(40, 75) if personne.is_ald and alea.chance(_SOINS_LONGS) else alea.between(3, 10)
    jours = _draw_days(contexte, contexte.draw_day(), nombre, (1, 2))
    bill_seances(contexte, personne, AMI, jours, par_facture=max(10, nombre // 4))


def plan_suivi_biologique(contexte: Contexte, personne: Personne) -> None:
    """Two analyses a week for months in some ALD, billed by the month."""
    if not personne.is_ald or not contexte.alea.chance(_SOINS_LONGS):
        return
    jours = _draw_days(contexte, contexte.draw_day(), contexte.alea.between(16, 30), (6, 8))
    for debut in range(0, len(jours), 4):
        facture = contexte.numeros.next_facture()
        soins = [
            build_soin(B, personne, jour, f"{facture}-{rang}{lettre}", libelle=libelle, is_exonere=True)
            for rang, jour in enumerate(jours[debut : debut + 4], start=1)
            for lettre, libelle in (("a", "Hémogramme"), ("b", "Ionogramme et créatinine"))
        ]
        contexte.add_visite(soins, delai_jours=(5, 12), tiers_payant=(True, True))


def plan_psychologue(contexte: Contexte, personne: Personne) -> None:
    """A series of Mon soutien psy within one civil year and its number of sessions: one by beneficiary and year.

    Before the reform of June 2024 the first session is an interview at its own price.
    """
    debut = contexte.draw_day()
    if debut < bareme.SEANCES_PSY.valeurs[0][0] or personne.age(debut) < _AGE_PSY_MIN:
        return
    if contexte.count_soins(personne, (EEP.code, PSS.code), debut.year) > 0:
        return
    nombre = contexte.alea.between(4, bareme.SEANCES_PSY.at(debut))
    jours = [jour for jour in _draw_days(contexte, debut, nombre, (7, 15)) if jour.year == debut.year]
    premiere = EEP if bareme.PRIX_PREMIERE_SEANCE.at(debut) != bareme.PRIX_SEANCE.at(debut) else PSS
    bill_seances(contexte, personne, premiere, jours[:1], par_facture=1, is_tiers_payant=False)
    bill_seances(contexte, personne, PSS, jours[1:], par_facture=2, is_tiers_payant=False)


def bill_seances(
    contexte: Contexte,
    personne: Personne,
    acte: Acte,
    jours: Sequence[date],
    *,
    par_facture: int,
    is_tiers_payant: bool | None = None,
    sinistre: str | None = None,
) -> None:
    """Bill one soin a day, some days on each invoice; whether it is tiers payant is drawn when not said."""
    if is_tiers_payant is None:
        is_tiers_payant = contexte.alea.chance(0.6)
    is_exonere = sinistre is None and personne.is_ald and acte is AMI
    for debut in range(0, len(jours), par_facture):
        facture = contexte.numeros.next_facture()
        soins = [
            build_soin(acte, personne, jour, f"{facture}-{rang}", is_exonere=is_exonere)
            for rang, jour in enumerate(jours[debut : debut + par_facture], start=1)
        ]
        contexte.add_visite(
            soins, delai_jours=(5, 12), tiers_payant=(is_tiers_payant, is_tiers_payant), sinistre=sinistre
        )


def _draw_days(contexte: Contexte, debut: date, nombre: int, ecart: tuple[int, int]) -> list[date]:
    """Days of a series, `ecart` days apart, up to today."""
    jours: list[date] = []
    jour = debut
    while len(jours) < nombre and jour <= contexte.fenetre.fin:
        jours.append(jour)
        jour = next_care_day(shift(jour, contexte.alea.between(*ecart)))
    return jours
