"""What each bore on the attached soins, and what feeds recovered already: from the member's dossier at a position."""

from collections.abc import Iterable

from ledger.dossier import DecompteConnu, Dossier
from ledger.payeurs import Payeur
from ledger.recours.partage import Charge, Cle

EMETTEUR_RECOURS = "smi-recours"
"""Under this emetteur the ledger records the recoveries that are shared here *(project)*; feeds use others."""


def charges_of(dossier: Dossier, soins: Iterable[str]) -> tuple[Charge, ...]:
    """What each bore on these soins, in their order; one whose décomptes were all cancelled costs nobody anything."""
    return tuple(_charge(dossier, soin) for soin in soins)


def _charge(dossier: Dossier, soin: str) -> Charge:
    known = dossier.soins.get(soin)
    if known is None:
        return Charge(soin=soin)
    split = known.split
    return Charge(
        soin=soin,
        victime=split.reste_a_charge,
        regime_obligatoire=split.regime_obligatoire,
        smi=split.smi,
        autre_mutuelle=split.autre_mutuelle,
    )


def recoveries_of(dossier: Dossier, sinistre: str) -> list[DecompteConnu]:
    """The third-party recoveries in force that name a sinistre, in the order of their positions."""
    return [
        decompte
        for identite, decompte in dossier.decomptes.items()
        if decompte.payeur is Payeur.RECOURS_TIERS
        and decompte.faits.sinistre == sinistre
        and not dossier.is_cancelled(identite)
    ]


def recovered(decomptes: Iterable[DecompteConnu]) -> dict[Cle, int]:
    """What these recoveries share, by (for whom, soin)."""
    cumul: dict[Cle, int] = {}
    for decompte in decomptes:
        for ligne in decompte.faits.lignes:
            if ligne.pour_compte_de is not None:
                cle = (ligne.pour_compte_de, ligne.soin)
                cumul[cle] = cumul.get(cle, 0) + ligne.montant
    return cumul


def recovered_by_feeds(dossier: Dossier, sinistre: str) -> dict[Cle, int]:
    """What feeds brought for a sinistre with the ventilation already made."""
    found = recoveries_of(dossier, sinistre)
    return recovered(decompte for decompte in found if decompte.faits.emetteur != EMETTEUR_RECOURS)
