"""« Mes données »: what is known of a person, to take away; and what forgetting means, and how to ask for it."""

from functools import partial

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.journal_acces import Regard
from infra.auth.sessions import Session
from infra.donnees.donnees import Personne, gather
from infra.http.context import context_of
from infra.http.donnees import WAITING_MAX
from infra.http.problems import Problem
from infra.portal.dossiers import Lecture, read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.gardes import with_second_factor
from infra.portal.pages import HEADERS, render
from readmodels.renderings.donnees_zip import fichier_json, fichier_zip
from readmodels.renderings.telechargements import Fichier

ADRESSE = "/espace/donnees"
RENDERINGS = {"donnees.zip": fichier_zip, "donnees.json": fichier_json}

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_donnees(request: Request) -> Response:
    """What may be taken away, how long it is kept, how to ask for the rest."""
    session = await with_second_factor(request)
    return render(request, "donnees.html", session=session, actif="/espace/demandes")


@router.get("/{name}")
async def download(request: Request, name: str) -> Response:
    """The file. Raises the Problems `ressource_inconnue` and `service_sature`."""
    session = await with_second_factor(request)
    if name not in RENDERINGS:
        raise Problem("ressource_inconnue")
    context = context_of(request)
    lecture = await read_dossier(request, session)
    empreinte = context.services.keyring.numero_empreinte(lecture.numero)
    await context.looks.look(Regard(session.actor, session.role, empreinte, "donnees"))
    if context.export_threads.statistics().tasks_waiting >= WAITING_MAX:
        raise Problem("service_sature")
    made = await to_thread.run_sync(partial(_make, request, session, lecture, name), limiter=context.export_threads)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{made.nom}"'}
    return Response(made.contenu, media_type=made.type_media, headers=headers)


def _make(request: Request, session: Session, lecture: Lecture, name: str) -> Fichier:
    assert session.sujet is not None
    personne = Personne(
        numero=lecture.numero,
        sujet=session.sujet,
        beneficiaire=session.beneficiaire,
        masques=lecture.masques,
        dossier=lecture.dossier,
        registration=lecture.registration,
    )
    return RENDERINGS[name](gather(context_of(request).services, personne))
