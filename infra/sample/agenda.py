"""The care of a household over the two years: how often each kind of care happens, by age."""

from collections.abc import Callable

from infra.sample.equipement import plan_audition, plan_couronne, plan_detartrage, plan_lunettes
from infra.sample.foyer import Personne
from infra.sample.hopital import plan_accident, plan_sejour
from infra.sample.series import plan_infirmier, plan_kine, plan_psychologue, plan_suivi_biologique
from infra.sample.ville import (
    plan_biologie,
    plan_care_of_last_december,
    plan_generaliste,
    plan_imagerie,
    plan_osteopathie,
    plan_pharmacie,
    plan_sage_femme,
    plan_specialiste,
    plan_transport,
)
from infra.sample.visite import Contexte, Visite

AGES = (6, 18, 40, 60, 75)
"""Ages, in years, at which people change column in `FREQUENCES`."""

ACCIDENTS = 0.035
"""Share of the households that have an accident caused by somebody else."""

DECEMBRE_PRECEDENT = 0.12
"""Share of the households with a consultation of the December before, paid in January."""

_ALD = 1.25

Plan = Callable[[Contexte, Personne], None]

FREQUENCES: tuple[tuple[Plan, tuple[float, float, float, float, float, float]], ...] = (
    (plan_generaliste, (4.6, 2.2, 2.2, 2.7, 4.2, 5.5)),
    (plan_specialiste, (1.3, 0.65, 0.9, 1.3, 1.9, 1.9)),
    (plan_sage_femme, (0, 0, 0.45, 0, 0, 0)),
    (plan_pharmacie, (0, 0, 0.5, 1.6, 3.9, 5.3)),
    (plan_biologie, (0.15, 0.2, 0.8, 1.3, 2.2, 2.8)),
    (plan_imagerie, (0.15, 0.3, 0.4, 0.65, 0.9, 0.9)),
    (plan_detartrage, (0.05, 0.8, 0.9, 1, 1, 0.5)),
    (plan_couronne, (0, 0, 0.08, 0.2, 0.28, 0.18)),
    (plan_lunettes, (0.04, 0.4, 0.3, 0.5, 0.6, 0.45)),
    (plan_audition, (0, 0, 0.004, 0.02, 0.1, 0.2)),
    (plan_kine, (0.08, 0.13, 0.23, 0.36, 0.44, 0.5)),
    (plan_infirmier, (0.04, 0.05, 0.1, 0.15, 0.4, 0.7)),
    (plan_suivi_biologique, (0, 0, 0.2, 0.5, 0.6, 0.6)),
    (plan_psychologue, (0, 0.08, 0.12, 0.08, 0.03, 0.01)),
    (plan_osteopathie, (0.06, 0.1, 0.4, 0.4, 0.2, 0.05)),
    (plan_transport, (0.01, 0.01, 0.04, 0.08, 0.2, 0.45)),
    (plan_sejour, (0.06, 0.05, 0.12, 0.14, 0.26, 0.38)),
)
"""How often, on average over the two years, for one person aged under 6, 18, 40, 60, 75, and older.

The numbers are for the whole span whatever the day in the year, so that a member always gets about fifty décomptes.
"""


def plan_care(contexte: Contexte) -> list[Visite]:
    """Every visite of the household, in the order of payment."""
    alea = contexte.alea
    for personne in contexte.adherent.personnes:
        age = personne.age(contexte.fenetre.fin)
        colonne = sum(age >= limite for limite in AGES)
        facteur = _ALD if personne.is_ald else 1.0
        for plan, frequences in FREQUENCES:
            for _ in range(alea.count(frequences[colonne] * facteur)):
                plan(contexte, personne)
    if alea.chance(DECEMBRE_PRECEDENT):
        plan_care_of_last_december(contexte)
    if alea.chance(ACCIDENTS):
        plan_accident(contexte)
    contexte.visites.sort(key=lambda visite: visite.paye_le)
    return contexte.visites
