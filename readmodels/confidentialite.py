"""Whose care a reader may know: what is not hers is withdrawn from the dossier, before any view is made of it.

A view made from what these give cannot show more, whichever it is: sums by category, pending soins and downloads
included. Withdrawing acts from a finished view would leave them readable in its sums by category.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec

from ledger.decompte.events import LigneFaits, LignePersonnelle
from ledger.dossier import DecompteConnu, Dossier, build_dossier


def masquer(dossier: Dossier, beneficiaires: Collection[str]) -> Dossier:
    """The dossier with the care of these beneficiaries as amounts only: no act, label, category nor reason.

    Amounts, dates, payers and references stay, so every total is the same. A line is withdrawn when it, or the soin
    on which it counts, is of one of them; the reason of an annulation when any line of its décompte is.
    """
    if not beneficiaires:
        return dossier
    decomptes = []
    reasons_withdrawn = set()
    for decompte in dossier.decomptes.values():
        is_hidden = [_is_of(dossier, decompte, ligne, beneficiaires) for ligne in decompte.faits.lignes]
        if any(is_hidden):
            reasons_withdrawn.add(decompte.identite)
        if decompte.personnel is not None:
            shown = [
                LignePersonnelle() if hidden else personnelle
                for hidden, personnelle in zip(is_hidden, decompte.personnel.lignes, strict=True)
            ]
            decompte = replace(decompte, personnel=msgspec.structs.replace(decompte.personnel, lignes=tuple(shown)))
        decomptes.append(decompte)
    annulations = [
        replace(annulation, motif=None) if cible in reasons_withdrawn or cible not in dossier.decomptes else annulation
        for cible, found in dossier.annulations.items()
        for annulation in found
    ]
    return build_dossier(decomptes, annulations, registered_at=dossier.registered_at)


def de_beneficiaire(dossier: Dossier, beneficiaire: str) -> Dossier:
    """What an adult beneficiary's own access sees: the soins that are hers, and of each décompte the lines on them.

    The rest of a décompte is absent, its total included; so is an annulation that waits for a décompte nobody knows.
    """
    decomptes = []
    for decompte in dossier.decomptes.values():
        lignes = enumerate(decompte.faits.lignes)
        kept = [index for index, ligne in lignes if _is_on_soin_of(dossier, decompte, ligne, beneficiaire)]
        if kept:
            decomptes.append(_only(decompte, kept))
    seen = {decompte.identite for decompte in decomptes}
    annulations = [a for cible, found in dossier.annulations.items() if cible in seen for a in found]
    return build_dossier(decomptes, annulations, registered_at=dossier.registered_at)


def _is_of(dossier: Dossier, decompte: DecompteConnu, ligne: LigneFaits, beneficiaires: Collection[str]) -> bool:
    """Whether a line says anything of these: its own beneficiary, or that of any line of the soin it counts on."""
    soin = dossier.soins.get(dossier.soin_of(decompte, ligne))
    concerned = {ligne.beneficiaire, *(paid.beneficiaire for paid in (soin.lignes if soin else ()))}
    return not concerned.isdisjoint(beneficiaires)


def _is_on_soin_of(dossier: Dossier, decompte: DecompteConnu, ligne: LigneFaits, beneficiaire: str) -> bool:
    """All lines of a soin go together, so that its split is the one that the holder reads."""
    soin = dossier.soins.get(dossier.soin_of(decompte, ligne))
    return (soin.repartition.beneficiaire if soin else ligne.beneficiaire) == beneficiaire


def _only(decompte: DecompteConnu, indexes: Sequence[int]) -> DecompteConnu:
    lignes = tuple(decompte.faits.lignes[index] for index in indexes)
    total = sum(ligne.montant for ligne in lignes)
    faits = msgspec.structs.replace(decompte.faits, lignes=lignes, total=total)
    personnel = decompte.personnel
    if personnel is not None:
        personnel = msgspec.structs.replace(personnel, lignes=tuple(personnel.lignes[index] for index in indexes))
    return replace(decompte, faits=faits, personnel=personnel)
