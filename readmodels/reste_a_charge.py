"""What is left to the member, by year of care: each soin once, by category, month and beneficiary."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TypeVar

from ledger.dates import Fenetre
from ledger.dossier import Dossier, Soin
from ledger.payeurs import Categorie
from ledger.positions import last_change
from ledger.repartition import Etat, Split, total_of
from readmodels.releve import decompte_du_releve
from readmodels.vues import (
    Accueil,
    AnomalieSoin,
    CategorieComparee,
    Comparatif,
    Paiement,
    PartBeneficiaire,
    PartCategorie,
    PartMois,
    ResteACharge,
    SoinEnAttente,
    TotalAnnee,
)

K = TypeVar("K", bound=str)

PAIEMENTS_AT_A_GLANCE = 10
"""How many payments home shows."""


def reste_a_charge(dossier: Dossier, *, annee: int) -> ResteACharge:
    """The soins whose care is of that civil year, and what looks wrong with them or with the member."""

    def answer(known: Dossier) -> ResteACharge:
        return _reste_a_charge(known, annee=annee)

    # A soin may have left the year since: what counts is which lines were ever of it.
    lignes = (ligne for decompte in dossier.decomptes.values() for ligne in decompte.faits.lignes)
    soins = {ligne.soin for ligne in lignes if ligne.date_soin.year == annee}
    return replace(answer(dossier), position=last_change(dossier, answer, soins=soins))


def _reste_a_charge(dossier: Dossier, *, annee: int) -> ResteACharge:
    """The answer, its position not yet known."""
    soins = _soins_of(dossier, annee)
    names = {soin.soin for soin in soins}
    by_categorie = _sums((s.repartition.categorie, s.split) for s in soins)
    by_mois = _sums((s.repartition.date_soin.isoformat()[: len("YYYY-MM")], s.split) for s in soins)
    by_beneficiaire = _sums((s.repartition.beneficiaire, s.split) for s in soins)
    return ResteACharge(
        annee=annee,
        position=0,
        total=total_of(s.split for s in soins),
        par_categorie=tuple(
            PartCategorie(categorie=categorie, **_parts(by_categorie[categorie]))
            for categorie in Categorie
            if categorie in by_categorie
        ),
        par_mois=tuple(PartMois(mois=mois, **_parts(by_mois[mois])) for mois in sorted(by_mois)),
        par_beneficiaire=tuple(
            PartBeneficiaire(beneficiaire=b, **_parts(by_beneficiaire[b])) for b in sorted(by_beneficiaire)
        ),
        anomalies=tuple(
            AnomalieSoin(code=code, soin=soin) for code, soin in dossier.anomalies if soin is None or soin in names
        ),
    )


def accueil(dossier: Dossier, *, fenetre: Fenetre) -> Accueil:
    """Home: latest payments of the two years, reste à charge of each (current first), what is pending."""
    paid = [
        decompte_du_releve(dossier, decompte)
        for decompte in dossier.decomptes.values()
        if decompte.faits.date_paiement.year in fenetre and not dossier.is_cancelled(decompte.identite)
    ]
    paid = [decompte for decompte in paid if decompte.lignes]
    paid.sort(key=lambda d: (d.emetteur, d.reference))
    paid.sort(key=lambda d: d.date_paiement, reverse=True)
    annees = (fenetre.courante, fenetre.precedente)
    pending = [s for annee in annees for s in _soins_of(dossier, annee) if s.etat is Etat.PROVISOIRE]
    pending.sort(key=lambda s: s.soin)
    pending.sort(key=lambda s: s.repartition.date_soin, reverse=True)
    return Accueil(
        derniers_paiements=tuple(
            Paiement(
                emetteur=d.emetteur,
                reference=d.reference,
                date_paiement=d.date_paiement,
                payeur=d.payeur,
                montant=d.montant,
            )
            for d in paid[:PAIEMENTS_AT_A_GLANCE]
        ),
        reste_a_charge=tuple(
            TotalAnnee(annee=annee, total=total_of(s.split for s in _soins_of(dossier, annee))) for annee in annees
        ),
        en_attente=tuple(_pending(soin) for soin in pending),
    )


def comparatif(dossier: Dossier, *, fenetre: Fenetre) -> Comparatif:
    """The two years by category, the earlier first; a category without care in either is left out."""
    annees = (fenetre.precedente, fenetre.courante)
    by_annee = [_sums((s.repartition.categorie, s.split) for s in _soins_of(dossier, annee)) for annee in annees]
    return Comparatif(
        annees=annees,
        par_categorie=tuple(
            CategorieComparee(categorie=c, annees=tuple(sums.get(c, Split()) for sums in by_annee))
            for c in Categorie
            if any(c in sums for sums in by_annee)
        ),
        total=tuple(total_of(sums.values()) for sums in by_annee),
    )


def _soins_of(dossier: Dossier, annee: int) -> list[Soin]:
    soins = [s for s in dossier.soins.values() if s.repartition.date_soin.year == annee]
    return sorted(soins, key=lambda s: s.soin)


def _sums(parts: Iterable[tuple[K, Split]]) -> dict[K, Split]:
    sums: dict[K, Split] = defaultdict(Split)
    for key, split in parts:
        sums[key] += split
    return dict(sums)


def _parts(split: Split) -> dict[str, int]:
    return {f.name: getattr(split, f.name) for f in fields(Split)}


def _pending(soin: Soin) -> SoinEnAttente:
    r = soin.repartition
    return SoinEnAttente(
        soin=soin.soin,
        date_soin=r.date_soin,
        beneficiaire=r.beneficiaire,
        acte=r.acte,
        libelle=r.libelle,
        categorie=r.categorie,
        etat=r.etat,
        anomalies=soin.anomalies,
        **_parts(r.split),
    )
