"""The stream of what becomes readable of a member, as server-sent events."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import MemberAccess, bearer_in, member_access
from infra.http.context import context_of
from infra.http.documentation import problems
from infra.http.problems import Problem
from infra.live.hub import TooManyStreams, TooManyStreamsOfMember
from infra.live.reads import find_member
from infra.live.stream import LIFETIME_SECONDS, MEDIA_TYPE, open_stream

router = APIRouter(prefix="/v1/adherents/{numero}", tags=["adherents"])

_POSITION_MAX = 2**63 - 1
Follower = Annotated[Bearer, Depends(bearer_in(Role.PORTAIL, Role.ADHERENT))]
Access = Annotated[MemberAccess, Depends(member_access)]

_EVENT = {
    "type": "object",
    "properties": {
        "event": {"const": "decompte"},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "data": {"type": "string", "pattern": r'^\{"position":[0-9]+\}$'},
        "retry": {"type": "integer"},
    },
    "required": ["id"],
    "additionalProperties": False,
}
"""The first one has an `id` and `retry` alone, and is none to the client; the next ones have the other three."""


@router.get(
    "/evenements",
    operation_id="follow_evenements",
    summary="Ce qui devient lisible d'un adhérent, au fil de l'eau",
    description="Événements `decompte` (server-sent events), un par décompte ou annulation dès qu'il se lit ; `id` "
    "est sa position. On reprend par `Last-Event-ID` ; sinon après `depuis` ; sinon maintenant. Un commentaire passe "
    "toutes les 15 s. Le flux se ferme au bout de 15 min, ou de `duree` : revenir. Avec `duree=0`, il donne ce qui a "
    "été manqué, puis se ferme.",
    response_class=Response,
    responses={
        200: {"description": "Un événement du flux.", "content": {MEDIA_TYPE: {"schema": _EVENT}}},
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "requete_invalide"),
        **problems("adherent_inconnu", "ressource_inconnue"),
        **problems("trop_de_flux", "erreur_interne", "service_sature", "base_indisponible"),
    },
)
async def follow_evenements(
    request: Request,
    _bearer: Follower,
    access: Access,
    depuis: Annotated[
        int | None,
        Query(ge=0, le=_POSITION_MAX, description="Position à partir de laquelle reprendre, non comprise."),
    ] = None,
    duree: Annotated[
        int, Query(ge=0, le=int(LIFETIME_SECONDS), description="Combien de secondes le flux reste ouvert au plus.")
    ] = int(LIFETIME_SECONDS),
    last_event_id: Annotated[
        int | None,
        Header(alias="Last-Event-ID", ge=0, le=_POSITION_MAX, description="L'`id` du dernier événement reçu."),
    ] = None,
) -> Response:
    """Follow."""
    context = context_of(request)
    member = await find_member(context.pool, context.services.keyring, access.numero)
    if member is None:
        raise Problem("adherent_inconnu")
    if request.scope["state"]["is_head"]:
        return Response(media_type=MEDIA_TYPE)
    known = last_event_id if last_event_id is not None else depuis
    # A position that is not there yet would make one wait for what comes before it: a restored backup may do that.
    after = member.projected if known is None else min(known, member.projected)
    try:
        return open_stream(context.live, member.sujet, after=after, seconds_max=duree)
    except TooManyStreamsOfMember:
        raise Problem("trop_de_flux") from None
    except TooManyStreams:
        raise Problem("service_sature") from None
