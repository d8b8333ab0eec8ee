"""What a household needs for its tax return: the care of a civil year, spent, reimbursed, left; each soin once.

By year of care, as the reste à charge is. What is reimbursed is net of what was paid above the expense, so that
`depense = rembourse + reste_a_charge` for every part. Nothing here says what may be deducted: that is the tax
office's rule, and it depends on more than care *(project)*.
"""

from collections.abc import Iterable
from dataclasses import fields, replace

from ledger.dossier import Dossier, Soin
from ledger.payeurs import Categorie
from ledger.positions import last_change
from ledger.repartition import Etat
from readmodels.vues import FiscalBeneficiaire, FiscalCategorie, PartFiscale, RecapitulatifFiscal


def recapitulatif_fiscal(dossier: Dossier, *, annee: int) -> RecapitulatifFiscal:
    """The soins whose care is of that civil year, in all, by category, and by beneficiary and category."""

    def answer(known: Dossier) -> RecapitulatifFiscal:
        return _recapitulatif(known, annee=annee)

    # A soin may have left the year since: what counts is which lines were ever of it.
    lignes = (ligne for decompte in dossier.decomptes.values() for ligne in decompte.faits.lignes)
    soins = {ligne.soin for ligne in lignes if ligne.date_soin.year == annee}
    return replace(answer(dossier), position=last_change(dossier, answer, soins=soins))


def _recapitulatif(dossier: Dossier, *, annee: int) -> RecapitulatifFiscal:
    """The answer, its position not yet known."""
    soins = [soin for soin in dossier.soins.values() if soin.repartition.date_soin.year == annee]
    beneficiaires = sorted({soin.repartition.beneficiaire for soin in soins})
    return RecapitulatifFiscal(
        annee=annee,
        position=0,
        total=_part(soins),
        par_categorie=_by_categorie(soins),
        par_beneficiaire=tuple(_of_beneficiaire(soins, beneficiaire) for beneficiaire in beneficiaires),
    )


def _of_beneficiaire(soins: Iterable[Soin], beneficiaire: str) -> FiscalBeneficiaire:
    own = [soin for soin in soins if soin.repartition.beneficiaire == beneficiaire]
    return FiscalBeneficiaire(beneficiaire=beneficiaire, par_categorie=_by_categorie(own), **_amounts(own))


def _by_categorie(soins: Iterable[Soin]) -> tuple[FiscalCategorie, ...]:
    by_categorie: dict[Categorie, list[Soin]] = {}
    for soin in soins:
        by_categorie.setdefault(soin.repartition.categorie, []).append(soin)
    return tuple(
        FiscalCategorie(categorie=categorie, **_amounts(by_categorie[categorie]))
        for categorie in Categorie
        if categorie in by_categorie
    )


def _part(soins: Iterable[Soin]) -> PartFiscale:
    splits = [(soin.split, soin.etat is Etat.PROVISOIRE) for soin in soins]
    return PartFiscale(
        depense=sum(split.depense for split, _ in splits),
        rembourse=sum(split.depense - split.reste_a_charge for split, _ in splits),
        reste_a_charge=sum(split.reste_a_charge for split, _ in splits),
        indemnise_par_tiers=sum(split.indemnise_par_tiers for split, _ in splits),
        reste_a_charge_provisoire=sum(split.reste_a_charge for split, is_provisional in splits if is_provisional),
        soins=len(splits),
        soins_provisoires=sum(is_provisional for _, is_provisional in splits),
    )


def _amounts(soins: Iterable[Soin]) -> dict[str, int]:
    part = _part(soins)
    return {f.name: getattr(part, f.name) for f in fields(PartFiscale)}
