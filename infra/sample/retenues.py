"""Participation forfaitaire and franchise: their yearly caps, and those taken back later under tiers payant."""

from collections import deque
from dataclasses import dataclass
from datetime import date

from infra.sample.actes import Retenue
from infra.sample.bareme import AGE_ADULTE
from infra.sample.calendrier import shift
from infra.sample.messages import Ligne, LigneOrigine
from infra.sample.visite import Soin

DELAI_JOURS = 21
"""Days before a deduction deferred by tiers payant may be taken back from another payment."""

ATTENTE_MAX_JOURS = 130
"""Days after which what could be taken back from no payment is claimed by a notice of its own."""

LIGNES_MAX = 12
"""Deferred deductions taken back at once from a payment, so that its notice stays readable."""


class Plafonds:
    """What each beneficiary has borne of each deduction in each civil year of care."""

    __slots__ = ("_pris",)

    def __init__(self) -> None:
        self._pris: dict[tuple[str, str, int], int] = {}

    def take(self, soin: Soin) -> int:
        """The deduction owed on a soin, in cents, cut so that the year never exceeds its cap; 0 when nothing is due.

        What is taken counts for ever, even if the payment is cancelled later: the cap is then reached a little early.
        """
        retenue = soin.acte.retenue
        if retenue is None or soin.personne.age(soin.jour) < AGE_ADULTE:
            return 0
        cle = (soin.personne.beneficiaire, retenue.nature, soin.jour.year)
        pris = self._pris.get(cle, 0)
        montant = min(owed(retenue, soin), retenue.plafond.at(soin.jour) - pris)
        self._pris[cle] = pris + montant
        return montant

    def has_room_for(self, soin: Soin) -> bool:
        """True when the whole deduction of the soin could be taken twice more in its year."""
        retenue = soin.acte.retenue
        if retenue is None:
            return True
        pris = self._pris.get((soin.personne.beneficiaire, retenue.nature, soin.jour.year), 0)
        return pris + 2 * owed(retenue, soin) <= retenue.plafond.at(soin.jour)


def owed(retenue: Retenue, soin: Soin) -> int:
    """The deduction of a soin before any cap, in cents."""
    return retenue.montant.at(soin.jour) * soin.quantite


@dataclass(frozen=True, slots=True)
class RetenueDifferee:
    """A deduction to take back later: on which line it is owed and since which payment."""

    nature: str
    montant: int
    soin: Soin
    origine: LigneOrigine
    payee_le: date


class RetenuesDifferees:
    """The deductions of a household that wait, the oldest payment first."""

    __slots__ = ("_attente",)

    def __init__(self) -> None:
        self._attente: deque[RetenueDifferee] = deque()

    def defer(self, retenue: RetenueDifferee) -> None:
        """Put a deduction aside; payments are handled in the order of their dates."""
        self._attente.append(retenue)

    def take_from(self, lignes: list[Ligne], *, le: date) -> None:
        """Add to a payment the deductions that are due and that it can bear, each naming the line it comes from."""
        reste, limite = sum(ligne.montant for ligne in lignes), shift(le, -DELAI_JOURS)
        porteur, maximum = lignes[0].soin, len(lignes) + LIGNES_MAX
        while self._attente and self._attente[0].payee_le <= limite and len(lignes) < maximum:
            if self._attente[0].montant > reste:
                return
            retenue = self._attente.popleft()
            reste -= retenue.montant
            lignes.append(_deduct(retenue, str(len(lignes) + 1), porteur, retenue.origine))

    def claim_overdue(self, le: date) -> list[Ligne]:
        """The lines that claim what has waited too long, on the soins themselves; empty when nothing has."""
        if not self._attente or self._attente[0].payee_le > shift(le, -ATTENTE_MAX_JOURS):
            return []
        limite = shift(le, -DELAI_JOURS)
        lignes: list[Ligne] = []
        while self._attente and self._attente[0].payee_le <= limite:
            retenue = self._attente.popleft()
            lignes.append(_deduct(retenue, str(len(lignes) + 1), retenue.soin.reference, None))
        return lignes

    @property
    def overdue_since(self) -> date | None:
        """The first day on which a notice of its own is due; None when nothing waits."""
        return shift(self._attente[0].payee_le, ATTENTE_MAX_JOURS) if self._attente else None


def _deduct(retenue: RetenueDifferee, numero: str, soin: str, origine: LigneOrigine | None) -> Ligne:
    return Ligne(
        ligne=numero,
        soin=soin,
        nature=retenue.nature,
        beneficiaire=retenue.soin.personne.beneficiaire,
        date_soin=retenue.soin.jour,
        montant=-retenue.montant,
        ligne_origine=origine,
    )
