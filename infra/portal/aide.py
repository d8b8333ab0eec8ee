"""Help and glossary, legal notice and accessibility: for everybody, signed in or not."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Session
from infra.portal.erreurs import PageRoute
from infra.portal.gardes import session_or_none
from infra.portal.pages import render

router = APIRouter(prefix="/espace", include_in_schema=False, route_class=PageRoute)


@router.get("/aide")
async def show_aide(request: Request) -> Response:
    """The questions that come, and every word."""
    return render(request, "aide.html", session=await _member(request))


@router.get("/mentions")
async def show_mentions(request: Request) -> Response:
    """Legal notice, privacy, accessibility."""
    return render(request, "mentions.html", session=await _member(request))


async def _member(request: Request) -> Session | None:
    session = await session_or_none(request)
    return session if session is not None and not session.is_house else None
