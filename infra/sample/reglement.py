"""How each payer settles a visite: the lines of the régime obligatoire, of SMI, of another mutuelle."""

from dataclasses import dataclass

from infra.sample import bareme
from infra.sample.bareme import round_share
from infra.sample.foyer import Caisse
from infra.sample.garanties import SURCOMPLEMENTAIRE, TICKET_MODERATEUR, Garantie, Niveau, guarantee_of
from infra.sample.messages import COMPLEMENT_LOCAL, MAJORATION, PRESTATION, Ligne
from infra.sample.visite import Soin


@dataclass(slots=True)
class Part:
    """What is paid so far on one soin, deductions apart, in cents."""

    soin: Soin
    verse: int = 0


def prestation_line(soin: Soin, numero: int, *, taux_pb: int | None, montant: int, depense: int | None = None) -> Ligne:
    """A prestation line; a base is stated where there is a rate, or 0 where the act has none by law."""
    return Ligne(
        ligne=str(numero),
        soin=soin.reference,
        nature=PRESTATION,
        beneficiaire=soin.personne.beneficiaire,
        date_soin=soin.jour,
        acte=soin.acte.code,
        libelle=soin.libelle,
        categorie=soin.acte.categorie,
        quantite=soin.quantite,
        depense=soin.depense if depense is None else depense,
        base=soin.base if taux_pb is not None else None,
        taux_pb=taux_pb,
        montant=montant,
    )


def deduction_line(soin: Soin, numero: int, nature: str, montant: int) -> Ligne:
    """A line without an act, that takes `montant` cents back from the soin (or adds them when negative)."""
    return Ligne(
        ligne=str(numero),
        soin=soin.reference,
        nature=nature,
        beneficiaire=soin.personne.beneficiaire,
        date_soin=soin.jour,
        montant=-montant,
    )


def pay_regime_obligatoire(soin: Soin, caisse: Caisse, numero: int, *, is_hors_parcours: bool) -> list[Ligne]:
    """The lines of the régime obligatoire about one soin, participation forfaitaire and franchise apart.

    Out of the parcours de soins, some caisses write the lower rate, others the full rate and the loss beside it.
    """
    taux_pb = soin.taux_pb
    if is_hors_parcours and not caisse.writes_majoration:
        taux_pb = bareme.TAUX_HORS_PARCOURS.at(soin.jour)
    montant = soin.part_regime_obligatoire(taux_pb)
    prestation = prestation_line(soin, numero, taux_pb=taux_pb, montant=montant)
    if taux_pb is None:
        prestation.base = 0
    lignes = [prestation]
    if is_hors_parcours and caisse.writes_majoration:
        perte = montant - soin.part_regime_obligatoire(bareme.TAUX_HORS_PARCOURS.at(soin.jour))
        lignes.append(deduction_line(soin, numero + 1, MAJORATION, perte))
    if has_complement_local(soin, caisse):
        local = round_share(soin.base, bareme.TAUX_LOCAL.at(soin.jour))
        lignes.append(deduction_line(soin, numero + 1, COMPLEMENT_LOCAL, -local))
    return lignes


def has_complement_local(soin: Soin, caisse: Caisse) -> bool:
    """The local scheme of Alsace-Moselle completes what the general one pays at 70 %."""
    return caisse.is_locale and soin.acte.has_local and soin.taux_pb == bareme.TAUX_MEDECIN.at(soin.jour)


def pay_smi(part: Part, niveau: Niveau, numero: int) -> Ligne | None:
    """What SMI adds under the guarantee of the contract; None when there is nothing to add."""
    soin = part.soin
    montant = _missing(part, guarantee_of(soin.acte.code, niveau))
    if montant == 0:
        return None
    part.verse += montant
    ligne = prestation_line(soin, numero, taux_pb=soin.taux_pb, montant=montant)
    if soin.participation:
        ligne.libelle, ligne.base, ligne.taux_pb = "Participation forfaitaire acte lourd", None, None
    return ligne


def pay_first_mutuelle(part: Part, numero: int) -> Ligne | None:
    """What another mutuelle of rank 2 pays: the ticket modérateur of any act."""
    montant = _missing(part, TICKET_MODERATEUR) if part.soin.taux_pb is not None else 0
    return _pay_other(part, montant, numero)


def pay_surcomplementaire(part: Part, numero: int) -> Ligne | None:
    """What a surcomplémentaire of rank 3 adds, up to what is left of the expense."""
    garantie = SURCOMPLEMENTAIRE.get(part.soin.acte.code)
    if garantie is None:
        return None
    soin = part.soin
    reste = soin.depense - max(part.verse, _due_within_parcours(soin))
    promis = garantie.total(depense=soin.depense, base=soin.base, quantite=soin.quantite)
    return _pay_other(part, min(reste, promis), numero)


def _pay_other(part: Part, montant: int, numero: int) -> Ligne | None:
    if montant <= 0:
        return None
    part.verse += montant
    return prestation_line(part.soin, numero, taux_pb=part.soin.taux_pb, montant=montant)


def _missing(part: Part, garantie: Garantie) -> int:
    """What the guarantee leaves to pay; the loss out of the parcours de soins is never made up for."""
    soin = part.soin
    total = garantie.total(depense=soin.depense, base=soin.base, quantite=soin.quantite)
    return max(0, total - max(part.verse, _due_within_parcours(soin)))


def _due_within_parcours(soin: Soin) -> int:
    return soin.part_regime_obligatoire(soin.taux_pb)
