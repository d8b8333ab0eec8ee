"""What a member takes away: her statement and the summary of her care of a year, as files and as JSON."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from infra.http.access import MemberAccess
from infra.http.conditional import answer, answer_bytes
from infra.http.context import Context, context_of
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
from infra.http.preuve import Taille, log_of, proof_step
from infra.http.problems import Problem
from infra.http.quand import ATTENTE_SECONDS_MAX, Quand
from infra.http.vues_preuve import ReleveProuve
from infra.preuve.evenements import NAME as EVENEMENTS
from infra.preuve.statements import prove_statement
from infra.reads.dossiers import MemberRead
from infra.reads.moments import Moment
from readmodels.impots import recapitulatif_fiscal
from readmodels.renderings.telechargements import (
    TYPE_MEDIA,
    Fichier,
    Format,
    fichier_fiscal,
    fichier_releve,
    fichier_releve_prouve,
)
from readmodels.vues import RecapitulatifFiscal

WAITING_MAX = 64
"""How many downloads wait for a thread; the next ones are told to come back."""

SEAL_POLL_SECONDS = 0.1
"""How often one who waits for the last events to be sealed looks."""

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


_DISPOSITION: dict[str, tuple[str, Json]] = {
    "Content-Disposition": ("À enregistrer, sous un nom sans donnée personnelle.", {"type": "string"})
}


def _proven_responses(success: Json) -> Responses:
    return read_responses(success, "annee_hors_fenetre", "point_inconnu", busy=("service_sature", "preuve_en_attente"))


def _responses(description: str, forme: Format, schema: Json = _TEXT) -> Responses:
    """The answers that a download may give."""
    success = file_response(description, TYPE_MEDIA[forme], schema, headers={**HEADERS, **_DISPOSITION})
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
    "/releves/{annee:annee}.preuve.json",
    operation_id="read_releve_prouve",
    summary="Le relevé d'une année, avec sa preuve",
    description="Le relevé tel que servi, les événements dont il dépend tels que gardés, et leur preuve sous un point "
    "de contrôle : se vérifie hors ligne par `decompte verify --statement`. Refusé à la session d'un bénéficiaire, qui "
    "ne voit que ses soins : les événements sont de tout le contrat.",
    responses=_proven_responses(json_response("Le relevé et sa preuve.", ReleveProuve, headers=HEADERS)),
)
async def read_releve_prouve(
    request: Request,
    access: Access,
    quand: Quand,
    annee: Annee,
    attendre_position: Attente = None,
    taille: Taille = None,
) -> Response:
    """The statement with its proof."""
    member, file = await _proven(request, access, quand, annee, attendre_position, taille)
    return answer_bytes(request, file, "application/json", projected=member.projected)


@router.get(
    "/releves/{annee:annee}.preuve.pdf",
    operation_id="read_releve_prouve_pdf",
    summary="Le relevé d'une année, en PDF qui porte sa preuve",
    description="Le PDF du relevé (PDF/UA-1, PDF/A-3a), avec le fichier de sa preuve en pièce jointe.",
    response_class=Response,
    responses=_proven_responses(
        file_response("Le PDF.", TYPE_MEDIA[Format.PDF], _TEXT, headers={**HEADERS, **_DISPOSITION})
    ),
)
async def read_releve_prouve_pdf(
    request: Request,
    access: Access,
    quand: Quand,
    annee: Annee,
    attendre_position: Attente = None,
    taille: Taille = None,
) -> Response:
    """The statement as PDF, its proof attached."""
    member, file = await _proven(request, access, quand, annee, attendre_position, taille)
    render = partial(fichier_releve_prouve, piece=file.decode())
    return await _rendered(request, access, member, annee, render)


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
    return await _rendered(request, access, member, annee, fichier)


async def _proven(
    request: Request, access: MemberAccess, quand: Moment, annee: int, attendre_position: int | None, taille: int | None
) -> tuple[MemberRead, bytes]:
    """The member, and the file of her statement with its proof."""
    if access.session is not None and access.session.beneficiaire is not None:
        raise Problem("role_interdit")
    context, log = context_of(request), log_of(request, EVENEMENTS)
    member = await read_member(request, access, attendre_position, quand=quand)
    check_annee(request, access, annee)
    numero = access.numero
    prove = partial(
        prove_statement, context.proofs, log, member.dossier, numero_adherent=numero, annee=annee, taille=taille
    )
    return member, await once_sealed(context, prove)


async def once_sealed(context: Context, prove: Callable[[], bytes]) -> bytes:
    """What `prove` gives, once the last events are sealed. Raises its Problems, `preuve_en_attente` past the time."""
    deadline = anyio.current_time() + ATTENTE_SECONDS_MAX
    while True:
        try:
            return await proof_step(context, prove)
        except Problem as problem:
            if problem.code != "preuve_en_attente" or anyio.current_time() >= deadline:
                raise
        await anyio.sleep(SEAL_POLL_SECONDS)


async def _rendered(
    request: Request, access: MemberAccess, member: MemberRead, annee: int, fichier: Callable[..., Fichier]
) -> Response:
    limiter = context_of(request).export_threads
    if limiter.statistics().tasks_waiting >= WAITING_MAX:
        raise Problem("service_sature")
    render = partial(fichier, member.dossier, member.registration, numero_adherent=access.numero, annee=annee)
    made = await to_thread.run_sync(render, limiter=limiter)
    # The name is made of ours and of a year: nothing of the member, and nothing that a header could not carry.
    headers = {"Content-Disposition": f'attachment; filename="{made.nom}"'}
    return answer_bytes(request, made.contenu, made.type_media, projected=member.projected, headers=headers)
