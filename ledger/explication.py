"""Each amount of a soin as the sum of its stated parts: lines, other amounts, and where a floor at zero held.

Nothing is decided here: what counts was decided in `ledger/calcul.py`, and is asked of the same functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.calcul import (
    BrancheDepense,
    Calcul,
    LignePayee,
    announced_by,
    of_victim,
    paid_by,
    retenues_of,
)
from ledger.payeurs import PAYEURS_DU_SOIN, Nature, Payeur, PourCompteDe


class Terme(StrEnum):
    """An amount of a soin that is explained; `plancher` is what a floor at zero added."""

    DEPENSE = "depense"
    REGIME_OBLIGATOIRE = "regime_obligatoire"
    SMI = "smi"
    AUTRE_MUTUELLE = "autre_mutuelle"
    NON_COUVERT = "non_couvert"
    TROP_PERCU = "trop_percu"
    RESTE_A_CHARGE = "reste_a_charge"
    INDEMNISE_PAR_TIERS = "indemnise_par_tiers"
    PLANCHER = "plancher"


class Raison(StrEnum):
    """Why a line, or the dépense that it states, does not count."""

    ANNULE = "annule"
    IMPUTEE_AILLEURS = "imputee_ailleurs"
    RECOUVREMENT = "recouvrement"
    DEPENSE_HORS_PRESTATION = "depense_hors_prestation"
    DEPENSE_D_UN_AUTRE_PAYEUR = "depense_d_un_autre_payeur"
    DEPENSE_REPETEE = "depense_repetee"
    DEPENSE_ORPHELINE = "depense_orpheline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A signed part of an amount, in cents: of a line, or of another amount (`terme`)."""

    montant: int
    ligne: LignePayee | None = None
    terme: Terme | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MontantExplique:
    """An amount; the parts add up to it."""

    terme: Terme
    montant: int
    parts: tuple[Part, ...]


_PAYERS = {payeur: Terme(payeur.value) for payeur in PAYEURS_DU_SOIN}


def expliquer(calcul: Calcul) -> tuple[MontantExplique, ...]:
    """Every amount of a soin, from what lines say to what is left."""
    lignes = calcul.lignes
    payers = [
        MontantExplique(
            terme=terme,
            montant=calcul.paye[payeur],
            parts=tuple(Part(montant=ligne.montant, ligne=ligne) for ligne in paid_by(lignes, payeur)),
        )
        for payeur, terme in _PAYERS.items()
    ]
    paid = [Part(montant=calcul.paye[payeur], terme=terme) for payeur, terme in _PAYERS.items()]
    non_couvert = Part(montant=calcul.non_couvert, terme=Terme.NON_COUVERT)
    depense = Part(montant=calcul.depense, terme=Terme.DEPENSE)
    trop_percu = Part(montant=calcul.trop_percu, terme=Terme.TROP_PERCU)
    retenues = [Part(montant=-ligne.montant, ligne=ligne) for ligne in retenues_of(lignes)]
    return (
        MontantExplique(
            terme=Terme.DEPENSE,
            montant=calcul.depense,
            parts=tuple(_stated(calcul)) if calcul.source is not None else (*paid, non_couvert),
        ),
        *payers,
        _floored(Terme.NON_COUVERT, calcul.non_couvert, retenues),
        _floored(Terme.TROP_PERCU, calcul.trop_percu, [*paid, _minus(depense), non_couvert]),
        MontantExplique(
            terme=Terme.RESTE_A_CHARGE,
            montant=calcul.reste_a_charge,
            parts=(depense, *map(_minus, paid), trop_percu),
        ),
        MontantExplique(
            terme=Terme.INDEMNISE_PAR_TIERS,
            montant=calcul.indemnise_par_tiers,
            parts=tuple(Part(montant=ligne.montant, ligne=ligne) for ligne in of_victim(lignes)),
        ),
    )


def why_not(calcul: Calcul, ligne: LignePayee) -> Raison | None:
    """Why a line in force, or the dépense that it states, is no part of an amount; None when all of it is."""
    if ligne.payeur is Payeur.RECOURS_TIERS:
        return None if ligne.pour_compte_de is PourCompteDe.VICTIME else Raison.RECOUVREMENT
    if ligne.depense is None or any(part.ligne is ligne for part in _stated(calcul)):
        return None
    if ligne.nature is not Nature.PRESTATION:
        return Raison.DEPENSE_HORS_PRESTATION
    if calcul.branche is BrancheDepense.ORPHELINE or calcul.source is None:
        return Raison.DEPENSE_ORPHELINE
    if ligne.payeur is not calcul.source.payeur:
        return Raison.DEPENSE_D_UN_AUTRE_PAYEUR
    return Raison.DEPENSE_REPETEE


def _stated(calcul: Calcul) -> Iterable[Part]:
    """The lines by which the dépense taken was stated; none where nobody's was."""
    source = calcul.source
    if source is None:
        return
    for ligne in announced_by(calcul.prestations, source.payeur, "depense"):
        value = ligne.depense or 0
        if not source.is_repeated or ((ligne.emetteur, ligne.reference) == source.decompte and value > 0):
            yield Part(montant=value, ligne=ligne)


def _floored(terme: Terme, montant: int, parts: Sequence[Part]) -> MontantExplique:
    """An amount that is never below 0: what that added is a part of its own."""
    missing = montant - sum(part.montant for part in parts)
    floor = (Part(montant=missing, terme=Terme.PLANCHER),) if missing else ()
    return MontantExplique(terme=terme, montant=montant, parts=(*parts, *floor))


def _minus(part: Part) -> Part:
    return Part(montant=-part.montant, ligne=part.ligne, terme=part.terme)
