"""Dentists, opticians, hearing aids: with the 100 % Santé basket or at a free price."""

from infra.sample.actes import AU1, AU2, COUL, HBJD001, HBLD634, OPA, OPB, Acte
from infra.sample.foyer import Personne
from infra.sample.garanties import Niveau
from infra.sample.visite import Contexte, build_soin


def plan_detartrage(contexte: Contexte, personne: Personne) -> None:
    """Scaling at the dentist's."""
    _bill(contexte, personne, HBJD001, probabilite_tiers_payant=0.3)


def plan_couronne(contexte: Contexte, personne: Personne) -> None:
    """A crown, more often at a free price with a better contract."""
    _bill(contexte, personne, _pick(contexte, HBLD634, COUL), probabilite_tiers_payant=0.55)


def plan_lunettes(contexte: Contexte, personne: Personne) -> None:
    """A pair of glasses: at most one in the two years, as the reimbursement allows."""
    acte = _pick(contexte, OPA, OPB)
    if not _has_already(contexte, personne, "optique"):
        _bill(contexte, personne, acte, probabilite_tiers_payant=0.8)


def plan_audition(contexte: Contexte, personne: Personne) -> None:
    """A pair of hearing aids, one soin an ear."""
    if not _has_already(contexte, personne, "audiologie"):
        _bill(contexte, personne, _pick(contexte, AU1, AU2), probabilite_tiers_payant=0.8, nombre=2)


def _pick(contexte: Contexte, sans_reste_a_charge: Acte, libre: Acte) -> Acte:
    part_libre = {Niveau.BASE: 0.3, Niveau.CONFORT: 0.55, Niveau.PREMIUM: 0.75}[contexte.adherent.niveau]
    return libre if contexte.alea.chance(part_libre) else sans_reste_a_charge


def _has_already(contexte: Contexte, personne: Personne, categorie: str) -> bool:
    return any(
        visite.soins[0].acte.categorie == categorie and visite.soins[0].personne is personne
        for visite in contexte.visites
    )


def _bill(
    contexte: Contexte, personne: Personne, acte: Acte, *, probabilite_tiers_payant: float, nombre: int = 1
) -> None:
    alea, jour = contexte.alea, contexte.draw_day()
    facture, depense = contexte.numeros.next_facture(), 100 * alea.between(*acte.prix_libre)
    libelle = alea.pick(acte.libelles)
    soins = [
        build_soin(acte, personne, jour, f"{facture}-{rang}", libelle=libelle, depense=depense)
        for rang in range(1, nombre + 1)
    ]
    is_tiers_payant = alea.chance(probabilite_tiers_payant)
    contexte.add_visite(soins, delai_jours=(5, 14), tiers_payant=(is_tiers_payant, is_tiers_payant))
