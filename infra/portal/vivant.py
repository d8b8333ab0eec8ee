"""The stream that tells an open page of a new décompte, for the browser's session: the same as the API's."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.http.context import context_of
from infra.http.problems import Problem
from infra.live.hub import TooManyStreams, TooManyStreamsOfMember
from infra.live.reads import find_member
from infra.live.stream import LIFETIME_SECONDS, MEDIA_TYPE, open_stream
from infra.portal.gardes import numero_of, session_or_none

router = APIRouter(prefix="/espace/evenements", include_in_schema=False)


@router.get("")
async def follow(request: Request) -> Response:
    """Follow, from the position last heard of. No page: errors are those of the API, for a program."""
    session = await session_or_none(request)
    if session is None or session.numero is None:
        raise Problem("jeton_absent")
    context = context_of(request)
    member = await find_member(context.pool, context.services.keyring, numero_of(session))
    if member is None:
        raise Problem("adherent_inconnu")
    if request.scope["state"]["is_head"]:
        return Response(media_type=MEDIA_TYPE)
    try:
        return open_stream(
            context.live, member.sujet, after=_known(request, member.projected), seconds_max=LIFETIME_SECONDS
        )
    except TooManyStreamsOfMember:
        raise Problem("trop_de_flux") from None
    except TooManyStreams:
        raise Problem("service_sature") from None


def _known(request: Request, projected: int) -> int:
    """From where to go on: `Last-Event-ID` when the browser resumes, else now."""
    given = request.headers.get("last-event-id", "")
    return min(int(given), projected) if given.isascii() and given.isdigit() and len(given) < 19 else projected
