"""Recoveries from the third party who caused an accident, shared as the law says (loi du 5 juillet 1985 art. 31).

The victim first, up to what stayed on her; the rest between the payers in proportion to what each paid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from infra.sample.alea import Alea
from infra.sample.bareme import round_share
from infra.sample.calendrier import Fenetre, next_payment_day, shift
from infra.sample.emission import ASSIA, Emission
from infra.sample.messages import AUTRE_MUTUELLE, INDEMNITE, REGIME_OBLIGATOIRE, SMI, Decompte, Ligne
from infra.sample.visite import Soin, Visite

PAYEURS = (REGIME_OBLIGATOIRE, SMI, AUTRE_MUTUELLE)
VICTIME = "victime"

_RESPONSABILITES_PB = ((10_000, 0.55), (7_500, 0.15), (5_000, 0.2), (2_500, 0.1))
"""Shares of responsibility of the third party, in ten-thousandths, and how often each."""

_EN_DEUX_FOIS, _ACOMPTE_PB = 0.35, 4_000
"""How often a debt is paid in two parts, and the first part in ten-thousandths."""

_DELAI_JOURS = (50, 130)


@dataclass(slots=True)
class SoinRattache:
    """A soin of a sinistre and what each payer paid on it, deductions included, in cents."""

    soin: Soin
    verse: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PAYEURS, 0))

    @property
    def reste_a_charge(self) -> int:
        """What stayed on the victim, in cents."""
        return self.soin.depense - sum(self.verse.values())


@dataclass(slots=True)
class Sinistre:
    """The soins of one accident, by reference, and the day of the last payment about them."""

    reference: str
    soins: dict[str, SoinRattache]
    dernier_paiement: date


class Sinistres:
    """The sinistres of one member."""

    __slots__ = ("_par_reference",)

    def __init__(self) -> None:
        self._par_reference: dict[str, Sinistre] = {}

    def declare(self, visite: Visite) -> None:
        """Attach the soins of a visite to its sinistre; nothing when it has none."""
        if visite.sinistre is None:
            return
        sinistre = self._par_reference.setdefault(visite.sinistre, Sinistre(visite.sinistre, {}, visite.paye_le))
        sinistre.soins |= {soin.reference: SoinRattache(soin) for soin in visite.soins}

    def attach(self, visite: Visite, decompte: Decompte) -> None:
        """Count a payment on the soins of a visite that belongs to a sinistre; nothing when it does not."""
        if visite.sinistre is None:
            return
        sinistre = self._par_reference[visite.sinistre]
        sinistre.dernier_paiement = max(sinistre.dernier_paiement, decompte.date_paiement)
        for ligne in decompte.lignes:
            sinistre.soins[ligne.soin].verse[decompte.payeur] += ligne.montant

    def __iter__(self) -> Iterator[Sinistre]:
        return iter(self._par_reference.values())


def recover(sinistres: Sinistres, emission: Emission, alea: Alea, fenetre: Fenetre) -> Iterator[Decompte]:
    """What Assia received up to today for each sinistre: nothing, the whole debt, or a first part and then the rest."""
    for sinistre in sinistres:
        rattaches = list(sinistre.soins.values())
        valeur = sum(rattache.soin.depense for rattache in rattaches)
        dette = round_share(valeur, alea.pick_weighted(_RESPONSABILITES_PB))
        recus = [round_share(dette, _ACOMPTE_PB), dette] if alea.chance(_EN_DEUX_FOIS) else [dette]
        deja: dict[tuple[str, str], int] = {}
        jour = sinistre.dernier_paiement
        for recu in recus:
            jour = next_payment_day(shift(jour, alea.between(*_DELAI_JOURS)))
            if jour > fenetre.fin:
                break
            cumul = _spread(recu, rattaches)
            lignes = _write_lines(cumul, deja, sinistre)
            deja = cumul
            yield emission.write_decompte(ASSIA, lignes, le=jour, destinataire=SMI, sinistre=sinistre.reference)


def share_recovery(recu: int, *, victime: int, payes: Sequence[int]) -> tuple[int, list[int]]:
    """Share what was received (cents) between the victim and the payers: (victim, one share a payer).

    The victim is served first, up to `victime`. The shares of the payers add up with hers to `recu`, which must not be
    above what the victim bore and the payers paid.
    """
    pour_victime = min(recu, victime)
    return pour_victime, share_by_weight(recu - pour_victime, payes)


def share_by_weight(montant: int, poids: Sequence[int]) -> list[int]:
    """Share an amount in proportion to weights; the shares add up exactly.

    Cents left over go one by one to the largest remainders (ties: the first). Without any weight every share is 0.
    """
    somme = sum(poids)
    if somme == 0:
        return [0] * len(poids)
    parts = [montant * p // somme for p in poids]
    restes = sorted(range(len(poids)), key=lambda i: (-(montant * poids[i] % somme), i))
    for i in restes[: montant - sum(parts)]:
        parts[i] += 1
    return parts


def _spread(recu: int, rattaches: Sequence[SoinRattache]) -> dict[tuple[str, str], int]:
    """All received so far, by (whom it is for, soin): shared on the whole sinistre, then down to its soins."""
    poids = {VICTIME: [rattache.reste_a_charge for rattache in rattaches]}
    poids |= {payeur: [rattache.verse[payeur] for rattache in rattaches] for payeur in PAYEURS}
    pour_victime, parts = share_recovery(
        recu, victime=sum(poids[VICTIME]), payes=[sum(poids[payeur]) for payeur in PAYEURS]
    )
    return {
        (nom, rattache.soin.reference): montant
        for nom, part in zip((VICTIME, *PAYEURS), (pour_victime, *parts), strict=True)
        for rattache, montant in zip(rattaches, share_by_weight(part, poids[nom]), strict=True)
    }


def _write_lines(
    cumul: dict[tuple[str, str], int], deja: dict[tuple[str, str], int], sinistre: Sinistre
) -> list[Ligne]:
    """What is new since the last receipt, one line for each party and soin."""
    lignes: list[Ligne] = []
    for (nom, reference), montant in cumul.items():
        nouveau = montant - deja.get((nom, reference), 0)
        if nouveau == 0:
            continue
        soin = sinistre.soins[reference].soin
        lignes.append(
            Ligne(
                ligne=str(len(lignes) + 1),
                soin=reference,
                nature=INDEMNITE,
                beneficiaire=soin.personne.beneficiaire,
                date_soin=soin.jour,
                montant=nouveau,
                pour_compte_de=nom,
            )
        )
    return lignes
