"""What a member takes away: her statement and the summary of her care of a year, as files and as JSON."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from infra.http.access import MemberAccess
from infra.http.conditional import answer, answer_bytes
from infra.http.context import context_of
from infra.http.documentation import Json, Responses, file_response, json_response
from infra.http.lectures import (
    ANNEE,
    HEADERS,
    PREFIX,
    Access,
    Attente,
    check_annee,
    read_member,
    read_responses,
)
from infra.http.problems import Problem
from infra.http.quand import Quand
from infra.reads.moments import Moment
from readmodels.impots import recapitulatif_fiscal
from readmodels.renderings.telechargements import TYPE_MEDIA, Fichier, Format, fichier_fiscal, fichier_releve
from readmodels.vues import RecapitulatifFiscal

WAITING_MAX = 64
"""How many downloads wait for a thread; the next ones are told to come back."""

router = APIRouter(prefix=PREFIX, tags=["exports"])

Annee = Annotated[int, Path(description="Année civile de paiement.", **ANNEE)]
AnneeDeSoin = Annotated[int, Path(description="Année civile de soin.", **ANNEE)]

_TEXT: Json = {"type": "string"}
_BUNDLE: Json = {
    "type": "object",
    "properties": {
        "resourceType": {"const": "Bundle"},
        "type": {"const": "collection"},
        "entry": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["resourceType", "type", "entry"],
}


def _responses(description: str, forme: Format, schema: Json = _TEXT) -> Responses:
    """The answers that a download may give."""
    disposition: dict[str, tuple[str, Json]] = {
        "Content-Disposition": ("À enregistrer, sous un nom sans donnée personnelle.", {"type": "string"})
    }
    success = file_response(description, TYPE_MEDIA[forme], schema, headers={**HEADERS, **disposition})
    return read_responses(success, "annee_hors_fenetre", busy=("service_sature",))


@router.get(
    "/releves/{annee:annee}.pdf",
    operation_id="read_releve_pdf",
    summary="Le relevé d'une année, en PDF",
    description="Comme le relevé papier ; PDF balisé (PDF/UA-1, PDF/A-2a).",
    response_class=Response,
    responses=_responses("Le relevé en PDF.", Format.PDF),
)
async def read_releve_pdf(
    request: Request, access: Access, quand: Quand, annee: Annee, attendre_position: Attente = None
) -> Response:
    """The statement as PDF."""
    return await _download(request, access, quand, annee, attendre_position, partial(fichier_releve, Format.PDF))


@router.get(
    "/releves/{annee:annee}.csv",
    operation_id="read_releve_csv",
    summary="Le relevé d'une année, en CSV",
    description="`;`, virgule décimale, UTF-8 avec BOM. La somme de chaque colonne de montants est le total du relevé.",
    response_class=Response,
    responses=_responses("Le relevé en CSV.", Format.CSV),
)
async def read_releve_csv(
    request: Request, access: Access, quand: Quand, annee: Annee, attendre_position: Attente = None
) -> Response:
    """The statement as CSV."""
    return await _download(request, access, quand, annee, attendre_position, partial(fichier_releve, Format.CSV))


@router.get(
    "/releves/{annee:annee}.xlsx",
    operation_id="read_releve_xlsx",
    summary="Le relevé d'une année, en classeur",
    description="Montants en nombres, dates en dates ; les mêmes colonnes que le CSV, les totaux, le mode d'emploi.",
    response_class=Response,
    responses=_responses("Le relevé en classeur.", Format.XLSX),
)
async def read_releve_xlsx(
    request: Request, access: Access, quand: Quand, annee: Annee, attendre_position: Attente = None
) -> Response:
    """The statement as a workbook."""
    return await _download(request, access, quand, annee, attendre_position, partial(fichier_releve, Format.XLSX))


@router.get(
    "/releves/{annee:annee}.fhir.json",
    operation_id="read_releve_fhir",
    summary="Le relevé d'une année, en FHIR R4B",
    description="Un Bundle avec un ExplanationOfBenefit par décompte.",
    response_class=Response,
    responses=_responses("Le relevé en FHIR.", Format.FHIR, _BUNDLE),
)
async def read_releve_fhir(
    request: Request, access: Access, quand: Quand, annee: Annee, attendre_position: Attente = None
) -> Response:
    """The statement as a FHIR bundle."""
    return await _download(request, access, quand, annee, attendre_position, partial(fichier_releve, Format.FHIR))


@router.get(
    "/fiscal/{annee:annee}",
    operation_id="read_fiscal",
    summary="Le récapitulatif d'une année de soins, pour les impôts",
    description="Par bénéficiaire et catégorie : dépensé, remboursé, resté à charge ; chaque soin une fois.",
    responses=read_responses(
        json_response("Le récapitulatif.", RecapitulatifFiscal, headers=HEADERS), "annee_hors_fenetre"
    ),
)
async def read_fiscal(
    request: Request, access: Access, quand: Quand, annee: AnneeDeSoin, attendre_position: Attente = None
) -> Response:
    """The summary as JSON."""
    member = await read_member(request, access, attendre_position, quand=quand)
    check_annee(request, access, annee)
    return answer(request, recapitulatif_fiscal(member.dossier, annee=annee), projected=member.projected)


@router.get(
    "/fiscal/{annee:annee}.pdf",
    operation_id="read_fiscal_pdf",
    summary="Le récapitulatif d'une année de soins, en PDF",
    description="PDF balisé (PDF/UA-1, PDF/A-2a).",
    response_class=Response,
    responses=_responses("Le récapitulatif en PDF.", Format.PDF),
)
async def read_fiscal_pdf(
    request: Request, access: Access, quand: Quand, annee: AnneeDeSoin, attendre_position: Attente = None
) -> Response:
    """The summary as PDF."""
    return await _download(request, access, quand, annee, attendre_position, partial(fichier_fiscal, Format.PDF))


@router.get(
    "/fiscal/{annee:annee}.csv",
    operation_id="read_fiscal_csv",
    summary="Le récapitulatif d'une année de soins, en CSV",
    description="`;`, virgule décimale, UTF-8 avec BOM.",
    response_class=Response,
    responses=_responses("Le récapitulatif en CSV.", Format.CSV),
)
async def read_fiscal_csv(
    request: Request, access: Access, quand: Quand, annee: AnneeDeSoin, attendre_position: Attente = None
) -> Response:
    """The summary as CSV."""
    return await _download(request, access, quand, annee, attendre_position, partial(fichier_fiscal, Format.CSV))


async def _download(
    request: Request,
    access: MemberAccess,
    quand: Moment,
    annee: int,
    attendre_position: int | None,
    fichier: Callable[..., Fichier],
) -> Response:
    """Render a file in a thread, and answer with it. Raises `service_sature` when too many wait for one."""
    member = await read_member(request, access, attendre_position, quand=quand)
    check_annee(request, access, annee)
    limiter = context_of(request).export_threads
    if limiter.statistics().tasks_waiting >= WAITING_MAX:
        raise Problem("service_sature")
    render = partial(fichier, member.dossier, member.registration, numero_adherent=access.numero, annee=annee)
    made = await to_thread.run_sync(render, limiter=limiter)
    # The name is made of ours and of a year: nothing of the member, and nothing that a header could not carry.
    headers = {"Content-Disposition": f'attachment; filename="{made.nom}"'}
    return answer_bytes(request, made.contenu, made.type_media, projected=member.projected, headers=headers)
