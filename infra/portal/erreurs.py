"""What goes wrong in a page, said as a page: in the same design, in plain words, with what to do next."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from infra.auth.refus import AccesRefuse, AccesSature, SecondFacteurRequis, SessionTerminee, TropDEssais
from infra.auth.sessions import Session
from infra.http.failures import problem_of
from infra.http.frame import trace_of
from infra.http.problems import Problem
from infra.portal.formulaires import FormulaireRefuse
from infra.portal.gardes import Ailleurs
from infra.portal.pages import redirect, render
from ledger.recours.errors import Unknown

PREFIXES = ("/espace", "/maison")
log = structlog.get_logger(__name__)


class Message(NamedTuple):
    """What an error page says."""

    titre: str
    texte: str


MESSAGES = {
    403: Message(
        "Ce formulaire n’a pas pu être vérifié",
        "Il est resté ouvert trop longtemps, ou il ne vient pas de cette page. Revenez en arrière, rechargez la page "
        "et recommencez : rien n’a été enregistré.",
    ),
    404: Message(
        "Cette page n’existe pas",
        "L’adresse est peut-être incomplète, ou ce qu’elle désigne n’est pas à vous ou n’est plus dans les deux années "
        "que vous pouvez consulter.",
    ),
    405: Message("Cette page ne se demande pas ainsi", "Revenez à l’accueil et reprenez votre chemin."),
    413: Message("Votre envoi est trop long", "Raccourcissez les textes que vous avez saisis, puis recommencez."),
    400: Message("Cette demande est illisible", "Revenez en arrière, rechargez la page et recommencez."),
    429: Message(
        "Trop d’essais en peu de temps",
        "Par sécurité, attendez quelques minutes avant de recommencer. Vos données ne risquent rien.",
    ),
    500: Message(
        "Une erreur est survenue de notre côté",
        "Votre demande n’a pas pu aboutir. Recommencez dans un instant ; si cela se répète, donnez-nous le numéro "
        "ci-dessous.",
    ),
    503: Message(
        "Le service est momentanément indisponible",
        "Nous faisons le nécessaire. Recommencez dans quelques minutes : rien n’est perdu.",
    ),
}
_INTERDIT = "Cette page n’est pas ouverte à votre rôle"
_DEMANDER = "Si vous en êtes, demandez votre rôle à l’exploitant du service."
ROLE_INTERDIT = Message(_INTERDIT, f"Elle est à l’équipe Assia. {_DEMANDER}")
AUDIT_INTERDIT = Message(_INTERDIT, f"Elle est aux auditeurs. {_DEMANDER}")
INCONNU = Message(
    "Cette page n’existe pas",
    "L’adresse est peut-être incomplète, ou aucun sinistre ni bordereau ne porte cette référence.",
)
_STATUS = {408: 400, 415: 400, 422: 404, 410: 404, 401: 403}
"""Statuses that a reader of pages has no use for, by the one that says the same to her."""


def error_page(
    request: Request, status: int, *, message: Message | None = None, retry_after_seconds: int | None = None
) -> Response:
    """The page of an error; `message` in place of what its status says."""
    status = status if status in MESSAGES else _STATUS.get(status, 500)
    known = getattr(request.state, "bearer", None)
    response = render(
        request,
        "erreur.html",
        session=known if isinstance(known, Session) else None,
        status=status,
        is_house=request.url.path.startswith("/maison"),
        message=message or MESSAGES[status],
        trace=trace_of(request.scope) if status in (500, 503) else None,
    )
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def is_page(request: Request) -> bool:
    """Whether a person with a browser asked, for whom an error is a page."""
    return request.url.path.startswith(PREFIXES)


class PageRoute(APIRoute):
    """A route whose refusals and failures are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, and what is shown when it does not end well."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Ailleurs as elsewhere:
                return elsewhere.response
            except ClientDisconnect:
                raise
            except Exception as error:
                return _answer(request, error)

        return handled


def _answer(request: Request, error: Exception) -> Response:
    """The page of whatever a route raised."""
    house = request.url.path.startswith("/maison")
    if isinstance(error, FormulaireRefuse):
        return error_page(request, 403)
    if isinstance(error, TropDEssais):
        return error_page(request, 429, retry_after_seconds=error.retry_after_seconds)
    if isinstance(error, SessionTerminee):
        return redirect("/maison/connexion" if house else "/espace/connexion")
    if isinstance(error, SecondFacteurRequis):
        back = "/espace/notifications" if request.url.path.startswith("/espace/notifications") else "/espace/securite"
        return redirect("/maison/verification" if house else f"/espace/verification?suite={back}")
    if isinstance(error, AccesSature):
        return error_page(request, 503, retry_after_seconds=2)
    if isinstance(error, AccesRefuse):
        return error_page(request, 403)
    if isinstance(error, RequestValidationError):
        return error_page(request, 404)
    if isinstance(error, HTTPException):
        return error_page(request, error.status_code)
    if isinstance(error, Unknown):
        return error_page(request, 404, message=INCONNU)
    if isinstance(error, Problem) and error.code == "role_interdit":
        is_audit = request.url.path.startswith("/maison/audit")
        return error_page(request, 403, message=AUDIT_INTERDIT if is_audit else ROLE_INTERDIT)
    problem = error if isinstance(error, Problem) else problem_of(error)
    if not isinstance(error, Problem):
        say = log.error if problem.code == "erreur_interne" else log.warning
        say("echec_page", code=problem.code, exc_info=error)
    return error_page(request, problem.kind.status, retry_after_seconds=problem.kind.retry_after_seconds)
