"""Downloads: the same statement as the page's, as a file. Everything is made from what this reader may see."""

import re
from functools import partial

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.http.context import context_of
from infra.http.problems import Problem
from infra.portal.dossiers import Lecture, read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.gardes import with_second_factor
from infra.portal.pages import HEADERS
from infra.portal.remboursements import statement
from readmodels.renderings.telechargements import Fichier, Format, fichier_fiscal, fichier_releve

WAITING_MAX = 64
"""How many downloads wait for a thread; the next ones are told to come back."""

_NAME = re.compile(r"(releve|impots)-([0-9]{4})\.([a-z.]{3,10})")
_JSON = "json"
_FORMATS = {"releve": frozenset(Format), "impots": frozenset({Format.PDF, Format.CSV})}

router = APIRouter(prefix="/espace/telecharger", include_in_schema=False, route_class=PageRoute)


@router.get("/{name}")
async def download(request: Request, name: str) -> Response:
    """A file of one of the two years. Raises the Problems `ressource_inconnue` and `service_sature`."""
    session = await with_second_factor(request)
    match = _NAME.fullmatch(name)
    if match is None:
        raise Problem("ressource_inconnue")
    kind, annee, forme = match[1], int(match[2]), match[3]
    lecture = await read_dossier(request, session)
    if annee not in lecture.fenetre:
        raise Problem("ressource_inconnue")
    limiter = context_of(request).export_threads
    if limiter.statistics().tasks_waiting >= WAITING_MAX:
        raise Problem("service_sature")
    made = await to_thread.run_sync(partial(_make, lecture, kind, forme, annee), limiter=limiter)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{made.nom}"'}
    return Response(made.contenu, media_type=made.type_media, headers=headers)


def _make(lecture: Lecture, kind: str, forme: str, annee: int) -> Fichier:
    """The file. Raises the Problem `ressource_inconnue` for a format that there is not."""
    if kind == "releve" and forme == _JSON:
        content = msgspec.json.encode(statement(lecture, annee))
        return Fichier(nom=f"releve-{annee}.json", type_media="application/json", contenu=content)
    admitted = _FORMATS[kind]
    if forme not in admitted:
        raise Problem("ressource_inconnue")
    fichier = fichier_releve if kind == "releve" else fichier_fiscal
    return fichier(Format(forme), lecture.dossier, lecture.registration, numero_adherent=lecture.numero, annee=annee)
