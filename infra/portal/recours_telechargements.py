"""The relevé de créance as a file to send: the figures of the page."""

from functools import partial

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.http.context import context_of
from infra.http.problems import Problem
from infra.portal.erreurs import PageRoute
from infra.portal.pages import HEADERS
from infra.portal.recours_equipe import ADRESSE, read_sinistre, team
from infra.portal.telechargements import WAITING_MAX
from ledger.sinistre.errors import CreanceInconnue
from readmodels import recours as views
from readmodels.renderings.creance import fichier_creance
from readmodels.renderings.telechargements import Format
from readmodels.renderings.titulaire import titulaire_of

FORMES = {"pdf": Format.PDF, "xlsx": Format.XLSX}
NUMERO_CHARACTERS_MAX = 6

router = APIRouter(prefix=f"{ADRESSE}/sinistres", include_in_schema=False, route_class=PageRoute)


@router.get("/{reference}/creances/{numero}.{forme}")
async def download_creance(request: Request, reference: str, numero: str, forme: str) -> Response:
    """A version of the créance. Raises SinistreInconnu, CreanceInconnue, the Problem `service_sature`."""
    session = await team(request)
    if forme not in FORMES or not (numero.isascii() and numero.isdigit() and len(numero) <= NUMERO_CHARACTERS_MAX):
        raise Problem("ressource_inconnue")
    dossier = await read_sinistre(request, session, reference, "creance")
    vue = views.releve_creance(dossier.connu, int(numero))
    if vue is None:
        raise CreanceInconnue
    limiter = context_of(request).export_threads
    if limiter.statistics().tasks_waiting >= WAITING_MAX:
        raise Problem("service_sature")
    soins = {name: soin.repartition for name, soin in dossier.member.dossier.soins.items()}
    titulaire = titulaire_of(dossier.registration)
    make = partial(
        fichier_creance, FORMES[forme], vue, soins, titulaire, beneficiaire=dossier.connu.sinistre.beneficiaire
    )
    made = await to_thread.run_sync(make, limiter=limiter)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{made.nom}"'}
    return Response(made.contenu, media_type=made.type_media, headers=headers)
