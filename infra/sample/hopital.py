"""Hospital stays, and accidents: a stay and its aftercare that belong to one sinistre."""

from datetime import date

from infra.sample import bareme
from infra.sample.actes import ADC, AMS, CHP, FJH, GHS
from infra.sample.calendrier import next_care_day, shift
from infra.sample.foyer import Personne
from infra.sample.garanties import Niveau
from infra.sample.series import bill_seances
from infra.sample.ville import consult_after_accident
from infra.sample.visite import Contexte, Soin, build_soin

_BASES_CHIRURGIEN = (9_500, 12_000, 18_000, 25_000, 32_000)
"""What a surgeon's act is worth to the régime obligatoire, in cents: one of them is below 120 €."""

_DEPASSEMENTS = (0, 0, 60, 100, 150)
"""What the surgeon asks above it, in euros."""

_AGE_ACCIDENT = (12, 80)


def plan_sejour(contexte: Contexte, personne: Personne) -> None:
    """A stay in hospital, with surgery or not."""
    jour = contexte.draw_day()
    _admit(contexte, personne, jour, has_chirurgie=contexte.alea.chance(0.5))


def plan_accident(contexte: Contexte) -> None:
    """An accident that somebody else caused: a stay, a doctor, an x-ray, physiotherapy, all under one sinistre.

    It happens early enough in the two years for a recovery to have taken place in most cases.
    """
    debut, fin = contexte.fenetre.debut.toordinal(), contexte.fenetre.fin.toordinal()
    jour = next_care_day(date.fromordinal(contexte.alea.between(debut, debut + (fin - debut) * 11 // 20)))
    personne = contexte.alea.pick(contexte.adherent.personnes)
    if not _AGE_ACCIDENT[0] <= personne.age(jour) <= _AGE_ACCIDENT[1]:
        personne = contexte.adherent.personnes[0]
    sinistre = contexte.numeros.next_reference("SIN", jour)
    sortie = _admit(contexte, personne, jour, has_chirurgie=True, sinistre=sinistre)
    consult_after_accident(contexte, personne, sortie, sinistre)
    seances = [next_care_day(shift(sortie, 10 + 4 * rang)) for rang in range(contexte.alea.between(6, 12))]
    bill_seances(contexte, personne, AMS, seances, par_facture=6, is_tiers_payant=False, sinistre=sinistre)


def _admit(
    contexte: Contexte, personne: Personne, entree: date, *, has_chirurgie: bool, sinistre: str | None = None
) -> date:
    """Bill one stay and return the day of leaving.

    With an act of 120 € and more the régime obligatoire pays all of the base but a fixed sum, once a stay; in ALD it
    pays all of it.
    """
    alea, facture = contexte.alea, contexte.numeros.next_facture()
    jours = alea.pick_weighted(((1, 0.34), (2, 0.2), (3, 0.18), (5, 0.14), (8, 0.1), (12, 0.04)))
    if sinistre is not None:
        jours = max(jours, 2)
    base_chirurgien = alea.pick(_BASES_CHIRURGIEN) if has_chirurgie else 0
    is_ald = personne.is_ald and sinistre is None
    is_lourd = base_chirurgien >= bareme.SEUIL_ACTE_LOURD.at(entree)
    ghs = build_soin(
        GHS,
        personne,
        entree,
        f"{facture}-ghs",
        libelle="Séjour en chirurgie" if has_chirurgie else "Séjour en médecine",
        depense=100 * alea.between(*GHS.prix_libre),
        is_exonere=is_lourd or is_ald,
    )
    if is_lourd and not is_ald:
        ghs.participation = bareme.PARTICIPATION_ACTE_LOURD.at(entree)
    soins = [ghs]
    if jours > 1:
        soins += build_forfaits_journaliers(personne, entree, jours, facture)
    if has_chirurgie:
        depense = base_chirurgien + 100 * alea.pick(_DEPASSEMENTS)
        soins.append(
            build_soin(
                ADC,
                personne,
                entree,
                f"{facture}-adc",
                depense=depense,
                base=base_chirurgien,
                is_exonere=is_lourd or is_ald,
            )
        )
    if jours > 1 and contexte.adherent.niveau is not Niveau.BASE and alea.chance(0.6):
        soins.append(build_soin(CHP, personne, entree, f"{facture}-chp", quantite=jours - 1))
    contexte.add_visite(soins, delai_jours=(jours + 15, jours + 35), tiers_payant=(True, True), sinistre=sinistre)
    return shift(entree, jours - 1)


def build_forfaits_journaliers(personne: Personne, entree: date, jours: int, facture: str) -> list[Soin]:
    """The daily charge, one soin for each price: a stay may begin under one and end under the next."""
    forfait = bareme.FORFAIT_JOURNALIER
    soins: list[Soin] = []
    debut, rang = entree, 0
    while rang < jours:
        prix, nombre = forfait.at(debut), 0
        while rang < jours and forfait.at(shift(debut, nombre)) == prix:
            rang, nombre = rang + 1, nombre + 1
        soins.append(build_soin(FJH, personne, debut, f"{facture}-fjh{len(soins) + 1}", quantite=nombre))
        debut = shift(debut, nombre)
    return soins
