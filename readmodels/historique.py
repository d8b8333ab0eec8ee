"""Why an amount changed: what came in about the soins of one décompte, one thing after the other, and what was left.

The same fold as everywhere, over what was known at each moment: nothing here is reckoned in another way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ledger.dossier import DecompteConnu, Dossier, Identite, build_dossier
from ledger.payeurs import Nature, Payeur, PourCompteDe
from ledger.repartition import Etat, Split, total_of

ETAPES_MAX = 40
"""How many steps are told; past them the oldest are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Etape:
    """One thing that came in: a payment (`montant` on these soins, in cents), or an annulation (`montant` None).

    `avant` and `apres` are the split of the soins together; `natures` what the payment was made of.
    """

    position: int
    enregistre_at: datetime
    date: date
    emetteur: str
    reference: str
    payeur: Payeur
    montant: int | None
    natures: tuple[Nature, ...]
    motif: str | None
    avant: Split
    apres: Split
    is_provisoire: bool


def historique(dossier: Dossier, identite: Identite) -> tuple[Etape, ...]:
    """The steps by which the soins of a décompte became what they are, oldest first."""
    decompte = dossier.decomptes[identite]
    soins = frozenset(dossier.soin_of(decompte, ligne) for ligne in decompte.faits.lignes)
    concerned = [d for d in dossier.decomptes.values() if _lines_on(dossier, d, soins)]
    annulations = [a for d in concerned for a in dossier.annulations.get(d.identite, ())[:1]]
    moments = sorted({d.position for d in concerned} | {a.position for a in annulations})

    def known_at(position: int) -> Dossier:
        return build_dossier(
            (d for d in concerned if d.position <= position),
            (a for a in annulations if a.position <= position),
            registered_at=dossier.registered_at,
        )

    etapes: list[Etape] = []
    avant = Split()
    for position in moments:
        then = known_at(position)
        found = [then.soins[soin] for soin in sorted(soins) if soin in then.soins]
        apres = total_of(soin.split for soin in found)
        is_provisoire = any(soin.etat is Etat.PROVISOIRE for soin in found)
        for d in concerned:
            if d.position == position:
                etapes.append(_payment(dossier, d, soins, avant=avant, apres=apres, is_provisoire=is_provisoire))
        for a in annulations:
            cancelled = dossier.decomptes[a.emetteur, a.annule]
            # One that came before its décompte waited for it.
            if max(a.position, cancelled.position) == position:
                etapes.append(
                    Etape(
                        position=position,
                        enregistre_at=a.enregistre_at,
                        date=a.date_annulation,
                        emetteur=a.emetteur,
                        reference=a.annule,
                        payeur=cancelled.payeur,
                        montant=None,
                        natures=(),
                        motif=a.motif,
                        avant=avant,
                        apres=apres,
                        is_provisoire=is_provisoire,
                    )
                )
        avant = apres
    return tuple(etapes[-ETAPES_MAX:])


def _payment(
    dossier: Dossier, decompte: DecompteConnu, soins: Iterable[str], *, avant: Split, apres: Split, is_provisoire: bool
) -> Etape:
    indexes = _lines_on(dossier, decompte, soins)
    lignes = [decompte.faits.lignes[index] for index in indexes]
    personnelles = [decompte.personnel.lignes[index] for index in indexes] if decompte.personnel else []
    return Etape(
        position=decompte.position,
        enregistre_at=decompte.enregistre_at,
        date=decompte.faits.date_paiement,
        emetteur=decompte.faits.emetteur,
        reference=decompte.faits.reference,
        payeur=decompte.payeur,
        montant=sum(ligne.montant for ligne in lignes),
        natures=tuple(dict.fromkeys(ligne.nature for ligne in lignes)),
        motif=next((p.motif for p in personnelles if p.motif), None),
        avant=avant,
        apres=apres,
        is_provisoire=is_provisoire,
    )


def _lines_on(dossier: Dossier, decompte: DecompteConnu, soins: Iterable[str]) -> list[int]:
    """The lines of a décompte that count on these soins; of a recovery only the victim's part."""
    named = set(soins)
    return [
        index
        for index, ligne in enumerate(decompte.faits.lignes)
        if dossier.soin_of(decompte, ligne) in named
        and (decompte.payeur is not Payeur.RECOURS_TIERS or ligne.pour_compte_de is PourCompteDe.VICTIME)
    ]
