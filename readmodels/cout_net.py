"""What each party finally bears after recoveries: of a soin, of several."""

from collections.abc import Iterable
from functools import reduce

from ledger.dossier import DecompteConnu, Dossier
from ledger.payeurs import PourCompteDe
from ledger.recours.charges import charges_of
from ledger.recours.partage import Charge
from ledger.sinistre.sinistre import Sinistre
from readmodels.vues_recours import CoutNet, CoutNetSoin, ParPartie


def concerned(sinistre: Sinistre, recoveries: Iterable[DecompteConnu]) -> list[str]:
    """The soins that a sinistre is about: those attached, and those that its recoveries name."""
    named = (ligne.soin for decompte in recoveries for ligne in decompte.faits.lignes)
    return list(dict.fromkeys([*sinistre.soins, *named]))


def cout_net(dossier: Dossier, soins: Iterable[str]) -> CoutNet:
    """What each finally bears on these soins."""
    lines = [_cout_net_soin(dossier, soin) for soin in soins]
    supporte = reduce(ParPartie.__add__, (line.supporte for line in lines), ParPartie())
    recouvre = reduce(ParPartie.__add__, (line.recouvre for line in lines), ParPartie())
    return CoutNet(
        supporte=supporte,
        recouvre=recouvre,
        net=_minus(supporte, recouvre),
        charge_finale=max(0, supporte.victime - recouvre.victime),
        soins=tuple(lines),
    )


def _cout_net_soin(dossier: Dossier, name: str) -> CoutNetSoin:
    soin = dossier.soins.get(name)
    supporte = supporte_by_party(charges_of(dossier, [name]))
    shares = dict.fromkeys(PourCompteDe, 0)
    for ligne in soin.lignes if soin else ():
        if ligne.pour_compte_de is not None:
            shares[ligne.pour_compte_de] += ligne.montant
    recouvre = par_partie(shares)
    said = soin.repartition if soin else None
    return CoutNetSoin(
        soin=name,
        date_soin=said.date_soin if said else None,
        beneficiaire=said.beneficiaire if said else None,
        acte=said.acte if said else None,
        libelle=said.libelle if said else None,
        categorie=said.categorie if said else None,
        etat=said.etat if said else None,
        depense=soin.split.depense if soin else 0,
        supporte=supporte,
        recouvre=recouvre,
        net=_minus(supporte, recouvre),
    )


def par_partie(shares: dict[PourCompteDe, int]) -> ParPartie:
    """An amount for each party."""
    return ParPartie(**{qui.value: shares.get(qui, 0) for qui in PourCompteDe})


def supporte_by_party(charges: Iterable[Charge]) -> ParPartie:
    """What these charges come to for each party."""
    return reduce(ParPartie.__add__, map(of_charge, charges), ParPartie())


def of_charge(charge: Charge) -> ParPartie:
    """What each party bore on one soin."""
    return ParPartie(**{qui.value: charge.of(qui) for qui in PourCompteDe})


def _minus(one: ParPartie, other: ParPartie) -> ParPartie:
    return ParPartie(**{qui.value: getattr(one, qui.value) - getattr(other, qui.value) for qui in PourCompteDe})
