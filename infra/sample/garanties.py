"""What the complementary contracts of the sample promise: invented, in the spirit of a contrat responsable.

A guarantee is a total, régime obligatoire included; the insurer pays what is missing, never more than the expense.
Participation forfaitaire, franchise and the effect of being outside the parcours de soins are never covered.
"""

from dataclasses import dataclass
from enum import IntEnum

from infra.sample.bareme import round_share


class Niveau(IntEnum):
    """The level of an SMI contract; its value is the column of the table of guarantees."""

    BASE = 0
    CONFORT = 1
    PREMIUM = 2


@dataclass(frozen=True, slots=True)
class Garantie:
    """Up to a share of the base (ten-thousandths) plus a sum by unit of quantity (cents), or the whole expense."""

    base_pb: int = 0
    forfait_centimes: int = 0
    is_frais_reels: bool = False

    def total(self, *, depense: int, base: int, quantite: int) -> int:
        """What the member gets back in all, in cents."""
        if self.is_frais_reels:
            return depense
        return min(depense, round_share(base, self.base_pb) + self.forfait_centimes * quantite)


def _base(base_pb: int) -> Garantie:
    return Garantie(base_pb=base_pb)


def _forfait(centimes: int) -> Garantie:
    return Garantie(forfait_centimes=centimes)


RIEN, TICKET_MODERATEUR, TOUT = Garantie(), _base(10_000), Garantie(is_frais_reels=True)

GARANTIES_SMI: dict[str, tuple[Garantie, Garantie, Garantie]] = {
    "CS": (TICKET_MODERATEUR, _base(15_000), _base(20_000)),
    "PH4": (RIEN, TICKET_MODERATEUR, TICKET_MODERATEUR),
    "PH2": (RIEN, RIEN, TICKET_MODERATEUR),
    "HBLD634": (TOUT, TOUT, TOUT),
    "COUL": (_base(12_500), _base(25_000), _base(37_500)),
    "OPA": (TOUT, TOUT, TOUT),
    "OPB": (_forfait(10_000), _forfait(30_000), _forfait(40_000)),
    "AU1": (TOUT, TOUT, TOUT),
    "AU2": (TICKET_MODERATEUR, _forfait(120_000), _forfait(150_000)),
    "GHS": (TOUT, TOUT, TOUT),
    "ADC": (TICKET_MODERATEUR, _base(15_000), _base(20_000)),
    "FJH": (TOUT, TOUT, TOUT),
    "CHP": (RIEN, _forfait(5_000), _forfait(7_000)),
    "OST": (RIEN, _forfait(2_500), _forfait(4_000)),
}
"""Total by act and level (base, confort, premium). Any other act: the ticket modérateur at every level."""

SEANCES_OSTEOPATHIE = {Niveau.BASE: 0, Niveau.CONFORT: 3, Niveau.PREMIUM: 5}
"""Sessions of osteopathy that SMI pays, by beneficiary and civil year."""

SURCOMPLEMENTAIRE: dict[str, Garantie] = {
    "CS": _base(5_000),
    "COUL": _forfait(40_000),
    "OPB": _forfait(10_000),
    "AU2": _forfait(30_000),
    "ADC": _base(10_000),
    "CHP": _forfait(2_000),
    "OST": _forfait(2_000),
}
"""What a surcomplémentaire of rank 3 adds to the payers before it; nothing for other acts."""

_TICKET_MODERATEUR_PARTOUT = (TICKET_MODERATEUR,) * 3


def guarantee_of(code: str, niveau: Niveau) -> Garantie:
    """The SMI guarantee for an act at a level of contract."""
    return GARANTIES_SMI.get(code, _TICKET_MODERATEUR_PARTOUT)[niveau]
