"""What the downloads of a statement add to its lines: the ties between its décomptes and others."""

from datetime import date

from ledger.decompte.events import LigneOrigine
from ledger.dossier import DecompteConnu, Dossier, Identite
from readmodels.releve import corrections_of, personal_of, shown_indexes
from readmodels.vues import LienOrigine, Piece, Releve


def pieces_of(dossier: Dossier, view: Releve) -> dict[Identite, Piece]:
    """One piece for each décompte of a statement made from this dossier."""
    # Most décomptes are corrected by nothing: looking through all others is for those that are named.
    named = {
        (origine.emetteur, origine.reference)
        for decompte in dossier.decomptes.values()
        for ligne in decompte.faits.lignes
        if (origine := ligne.ligne_origine) is not None
    }
    pieces = {}
    for shown in view.decomptes:
        identite = shown.emetteur, shown.reference
        decompte = dossier.decomptes[identite]
        is_corrected = identite in named or dossier.is_cancelled(identite)
        pieces[identite] = Piece(
            rang=decompte.faits.rang,
            sinistre=decompte.faits.sinistre,
            origines=tuple(_links(dossier, decompte)),
            corrections=corrections_of(dossier, decompte) if is_corrected else (),
        )
    return pieces


def _links(dossier: Dossier, decompte: DecompteConnu) -> list[LienOrigine]:
    return [
        LienOrigine(
            soin=dossier.soin_of(decompte, ligne),
            nature=ligne.nature,
            montant=ligne.montant,
            motif=personal_of(decompte, index).motif,
            emetteur=origine.emetteur,
            reference=origine.reference,
            date_paiement=_date_paiement(dossier, origine),
        )
        for index in shown_indexes(decompte)
        if (origine := (ligne := decompte.faits.lignes[index]).ligne_origine) is not None
    ]


def _date_paiement(dossier: Dossier, origine: LigneOrigine) -> date | None:
    known = dossier.decomptes.get((origine.emetteur, origine.reference))
    return known.faits.date_paiement if known is not None else None
