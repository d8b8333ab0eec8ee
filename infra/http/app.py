"""The HTTP application: its routes, its frame, its errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Match

from infra.auth.refus import AccesRefuse
from infra.bootstrap import Services
from infra.http import (
    acces,
    acces_facteurs,
    acces_sessions,
    adherents,
    audit,
    audit_acces,
    audit_balance,
    audit_export,
    audit_figures,
    balance,
    bordereaux,
    desabonnement,
    donnees,
    evenements,
    exports,
    flux,
    messages,
    notifications,
    preuve,
    quarantaine,
    racine,
    recours,
    sante,
    sinistres,
    sinistres_etapes,
)
from infra.http.context import opened
from infra.http.documentation import openapi_document
from infra.http.frame import RequestFrame, trace_of
from infra.http.problems import Problem, acces_problem, invalid_request
from infra.http.words import DESCRIPTION, SUMMARY, TAGS, TITLE
from infra.portal.erreurs import error_page, is_page
from infra.portal.routeurs import ROUTERS as PAGES
from infra.version import __version__

ROUTERS = (
    racine.router,
    messages.router,
    flux.router,
    quarantaine.router,
    adherents.router,
    donnees.router,
    exports.router,
    preuve.router,
    acces.router,
    acces_sessions.router,
    acces_facteurs.router,
    notifications.router,
    evenements.router,
    desabonnement.router,
    sinistres.router,
    sinistres_etapes.router,
    recours.router,
    bordereaux.router,
    balance.router,
    audit.router,
    audit_balance.router,
    audit_acces.router,
    audit_export.router,
    audit_figures.router,
    sante.router,
)


class Application(FastAPI):
    """FastAPI with our OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi_document(self)
        return self.openapi_schema


def create_app(services: Services) -> FastAPI:
    """The application on these services. It opens and closes its read connections, and runs nothing else."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(services) as context:
            app.state.context = context
            yield

    app = Application(
        title=TITLE,
        version=__version__,
        summary=SUMMARY,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        # The interactive pages load scripts from elsewhere; ours go by `racine`.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[Middleware(RequestFrame)],
        # Spans would carry the path, hence members' numbers.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={
            Problem: _answer_problem,
            AccesRefuse: _answer_refus,
            HTTPException: _answer_http_exception,
            RequestValidationError: _answer_invalid_request,
        },
    )
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    return app


async def _answer_problem(request: Request, error: Exception) -> Response:
    problem = cast(Problem, error)
    return error_page(request, problem.kind.status) if is_page(request) else problem.response(trace_of(request.scope))


async def _answer_refus(request: Request, error: Exception) -> Response:
    return acces_problem(cast(AccesRefuse, error)).response(trace_of(request.scope))


async def _answer_invalid_request(request: Request, error: Exception) -> Response:
    return invalid_request(cast(RequestValidationError, error).errors()).response(trace_of(request.scope))


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    """What Starlette refuses before any route of ours: unknown address, wrong method."""
    refused = cast(HTTPException, error)
    if is_page(request):
        return error_page(request, refused.status_code)
    if refused.status_code == 405:
        allowed = _methods_at(request)
        if "GET" in allowed:
            allowed.add("HEAD")
        problem = Problem("methode_interdite", headers={"Allow": ", ".join(sorted(allowed))})
    else:
        problem = Problem("ressource_inconnue" if refused.status_code == 404 else "requete_illisible")
    return problem.response(trace_of(request.scope))


def _methods_at(request: Request) -> set[str]:
    """Every method that some route has at this address: Starlette names those of the first one."""
    routes = [route for router in ROUTERS for route in router.routes]
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in matching for method in getattr(route, "methods", None) or ()}
