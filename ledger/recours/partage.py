"""Sharing a recovery: the victim first, then « au marc l'euro » between the payers, to the cent.

Source: loi n° 85-677 du 5 juillet 1985, art. 31; CSS art. L376-1; Cass. 2e civ., 24 Nov. 2022, n° 21-20.442. The poste
is *dépenses de santé actuelles*; the whole rule, with its figures, is in docs/recours.md. Amounts are cents.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ledger.events import Facts
from ledger.payeurs import PourCompteDe

PAYEURS_REPARES = (PourCompteDe.REGIME_OBLIGATOIRE, PourCompteDe.SMI, PourCompteDe.AUTRE_MUTUELLE)
"""The payers between whom the remainder is shared, in the order that settles ties."""

RESPONSABILITE_ENTIERE_PB = 10_000
"""The whole responsibility, in ten-thousandths."""

Cle = tuple[PourCompteDe, str]
"""For whom, and on which soin."""


class Charge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What each one bore on one attached soin, in signed cents: the payers what they paid, the victim what was left."""

    soin: str
    victime: int = 0
    regime_obligatoire: int = 0
    smi: int = 0
    autre_mutuelle: int = 0

    def of(self, qui: PourCompteDe) -> int:
        """What one of them bore."""
        montant: int = getattr(self, qui.value)
        return montant


class Part(Facts, frozen=True, kw_only=True, gc=False):
    """One share of what was received, in signed cents: for whom, on which soin."""

    pour_compte_de: PourCompteDe
    soin: str
    montant: int


def borne(charges: Iterable[Charge], qui: PourCompteDe) -> int:
    """What one bore on all these soins, net of corrections; corrections that outweigh it count as nothing."""
    return max(0, sum(charge.of(qui) for charge in charges))


def value_of(charges: Sequence[Charge]) -> int:
    """The value of the poste: what the victim bore and what each payer paid."""
    return sum(borne(charges, qui) for qui in (PourCompteDe.VICTIME, *PAYEURS_REPARES))


def debt(valeur: int, responsabilite_pb: int) -> int:
    """What the third party owes of a value ≥ 0, to the nearest cent; exactly half a cent goes up."""
    return (valeur * responsabilite_pb + RESPONSABILITE_ENTIERE_PB // 2) // RESPONSABILITE_ENTIERE_PB


def share_by_weight(montant: int, poids: Sequence[int]) -> list[int]:
    """Share a signed amount in proportion to weights ≥ 0; the shares add up exactly.

    Cents left over go one by one to the largest remainders (ties: the first). Without any weight the first takes all.
    """
    somme = sum(poids)
    if somme == 0:
        return [montant] + [0] * (len(poids) - 1)
    parts = [montant * p // somme for p in poids]
    by_remainder = sorted(range(len(poids)), key=lambda i: (-(montant * poids[i] % somme), i))
    for i in by_remainder[: montant - sum(parts)]:
        parts[i] += 1
    return parts


def share_received(recu: int, charges: Sequence[Charge]) -> dict[PourCompteDe, int]:
    """All received so far, shared: the victim up to what stayed on her, the remainder in proportion to what each paid.

    What is above the value of the poste was received all the same *(project)*: it follows the remainder, so that the
    guard shows for whom too much was recovered; with no payer it is the victim's, with nobody SMI's, who holds it.
    """
    victime = borne(charges, PourCompteDe.VICTIME)
    payes = [borne(charges, qui) for qui in PAYEURS_REPARES]
    pour_victime = max(0, min(recu, victime))
    reste = recu - pour_victime
    if any(payes):
        parts = share_by_weight(reste, payes)
    elif victime:
        pour_victime, parts = recu, [0] * len(payes)
    else:
        parts = [reste if qui is PourCompteDe.SMI else 0 for qui in PAYEURS_REPARES]
    return {PourCompteDe.VICTIME: pour_victime, **dict(zip(PAYEURS_REPARES, parts, strict=True))}


def spread(recu: int, charges: Sequence[Charge]) -> dict[Cle, int]:
    """All received so far, by (for whom, soin): shared on the whole, then down to the soins as each bore them."""
    shares = share_received(recu, charges)
    return {
        (qui, charge.soin): montant
        for qui, part in shares.items()
        for charge, montant in zip(
            charges, share_by_weight(part, [max(0, charge.of(qui)) for charge in charges]), strict=True
        )
    }


def ventilate(montant: int, charges: Sequence[Charge], deja: Mapping[Cle, int]) -> tuple[Part, ...]:
    """The shares of a receipt: those of all received with it, minus what was already shared. They add up to it.

    `montant` is signed: negative for a receipt that is taken back, 0 to share anew by another créance. A share may be
    minus a cent, and on a soin that is no longer attached it takes back what was shared there. `charges` are not empty.
    """
    total = spread(sum(deja.values()) + montant, charges)
    keys = [*total, *(cle for cle in deja if cle not in total)]
    return tuple(
        Part(pour_compte_de=qui, soin=soin, montant=change)
        for qui, soin in keys
        if (change := total.get((qui, soin), 0) - deja.get((qui, soin), 0))
    )


def cumulate(parts: Iterable[Part], deja: Mapping[Cle, int] | None = None) -> dict[Cle, int]:
    """What was shared so far, by (for whom, soin)."""
    cumul = dict(deja or {})
    for part in parts:
        cle = (part.pour_compte_de, part.soin)
        cumul[cle] = cumul.get(cle, 0) + part.montant
    return cumul


def total_by_party(cumul: Mapping[Cle, int]) -> dict[PourCompteDe, int]:
    """What was shared so far, by party; every party is there."""
    totals = dict.fromkeys(PourCompteDe, 0)
    for (qui, _), montant in cumul.items():
        totals[qui] += montant
    return totals
