"""What a statement rests on: the décomptes and annulations of a member without which its figures would be others."""

from ledger.dossier import Dossier, Identite, build_dossier
from readmodels.releve import shown_indexes


def appuis_du_releve(dossier: Dossier, annee: int) -> Dossier:
    """The part of a dossier that gives the same statement of a year as the whole of it.

    Of the décomptes shown: whatever counts on their soins, what their lines refer to, and, where a sinistre ties soins
    together, all that was recovered for it. Nothing else of the member is in it.
    """
    kept: set[Identite] = {
        d.identite for d in dossier.decomptes.values() if d.faits.date_paiement.year == annee and shown_indexes(d)
    }
    while more := _leading_to(dossier, kept):
        kept |= more
    return build_dossier(
        (dossier.decomptes[identite] for identite in kept),
        (a for cible, found in dossier.annulations.items() if cible in kept for a in found),
        registered_at=dossier.registered_at,
    )


def _leading_to(dossier: Dossier, kept: set[Identite]) -> set[Identite]:
    """Those not kept yet that bear on what the kept ones say."""
    soins: set[str] = set()
    sinistres: set[str] = set()
    origines: set[Identite] = set()
    for identite in kept:
        decompte = dossier.decomptes[identite]
        if decompte.faits.sinistre is not None:
            sinistres.add(decompte.faits.sinistre)
        for ligne in decompte.faits.lignes:
            soins.add(dossier.soin_of(decompte, ligne))
            if ligne.ligne_origine is not None:
                origines.add((ligne.ligne_origine.emetteur, ligne.ligne_origine.reference))
    more = set()
    for identite, decompte in dossier.decomptes.items():
        if identite in kept:
            continue
        counts = not dossier.is_cancelled(identite) and (
            decompte.faits.sinistre in sinistres
            or any(dossier.soin_of(decompte, ligne) in soins for ligne in decompte.faits.lignes)
        )
        if counts or identite in origines:
            more.add(identite)
    return more
