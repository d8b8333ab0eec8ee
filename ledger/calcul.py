"""The figures of one soin, with every term that they come from: what `repartir` gives and what an auditor is told.

Which lines a sum is of is said once, by a function; the sum and its explanation both ask it. Source: domain.md
section 3 *(project)*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from ledger.payeurs import NATURES_RETENUES, PAYEURS_DU_SOIN, Categorie, Nature, Payeur, PourCompteDe


@dataclass(frozen=True, slots=True, kw_only=True)
class LignePayee:
    """One payment line in force, on the soin where it counts. Amounts are signed cents."""

    payeur: Payeur
    rang: int
    emetteur: str
    reference: str
    ligne: str
    nature: Nature
    montant: int
    date_soin: date
    beneficiaire: str
    quantite: int | None = None
    depense: int | None = None
    base: int | None = None
    acte: str | None = None
    libelle: str | None = None
    categorie: Categorie | None = None
    pour_compte_de: PourCompteDe | None = None
    is_origine_unknown: bool = False


class BrancheDepense(StrEnum):
    """By which branch of the rule the dépense was found."""

    ORPHELINE = "orpheline"
    """A payer took back more than it is known to have paid: what was paid, and what is not covered."""

    ANNONCEE = "annoncee"
    """The first payer, by rang, that states one above 0."""

    NULLE = "nulle"
    """Somebody stated it, and nobody above 0."""

    INCONNUE = "inconnue"
    """Nobody stated it: what was paid, and what is not covered."""


class Annonce(NamedTuple):
    """What one payer says that the soin cost (or its base), in cents.

    `somme`: signed, over all its décomptes. `plus_grande`: the largest sum of positive values within one of its
    décomptes, and `decompte` (emetteur, reference) that one. The smaller of both holds: a payer that pays twice repeats
    it, and a régularisation takes it back with a minus: `montant` is what this payer states.
    """

    payeur: Payeur
    rang: int
    somme: int
    plus_grande: int
    decompte: tuple[str, str]
    montant: int

    @property
    def is_repeated(self) -> bool:
        """Whether its own décomptes state it more than once: a double payment or a rappel."""
        return self.somme > self.plus_grande


@dataclass(slots=True, kw_only=True)  # not frozen: that alone takes a tenth of the fold of a soin
class Calcul:
    """Every term of one soin, in cents. `retenues`: the signed sum of the deductions; `source`: the statement taken."""

    lignes: Sequence[LignePayee]
    prestations: Sequence[LignePayee]
    paye: dict[Payeur, int]
    retenues: int
    non_couvert: int
    annonces: Sequence[Annonce]
    branche: BrancheDepense
    source: Annonce | None
    depense: int
    trop_percu: int
    reste_a_charge: int
    indemnise_par_tiers: int


_RANG = attrgetter("rang")
_REMBOURSEMENTS = (Nature.PRESTATION, Nature.COMPLEMENT_LOCAL)


def calculer(lignes: Sequence[LignePayee]) -> Calcul:
    """The figures of the lines in force of one soin; of none, zeros."""
    paye = {payeur: sum([ligne.montant for ligne in paid_by(lignes, payeur)]) for payeur in PAYEURS_DU_SOIN}
    paid_in_all = sum(paye.values())
    retenues = sum([ligne.montant for ligne in retenues_of(lignes)])
    non_couvert = max(0, -retenues)

    prestations = prestations_of(lignes)
    annonces = annonces_of(prestations, "depense")
    branche, source = _branch(lignes, annonces)
    depense = paid_in_all + non_couvert if source is None else source.montant

    trop_percu = max(0, paid_in_all - (depense - non_couvert))
    return Calcul(
        lignes=lignes,
        prestations=prestations,
        paye=paye,
        retenues=retenues,
        non_couvert=non_couvert,
        annonces=annonces,
        branche=branche,
        source=source,
        depense=depense,
        trop_percu=trop_percu,
        reste_a_charge=depense - paid_in_all + trop_percu,
        indemnise_par_tiers=sum(ligne.montant for ligne in of_victim(lignes)),
    )


def prestations_of(lignes: Sequence[LignePayee]) -> list[LignePayee]:
    """The ordinary lines, which alone state a dépense or a base."""
    return [ligne for ligne in lignes if ligne.nature is Nature.PRESTATION]


def paid_by(lignes: Sequence[LignePayee], payeur: Payeur) -> list[LignePayee]:
    """The lines that make what a payer paid."""
    return [ligne for ligne in lignes if ligne.payeur is payeur]


def retenues_of(lignes: Sequence[LignePayee]) -> list[LignePayee]:
    """The deductions: what is not insurable stays with the member."""
    return [ligne for ligne in lignes if ligne.nature in NATURES_RETENUES]


def of_victim(lignes: Sequence[LignePayee]) -> list[LignePayee]:
    """What a third party paid for the victim."""
    return [ligne for ligne in lignes if ligne.pour_compte_de is PourCompteDe.VICTIME]


def announced_by(prestations: Sequence[LignePayee], payeur: Payeur, field: str) -> list[LignePayee]:
    """The lines by which a payer states the dépense, or the base."""
    return [ligne for ligne in prestations if ligne.payeur is payeur and getattr(ligne, field) is not None]


def annonces_of(prestations: Sequence[LignePayee], field: str) -> list[Annonce]:
    """What each payer states, first payer first; who says nothing is absent.

    Every payer repeats it, and a payer that pays twice repeats its own: so it is never added up over payers, nor over
    the décomptes of one payer beyond the largest that one of them states.
    """
    stated = []
    for payeur in PAYEURS_DU_SOIN:
        own = announced_by(prestations, payeur, field)
        if own:
            largest, decompte = _largest(own, field)
            rang = min([ligne.rang for ligne in own])
            somme = sum([getattr(ligne, field) for ligne in own])
            stated.append(Annonce(payeur, rang, somme, largest, decompte, min(somme, largest)))
    stated.sort(key=_RANG)  # stable: ties stay in the order of PAYEURS_DU_SOIN
    return stated


def _branch(lignes: Sequence[LignePayee], annonces: Sequence[Annonce]) -> tuple[BrancheDepense, Annonce | None]:
    """Which branch of the rule holds, and the statement that it takes."""
    if _is_orphan(lignes) or any(annonce.montant < 0 for annonce in annonces):
        return BrancheDepense.ORPHELINE, None
    if not annonces:
        return BrancheDepense.INCONNUE, None
    taken = next((annonce for annonce in annonces if annonce.montant > 0), None)
    return (BrancheDepense.ANNONCEE, taken) if taken is not None else (BrancheDepense.NULLE, annonces[0])


def _largest(own: Sequence[LignePayee], field: str) -> tuple[int, tuple[str, str]]:
    """The largest sum of positive values that one décompte states, in cents, and that décompte (ties: the first)."""
    if len(own) == 1:
        return max(0, getattr(own[0], field)), (own[0].emetteur, own[0].reference)
    by_decompte: dict[tuple[str, str], int] = {}
    for ligne in own:
        identite = (ligne.emetteur, ligne.reference)
        by_decompte[identite] = by_decompte.get(identite, 0) + max(0, getattr(ligne, field))
    largest = max(by_decompte.values())
    return largest, min(identite for identite, value in by_decompte.items() if value == largest)


def _is_orphan(lignes: Sequence[LignePayee]) -> bool:
    """Whether a payer took back more than it is known to have paid: the original never arrived."""
    return any(
        sum([ligne.montant for ligne in lignes if ligne.payeur is payeur and ligne.nature in _REMBOURSEMENTS]) < 0
        for payeur in PAYEURS_DU_SOIN
    )
