"""What is read of one member: home, statement, reste à charge, comparison, one décompte."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from infra.http.access import MemberAccess
from infra.http.conditional import answer, answer_document, document_of
from infra.http.context import context_of
from infra.http.documentation import Responses, json_response
from infra.http.lectures import (
    ANNEE,
    HEADERS,
    PREFIX,
    Access,
    Attente,
    check_annee,
    fenetre_of,
    read_member,
    read_responses,
)
from infra.http.problems import Problem
from infra.http.quand import Quand
from infra.reads.documents import cle_accueil, cle_releve, cle_reste_a_charge, cles_of
from infra.reads.dossiers import MemberRead
from infra.reads.moments import Moment
from readmodels import releve as releves
from readmodels.servi import Servi, Vue, servi
from readmodels.vues import Accueil, Comparatif, DetailDecompte, Releve, ResteACharge

router = APIRouter(prefix=PREFIX, tags=["adherents"])


def _responses(description: str, model: Any, *further: str) -> Responses:
    """The answers that a read of a view may give."""
    return read_responses(json_response(description, model, headers=HEADERS), *further)


@router.get(
    "/accueil",
    operation_id="read_accueil",
    summary="L'accueil d'un adhérent",
    description="Derniers paiements, reste à charge de l'année en cours et de la précédente, soins en attente.",
    responses=_responses("L'accueil.", Accueil),
)
async def read_accueil(request: Request, access: Access, quand: Quand, attendre_position: Attente = None) -> Response:
    """Home."""
    member = await read_member(request, access, attendre_position, quand=quand)
    return _finish(request, member, cle_accueil(quand.fenetre), _served(Vue.ACCUEIL, access, member, quand))


@router.get(
    "/releves/{annee:annee}",
    operation_id="read_releve",
    summary="Le relevé d'une année",
    description="Les décomptes payés dans l'année, le plus récent d'abord. Le portail et l'adhérent lisent l'année en "
    "cours et la précédente, l'auditeur toutes.",
    responses=_responses("Le relevé.", Releve, "annee_hors_fenetre"),
)
async def read_releve(
    request: Request,
    access: Access,
    quand: Quand,
    annee: Annotated[int, Path(description="Année civile de paiement.", **ANNEE)],
    attendre_position: Attente = None,
) -> Response:
    """The statement of a year."""
    member = await read_member(request, access, attendre_position, quand=quand)
    check_annee(request, access, annee)
    return _finish(request, member, cle_releve(annee), _served(Vue.RELEVE, access, member, quand, annee))


@router.get(
    "/reste-a-charge",
    operation_id="read_reste_a_charge",
    summary="Le reste à charge d'une année de soins",
    description="Chaque soin une fois, par catégorie, mois et bénéficiaire. Sans `annee`, l'année en cours.",
    responses=_responses("Le reste à charge.", ResteACharge, "annee_hors_fenetre"),
)
async def read_reste_a_charge(
    request: Request,
    access: Access,
    quand: Quand,
    annee: Annotated[int | None, Query(description="Année civile de soin.", **ANNEE)] = None,
    attendre_position: Attente = None,
) -> Response:
    """What is left to the member, by year of care."""
    member = await read_member(request, access, attendre_position, quand=quand)
    annee = quand.fenetre.courante if annee is None else annee
    check_annee(request, access, annee)
    view = _served(Vue.RESTE_A_CHARGE, access, member, quand, annee)
    return _finish(request, member, cle_reste_a_charge(annee), view)


@router.get(
    "/comparatif",
    operation_id="read_comparatif",
    summary="Les deux années côte à côte",
    description="L'année en cours et la précédente, par catégorie et par année de soin.",
    responses=_responses("Le comparatif.", Comparatif),
)
async def read_comparatif(
    request: Request, access: Access, quand: Quand, attendre_position: Attente = None
) -> Response:
    """The two years by category."""
    member = await read_member(request, access, attendre_position, quand=quand)
    return answer(request, _served(Vue.COMPARATIF, access, member, quand), projected=member.projected)


@router.get(
    "/decomptes/{emetteur}/{reference}",
    operation_id="read_decompte",
    summary="Un décompte et ses corrections",
    description="Chaque ligne telle que reçue, le soin sur lequel elle compte, et ce qui a corrigé le décompte.",
    responses=_responses("Le décompte.", DetailDecompte, "decompte_inconnu", "annee_hors_fenetre"),
)
async def read_decompte(
    request: Request,
    access: Access,
    quand: Quand,
    emetteur: Annotated[str, Path(description="Émetteur du décompte.", examples=["smi"])],
    reference: Annotated[str, Path(description="Sa référence chez cet émetteur.", examples=["SMI-2026-19"])],
    attendre_position: Attente = None,
) -> Response:
    """One décompte."""
    member = await read_member(request, access, attendre_position, quand=quand)
    view = releves.detail(member.dossier, (emetteur, reference))
    if view is None:
        raise Problem("decompte_inconnu")
    check_annee(request, access, view.date_paiement.year)
    return answer(request, view, projected=member.projected)


def _served(vue: Vue, access: MemberAccess, member: MemberRead, quand: Moment, annee: int | None = None) -> Servi:
    return servi(vue, member.dossier, numero_adherent=access.numero, annee=annee, fenetre=quand.fenetre)


def _finish(request: Request, member: MemberRead, cle: str, view: Any) -> Response:
    """Answer with a finished document, and keep it for the next reader (`infra/http/hot.py`) if it is of the window."""
    document = document_of(view)
    fenetre = fenetre_of(request)
    if member.base is not None and cle in cles_of(fenetre):
        context_of(request).documents.keep(member.base, cle, document, fenetre=fenetre)
    return answer_document(request, document, projected=member.projected)
