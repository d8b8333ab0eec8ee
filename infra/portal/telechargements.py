"""Downloads: the same statement as the page's, as a file. Everything is made from what this reader may see."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Session
from infra.http.problems import Problem
from infra.portal.dossiers import Lecture, read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.gardes import with_second_factor
from infra.portal.pages import HEADERS
from infra.portal.remboursements import statement
from readmodels.impots import recapitulatif_fiscal
from readmodels.pieces import pieces_of
from readmodels.renderings.impots_csv import impots_csv
from readmodels.renderings.impots_pdf import impots_pdf
from readmodels.renderings.releve_csv import releve_csv
from readmodels.renderings.releve_fhir import releve_fhir
from readmodels.renderings.releve_pdf import releve_pdf
from readmodels.renderings.releve_xlsx import releve_xlsx

RENDERINGS_AT_ONCE = 2
"""How many files are made at once: each is a second or less of one core."""

_NAME = re.compile(r"(releve|impots)-([0-9]{4})\.([a-z.]+)")
_limiters: dict[int, CapacityLimiter] = {}

router = APIRouter(prefix="/espace/telecharger", include_in_schema=False, route_class=PageRoute)


class Format(NamedTuple):
    """A kind of file and how it is made."""

    media_type: str
    make: Callable[[Lecture, int], bytes]


def _of_statement(render: Callable[..., bytes], *, with_ties: bool) -> Callable[[Lecture, int], bytes]:
    def make(lecture: Lecture, annee: int) -> bytes:
        view = statement(lecture, annee)
        return render(view, lecture.titulaire, pieces_of(lecture.dossier, view)) if with_ties else render(view)

    return make


def _impots_pdf(lecture: Lecture, annee: int) -> bytes:
    view = recapitulatif_fiscal(lecture.dossier, annee=annee)
    return impots_pdf(view, lecture.titulaire, numero_adherent=lecture.numero)


FORMATS: Mapping[tuple[str, str], Format] = {
    ("releve", "pdf"): Format("application/pdf", _of_statement(releve_pdf, with_ties=True)),
    ("releve", "csv"): Format("text/csv; charset=utf-8", _of_statement(releve_csv, with_ties=False)),
    ("releve", "xlsx"): Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _of_statement(releve_xlsx, with_ties=False),
    ),
    ("releve", "json"): Format("application/json", _of_statement(msgspec.json.encode, with_ties=False)),
    ("releve", "fhir.json"): Format("application/fhir+json", _of_statement(releve_fhir, with_ties=True)),
    ("impots", "pdf"): Format("application/pdf", _impots_pdf),
    ("impots", "csv"): Format(
        "text/csv; charset=utf-8",
        lambda lecture, annee: impots_csv(recapitulatif_fiscal(lecture.dossier, annee=annee)),
    ),
}


@router.get("/{name}")
async def download(request: Request, name: str) -> Response:
    """A file of one of the two years."""
    session: Session = await with_second_factor(request)
    match = _NAME.fullmatch(name)
    wanted = FORMATS.get((match[1], match[3])) if match else None
    lecture = await read_dossier(request, session)
    if match is None or wanted is None or int(match[2]) not in lecture.fenetre:
        raise Problem("ressource_inconnue")
    content = await to_thread.run_sync(wanted.make, lecture, int(match[2]), limiter=_limiter(request))
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=wanted.media_type, headers=headers)


def _limiter(request: Request) -> CapacityLimiter:
    key = id(request.app)
    if key not in _limiters:
        _limiters.clear()
        _limiters[key] = CapacityLimiter(RENDERINGS_AT_ONCE)
    return _limiters[key]
