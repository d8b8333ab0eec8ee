"""A new password: chosen for a way under way, estimated while it is typed."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from infra.auth.refus import DefiInvalide, MotDePasseFaible
from infra.auth.sessions import Opened
from infra.portal import cookies
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.gardes import acces_of, client_of, session_or_none, step
from infra.portal.pages import HEADERS, render

router = APIRouter(prefix="/espace", include_in_schema=False, route_class=PageRoute)

MOT_DE_PASSE_MAX = 200
"""The longest password that is taken, in characters."""


async def choose_password(request: Request, form: Formulaire) -> Opened | Erreurs | None:
    """Set the password of the way under way: the session that it opens, what is wrong, or None to begin again."""
    defi = cookies.read(request, cookies.DEFI)
    if not defi:
        return None
    erreurs = check_new_password(form)
    if erreurs:
        return erreurs
    client = client_of(request)
    try:
        return await step(request, lambda: acces_of(request).choose_password(defi, form.raw("nouveau"), client=client))
    except DefiInvalide:
        return None
    except MotDePasseFaible as refused:
        return {"nouveau": " ".join([str(refused), *refused.conseils])}


def check_new_password(form: Formulaire) -> Erreurs:
    """What is wrong with a new password typed twice, before its strength is looked at."""
    erreurs: Erreurs = {}
    if not form.raw("nouveau"):
        erreurs["nouveau"] = "Choisissez un mot de passe."
    elif len(form.raw("nouveau")) > MOT_DE_PASSE_MAX:
        erreurs["nouveau"] = f"{MOT_DE_PASSE_MAX} caractères au plus."
    elif form.raw("nouveau") != form.raw("encore"):
        erreurs["encore"] = "Les deux mots de passe ne sont pas les mêmes."
    return erreurs


@router.post("/force")
async def estimate(request: Request) -> Response:
    """How a password stands, for the meter that a script shows; the page judges it again when it is sent."""
    session = await session_or_none(request) if request.query_params.get("qui") == "session" else None
    form = await read_form(request, session)
    context = session or cookies.read(request, cookies.DEFI)
    if context is None:
        return JSONResponse({"score": 0, "admis": False, "conseils": []}, headers=HEADERS)
    given = form.raw("nouveau")[:MOT_DE_PASSE_MAX]
    found = await step(request, lambda: acces_of(request).estimate_password(given, context))
    content = {"score": found.score, "admis": found.is_admitted, "conseils": list(found.conseils)}
    return JSONResponse(content, headers=HEADERS)


def password_page(
    request: Request, action: str, erreurs: Erreurs, *, status: int = 200, etapes: tuple[str, ...] = ()
) -> Response:
    """The form of a new password, for who has no session."""
    return render(
        request,
        "mot_de_passe.html",
        status=status,
        is_house=action.startswith("/maison"),
        action=action,
        etapes=etapes,
        asks_current=False,
        erreurs=erreurs,
    )
