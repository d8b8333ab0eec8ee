"""Which décomptes are news for an access: what its statement shows, of the two years, unless taken back already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledger.dates import Fenetre
from ledger.decompte.events import LigneFaits
from ledger.payeurs import Payeur, PourCompteDe


@dataclass(frozen=True, slots=True, kw_only=True)
class Nouveaute:
    """A décompte as far as announcing it goes."""

    sujet: UUID
    position: int
    emetteur: str
    reference: str
    payeur: Payeur
    date_paiement: date
    lignes: Sequence[LigneFaits]

    def concerns(self, beneficiaire: str | None, fenetre: Fenetre) -> bool:
        """Whether it is a payment to this member that the access can read; None is the holder's access.

        Of a recovery from a third party only what was recovered for the victim is one.
        """
        shown = [
            ligne
            for ligne in self.lignes
            if self.payeur is not Payeur.RECOURS_TIERS or ligne.pour_compte_de is PourCompteDe.VICTIME
        ]
        is_theirs = beneficiaire is None or any(ligne.beneficiaire == beneficiaire for ligne in shown)
        return bool(shown) and is_theirs and self.date_paiement.year in fenetre
