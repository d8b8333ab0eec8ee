"""A member takes her data away: everything that is known of her, in a form that a person and a program read."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.donnees.donnees import Personne, gather
from infra.http.access import MemberAccess, acces_step, bearer_in
from infra.http.conditional import CACHE_CONTROL
from infra.http.context import context_of
from infra.http.documentation import Responses, file_response, json_response
from infra.http.lectures import PREFIX, Access, Attente, read_member, read_responses
from infra.http.problems import Problem
from infra.reads.moments import now_on
from readmodels.donnees import Donnees
from readmodels.renderings.donnees_zip import fichier_json, fichier_zip
from readmodels.renderings.telechargements import Fichier

router = APIRouter(prefix=PREFIX, tags=["adherents"])

WAITING_MAX = 64
"""How many downloads wait for a thread; the next ones are told to come back."""

Herself = Annotated[Bearer, Depends(bearer_in(Role.ADHERENT))]
_DISPOSITION = {"Content-Disposition": ("À enregistrer, sous un nom sans donnée personnelle.", {"type": "string"})}
_WORDS = (
    "Tout ce que le grand livre sait d'elle, toutes années : inscription, décomptes tels que reçus, soins, "
    "corrections, sinistres et déclarations, choix, consultations par catégorie de personnes (RGPD, art. 15 et 20). "
    "Une session lit ce que sa personne voit ; ce que d'autres adultes gardent n'y est pas."
)


def _responses(success: object) -> Responses:
    return read_responses(success, busy=("service_sature",))  # type: ignore[arg-type]


@router.get(
    "/donnees",
    operation_id="read_donnees",
    summary="Ses données, en JSON",
    description=_WORDS,
    responses=_responses(json_response("Ses données.", Donnees, headers=_DISPOSITION)),
)
async def read_donnees(
    request: Request, _bearer: Herself, access: Access, attendre_position: Attente = None
) -> Response:
    """Her data as JSON."""
    return await _download(request, access, attendre_position, fichier_json)


@router.get(
    "/donnees.zip",
    operation_id="read_donnees_zip",
    summary="Ses données, en un dossier",
    description=_WORDS + " Le JSON, un CSV par liste, et un mode d'emploi.",
    response_class=Response,
    responses=_responses(
        file_response("Le dossier.", "application/zip", {"type": "string", "format": "binary"}, headers=_DISPOSITION)
    ),
)
async def read_donnees_zip(
    request: Request, _bearer: Herself, access: Access, attendre_position: Attente = None
) -> Response:
    """Her data as a folder."""
    return await _download(request, access, attendre_position, fichier_zip)


async def _download(
    request: Request, access: MemberAccess, attendre_position: int | None, rendered: Callable[[Donnees], Fichier]
) -> Response:
    """Gather and render in a thread. Raises `service_sature` when too many wait for one."""
    context = context_of(request)
    services, session = context.services, access.session
    member = await read_member(request, access, attendre_position, quand=now_on(services.settings.today()))
    beneficiaire = session.beneficiaire if session is not None else None
    masques: frozenset[str] = frozenset()
    if session is not None and beneficiaire is None:
        masques = await acces_step(context, partial(services.acces.masked_beneficiaires, access.numero))
    if context.export_threads.statistics().tasks_waiting >= WAITING_MAX:
        raise Problem("service_sature")

    def make() -> Fichier:
        sujet = services.members.find(access.numero)
        if sujet is None:
            raise Problem("adherent_inconnu")
        personne = Personne(
            numero=access.numero,
            sujet=sujet,
            beneficiaire=beneficiaire,
            masques=masques,
            dossier=member.dossier,
            registration=member.registration,
        )
        return rendered(gather(services, personne))

    made = await to_thread.run_sync(make, limiter=context.export_threads)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.nom}"',
        "Cache-Control": CACHE_CONTROL,
        "Vary": "Authorization",
    }
    return Response(made.contenu, media_type=made.type_media, headers=headers)
