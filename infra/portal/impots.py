"""« Préparer mes impôts »: what a household spent on care in a year, was given back, and kept."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.portal.dossiers import read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.gardes import with_second_factor
from infra.portal.pages import render
from readmodels.impots import recapitulatif_fiscal

ADRESSE = "/espace/impots"

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_impots(request: Request) -> Response:
    """The tax summary of a year: the previous one unless the current is asked for, since that is the one declared."""
    session = await with_second_factor(request)
    lecture = await read_dossier(request, session)
    fenetre = lecture.fenetre
    annee = fenetre.courante if request.query_params.get("annee") == str(fenetre.courante) else fenetre.precedente
    return render(
        request,
        "impots.html",
        session=session,
        actif=ADRESSE,
        lecture=lecture,
        annee=annee,
        vue=recapitulatif_fiscal(lecture.dossier, annee=annee),
    )
