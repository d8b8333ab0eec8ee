"""« Mes remboursements »: the statements in the layout of the paper one, and the whole of one décompte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.http.problems import Problem
from infra.portal.dossiers import Lecture, read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.filtres import DEUX_ANNEES, Filtres, narrow, read_filtres
from infra.portal.gardes import with_second_factor
from infra.portal.pages import render
from ledger.dossier import Identite
from ledger.payeurs import Categorie
from ledger.repartition import Etat, Split, total_of
from readmodels import releve as releves
from readmodels.historique import historique
from readmodels.pieces import pieces_of
from readmodels.vues import DecompteReleve, LienOrigine, Piece, Releve

DECOMPTES_PER_PAGE = 50
ADRESSE = "/espace/remboursements"

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vue:
    """What a page of statements shows: décomptes newest first, and totals over all that were asked for, each soin
    once."""

    decomptes: Sequence[DecompteReleve]
    pieces: Mapping[Identite, Piece]
    retenues_plus_tard: Mapping[Identite, Sequence[tuple[LienOrigine, DecompteReleve]]]
    totaux: Split
    is_provisoire: bool
    count: int
    page: int
    pages: int


@router.get("")
async def show_remboursements(request: Request) -> Response:
    """The statements of a year, or of both."""
    session = await with_second_factor(request)
    lecture = await read_dossier(request, session)
    filtres = read_filtres(request.query_params, lecture.fenetre)
    return render(
        request,
        "remboursements.html",
        session=session,
        actif=ADRESSE,
        lecture=lecture,
        filtres=filtres,
        vue=view_of(lecture, filtres, page=_page(request.query_params.get("page", ""))),
        onglets=[(str(annee), str(annee)) for annee in reversed(lecture.fenetre)] + [(DEUX_ANNEES, "Les deux années")],
        beneficiaires=sorted((code, lecture.nom_de(code)) for code in beneficiaires_of(lecture)),
        categories=tuple(Categorie),
        erreurs=filtres.erreurs,
    )


@router.get("/{emetteur}/{reference}")
async def show_decompte(request: Request, emetteur: str, reference: str) -> Response:
    """One décompte, whole."""
    session = await with_second_factor(request)
    lecture = await read_dossier(request, session)
    detail = releves.detail(lecture.dossier, (emetteur, reference))
    if detail is None or detail.date_paiement.year not in lecture.fenetre:
        raise Problem("decompte_inconnu")
    return render(
        request,
        "decompte.html",
        session=session,
        actif=ADRESSE,
        lecture=lecture,
        detail=detail,
        etapes=historique(lecture.dossier, (emetteur, reference)),
        connus=lecture.dossier.decomptes.keys(),
    )


def beneficiaires_of(lecture: Lecture) -> set[str]:
    """Whose care this dossier holds, and who is covered."""
    return {soin.repartition.beneficiaire for soin in lecture.dossier.soins.values()}


def statement(lecture: Lecture, annee: int) -> Releve:
    """The statement of a year, as this reader sees it."""
    return releves.releve(lecture.dossier, numero_adherent=lecture.numero, annee=annee)


def view_of(lecture: Lecture, filtres: Filtres, *, page: int) -> Vue:
    """The page of these filters."""
    statements = [statement(lecture, annee) for annee in filtres.annees]
    pieces = {identite: piece for view in statements for identite, piece in pieces_of(lecture.dossier, view).items()}
    everything = [decompte for view in statements for decompte in view.decomptes]
    asked = narrow(everything, filtres, lecture.noms)
    counted = {ligne.soin for decompte in asked if not decompte.annule for ligne in decompte.lignes}
    soins = [lecture.dossier.soins[soin] for soin in sorted(counted)]
    pages = max(1, -(-len(asked) // DECOMPTES_PER_PAGE))
    page = min(page, pages)
    return Vue(
        decomptes=asked[(page - 1) * DECOMPTES_PER_PAGE : page * DECOMPTES_PER_PAGE],
        pieces=pieces,
        retenues_plus_tard=_later(everything, pieces),
        totaux=total_of(soin.split for soin in soins),
        is_provisoire=any(soin.etat is Etat.PROVISOIRE for soin in soins),
        count=len(asked),
        page=page,
        pages=pages,
    )


def _later(
    decomptes: Sequence[DecompteReleve], pieces: Mapping[Identite, Piece]
) -> dict[Identite, list[tuple[LienOrigine, DecompteReleve]]]:
    """By décompte, the deductions and corrections that other décomptes made on its lines later."""
    found: dict[Identite, list[tuple[LienOrigine, DecompteReleve]]] = {}
    for decompte in decomptes:
        for lien in pieces[decompte.emetteur, decompte.reference].origines:
            found.setdefault((lien.emetteur, lien.reference), []).append((lien, decompte))
    return found


def _page(given: str) -> int:
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1
