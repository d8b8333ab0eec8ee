"""Whether a member may be forgotten: every legal reason to keep that still runs, or the event that says she was."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from ledger.adherent.conservation import duree_comptable, fin_de_conservation
from ledger.adherent.errors import (
    AnnulationEnAttente,
    ConservationComptable,
    EffacementRefuse,
    RaisonDeConserver,
    SinistreOuvert,
    TropPercuOuvert,
)
from ledger.adherent.events import AdherentErased, BaseEffacement, EffacementFaits
from ledger.dossier import Dossier
from ledger.sinistre.sinistre import Sinistre


def erase(
    dossier: Dossier, sinistres: Iterable[Sinistre], *, base: BaseEffacement, acteur: str, le: date
) -> AdherentErased:
    """Forget a member on a day. Raises EffacementRefuse with every reason that still runs on it."""
    raisons = raisons_de_conserver(dossier, sinistres, le=le)
    if raisons:
        raise EffacementRefuse(raisons)
    exercices = _exercices(dossier)
    fin = fin_de_conservation(max(exercices)) if exercices else None
    return AdherentErased(faits=EffacementFaits(base=base, acteur=acteur, date=le, fin_de_conservation=fin))


def raisons_de_conserver(dossier: Dossier, sinistres: Iterable[Sinistre], *, le: date) -> list[RaisonDeConserver]:
    """What forbids to forget her on a day: accounts by year, then trop-perçus, sinistres, annulations that wait."""
    return [
        *_comptables(dossier, le=le),
        *_trop_percus(dossier),
        *_sinistres_ouverts(sinistres),
        *_annulations_en_attente(dossier, le=le),
    ]


def _exercices(dossier: Dossier) -> Counter[int]:
    """How many pieces belong to each accounting year: a décompte by its payment, an annulation by its date.

    A cancelled décompte is a piece like another: it was booked, and booked back.
    """
    pieces = Counter(d.faits.date_paiement.year for d in dossier.decomptes.values())
    pieces.update(a.date_annulation.year for found in dossier.annulations.values() for a in found)
    return pieces


def _comptables(dossier: Dossier, *, le: date) -> Sequence[RaisonDeConserver]:
    return [
        ConservationComptable(
            f"{pieces} pièce{'s' if pieces > 1 else ''} de l'exercice {exercice}",
            fin=f"{fin:%d/%m/%Y}, {duree_comptable(exercice).annees} ans après la clôture "
            f"({duree_comptable(exercice).source})",
            jusqu_au=fin,
        )
        for exercice, pieces in sorted(_exercices(dossier).items())
        if le <= (fin := fin_de_conservation(exercice))
    ]


def _trop_percus(dossier: Dossier) -> Sequence[RaisonDeConserver]:
    return [
        TropPercuOuvert(
            f"soin {soin.soin}, {_euros(soin.split.trop_percu)}",
            fin="une régularisation ou une annulation qui le reprend",
        )
        for soin in sorted(dossier.soins.values(), key=lambda s: s.soin)
        if soin.split.trop_percu > 0
    ]


def _sinistres_ouverts(sinistres: Iterable[Sinistre]) -> Sequence[RaisonDeConserver]:
    return [
        SinistreOuvert(
            f"sinistre {sinistre.reference}, {sinistre.etat.value}", fin="sa clôture ou son classement sans suite"
        )
        for sinistre in sorted(sinistres, key=lambda s: s.reference)
        if not sinistre.is_closed
    ]


def _annulations_en_attente(dossier: Dossier, *, le: date) -> Sequence[RaisonDeConserver]:
    """One whose own year must no longer be kept waits for nothing that could still be booked."""
    return [
        AnnulationEnAttente(
            f"annulation {annulation.emetteur}/{annulation.reference}",
            fin=f"l'arrivée du décompte {annulation.annule}, au plus tard le {fin:%d/%m/%Y}",
            jusqu_au=fin,
        )
        for cible, found in sorted(dossier.annulations.items())
        if cible not in dossier.decomptes
        for annulation in found
        if le <= (fin := fin_de_conservation(annulation.date_annulation.year))
    ]


def _euros(centimes: int) -> str:
    return f"{centimes // 100},{centimes % 100:02d} €"
