"""The statement as a PDF, in the layout of the paper one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.dossier import Identite
from ledger.payeurs import NATURES_RETENUES
from ledger.repartition import Etat
from readmodels.renderings.labels_fr import (
    ACTE_NON_COMMUNIQUE,
    AIDE_COLONNES,
    ANOMALIE,
    CATEGORIE,
    COLONNES,
    DESTINATAIRE,
    NATURE,
    NON_DISPONIBLE,
    PAYEUR,
)
from readmodels.renderings.montants_fr import euros, jour, jour_en_lettres, nombre
from readmodels.renderings.titulaire import Titulaire
from readmodels.renderings.typographe import pdf
from readmodels.vues import DecompteReleve, LienOrigine, LigneReleve, Piece, Releve

AUTEUR = "SMI"
_COLUMNS = ("depense", "base", "regime_obligatoire", "smi", "autre_mutuelle", "reste_a_charge")
_TOTALS = tuple(name for name in COLONNES if name != "base")
_HELP = (*COLONNES, "etat", "annule", "totaux")
_TITLE_OF_HELP = {"etat": "Provisoire", "annule": "Décompte annulé", "totaux": "Totaux"}


def releve_pdf(
    view: Releve,
    titulaire: Titulaire | None,
    pieces: Mapping[Identite, Piece] | None = None,
    *,
    preuve: str | None = None,
) -> bytes:
    """The document. `pieces` (see `pieces_of`) link deferred deductions and corrections to what they refer to.

    `preuve`: the file of its proof (JSON), to be carried as an attachment.
    Dated from the last payment that it shows, so that the same statement is the same bytes.
    """
    last = max((decompte.date_paiement for decompte in view.decomptes), default=None)
    donnees = {
        "titre": f"Relevé de vos remboursements {view.annee}",
        "auteur": AUTEUR,
        "entete": _header(view, titulaire, last),
        "avis": _notices(view),
        "titre_totaux": f"En {view.annee}, en tout",
        "titres_totaux": ["Chaque soin compté une fois", "Montant"],
        "totaux": [[COLONNES[name], euros(getattr(view.totaux, name))] for name in _TOTALS],
        "titre_decomptes": "Vos décomptes, du plus récent au plus ancien",
        "colonnes": ["Soin", *(COLONNES[name] for name in _COLUMNS)],
        "decomptes": [_decompte(decompte, titulaire, pieces or {}) for decompte in view.decomptes],
        "total_final": ["Totaux, chaque soin compté une fois", *_total_cells(view)],
        "provisoire": "Provisoire : ces chiffres peuvent encore changer.",
        "vide": "Aucun remboursement n'a été payé cette année. Vos décomptes paraîtront ici dès leur paiement.",
        "titre_aide": "Comprendre ce relevé",
        "aide": [[COLONNES.get(name) or _TITLE_OF_HELP[name], AIDE_COLONNES[name]] for name in _HELP],
        "pied": f"Relevé {view.annee} · adhérent n° {view.numero_adherent}",
    }
    return pdf("releve.typ", donnees, day=last or date(view.annee, 1, 1), piece=preuve)


def _header(view: Releve, titulaire: Titulaire | None, last: date | None) -> list[str]:
    names = [f"{titulaire.prenom} {titulaire.nom}"] if titulaire is not None else []
    said = f"dernier paiement le {jour_en_lettres(last)}" if last is not None else "aucun paiement"
    return [*names, f"Adhérent n° {view.numero_adherent}", f"Décomptes payés en {view.annee} ; {said}"]


def _notices(view: Releve) -> list[str]:
    lignes = [ligne for decompte in view.decomptes if not decompte.annule for ligne in decompte.lignes]
    provisional = len({ligne.soin for ligne in lignes if ligne.etat is Etat.PROVISOIRE})
    cancelled = sum(decompte.annule for decompte in view.decomptes)
    notices = []
    if provisional:
        notices.append(
            f"Chiffres provisoires : {nombre(provisional, 'soin')} en attente d'un payeur. Les totaux peuvent changer."
        )
    if cancelled:
        notices.append(f"{nombre(cancelled, 'décompte')} : annulation. {AIDE_COLONNES['annule']}")
    if any(ligne.autre_mutuelle is None for decompte in view.decomptes for ligne in decompte.lignes):
        notices.append(f"« {NON_DISPONIBLE} » : non disponible. {AIDE_COLONNES['autre_mutuelle']}")
    return notices


def _decompte(
    decompte: DecompteReleve, titulaire: Titulaire | None, pieces: Mapping[Identite, Piece]
) -> dict[str, Any]:
    piece = pieces.get((decompte.emetteur, decompte.reference))
    payeur = PAYEUR[decompte.payeur]
    organisme = payeur if decompte.organisme == payeur else f"{payeur} ({decompte.organisme})"
    entete = f"{organisme}, payé le {jour(decompte.date_paiement)} {DESTINATAIRE[decompte.destinataire]} : "
    return {
        "entete": entete + euros(decompte.montant),
        "bandeau": _banner(decompte, piece),
        "annule": decompte.annule,
        "lignes": [_line(ligne, titulaire, piece) for ligne in decompte.lignes],
    }


def _banner(decompte: DecompteReleve, piece: Piece | None) -> str:
    said = [f"Référence du décompte : {decompte.reference}"]
    if decompte.annule:
        motif = f" ({decompte.motif_annulation})" if decompte.motif_annulation else ""
        said.append(f"ANNULÉ{motif} : ne compte dans aucun total")
    elif piece is not None and piece.corrections:
        corrected = ", ".join(dict.fromkeys(f"{c.reference} du {jour(c.date)}" for c in piece.corrections))
        said.append(f"complété ou corrigé par {corrected}")
    return " — ".join(said)


def _line(ligne: LigneReleve, titulaire: Titulaire | None, piece: Piece | None) -> dict[str, Any]:
    prenom = titulaire.prenom_of(ligne.beneficiaire) if titulaire is not None else None
    who = prenom or f"bénéficiaire {ligne.beneficiaire}"
    acte = f" ({ligne.acte})" if ligne.acte else ""
    details = [f"{jour(ligne.date_soin)} · {who} · {CATEGORIE[ligne.categorie]}"]
    details.append(f"payé par ce décompte : {euros(ligne.montant)}")
    if ligne.trop_percu:
        details.append(f"trop-perçu : {euros(ligne.trop_percu)}")
    if ligne.indemnise_par_tiers:
        details.append(f"indemnisé par un tiers : {euros(ligne.indemnise_par_tiers)}")
    details += [_origin(lien) for lien in (piece.origines if piece else ()) if lien.soin == ligne.soin]
    details += [ANOMALIE[anomalie] for anomalie in ligne.anomalies]
    return {
        "titre": (ligne.libelle or ACTE_NON_COMMUNIQUE) + acte,
        "details": details,
        "montants": [_cell(getattr(ligne, name), name) for name in _COLUMNS],
        "provisoire": ligne.etat is Etat.PROVISOIRE,
    }


def _origin(lien: LienOrigine) -> str:
    """To which payment a deferred deduction or a correction belongs."""
    deferred = "retenue différée du" if lien.nature in NATURES_RETENUES else "corrige le"
    paid = f" payé le {jour(lien.date_paiement)}" if lien.date_paiement else ", pas encore reçu"
    motif = f" ({lien.motif})" if lien.motif else ""
    return f"{NATURE[lien.nature]} {euros(lien.montant)} : {deferred} décompte {lien.reference}{paid}{motif}"


def _cell(centimes: int | None, name: str) -> str:
    if centimes is None:
        return NON_DISPONIBLE if name == "autre_mutuelle" else ""
    return euros(centimes)


def _total_cells(view: Releve) -> list[str]:
    """Bases are not added up: they are rates to reckon with, not amounts that anybody paid."""
    return ["" if name == "base" else euros(getattr(view.totaux, name)) for name in _COLUMNS]
