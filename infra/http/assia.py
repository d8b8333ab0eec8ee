"""What the routes of sinistres and recoveries share: who may ask, how they read, how a refusal is told."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from anyio import to_thread
from fastapi import Depends, Path, Request
from starlette.responses import Response

from commands.sinistre.streams import Taken
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http import examples_recours as examples
from infra.http.access import bearer_in
from infra.http.context import context_of
from infra.http.documentation import Responses, problems
from infra.http.problems import Problem
from infra.http.quand import ATTENTE_SECONDS_MAX, DENIED_THEN, INVALID_THEN
from infra.http.vues_recours import EtapePrise
from infra.recours.recours import Recours
from ledger.recours.errors import RecoursRefusal
from ledger.sinistre.errors import SinistreInconnu

LIMITE_DEFAULT = 50
"""How many elements of a page, when nothing is said."""

T = TypeVar("T")

team = bearer_in(Role.ASSIA)
Team = Annotated[Bearer, Depends(team)]
reader = bearer_in(Role.ASSIA, Role.AUDITEUR)
Reader = Annotated[Bearer, Depends(reader)]
Reference = Annotated[
    str,
    Path(
        max_length=64,
        description="Référence du sinistre.",
        examples=[examples.SINISTRE],
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
    ),
]
DENIED = problems("jeton_absent", "jeton_invalide", "role_interdit")
DENIED_TO_READERS = problems("jeton_absent", "jeton_invalide", "role_interdit", *DENIED_THEN)
INVALID_QUESTION = problems("requete_invalide", *INVALID_THEN)
DENIED_TO_SESSIONS = problems("jeton_absent", "jeton_invalide", "role_interdit", "second_facteur_requis")
FAILED = problems("erreur_interne", "base_indisponible", "journal_altere", "donnees_alterees", "projection_en_retard")
NOT_MODIFIED: Responses = {304: {"description": "Le client a déjà ces octets (`If-None-Match`)."}}
VERSION_HEADERS = {
    "ETag": ('`"VERSION-EMPREINTE"` : la version du sinistre, que `If-Match` reprend.', {"type": "string"}),
    "Ledger-Position": ("Jusqu'où la projection a lu le journal.", {"type": "string", "pattern": "^[0-9]+$"}),
}


async def wait(request: Request, attendre_position: int | None) -> None:
    """Wait for the projection. Raises `projection_en_retard`."""
    if attendre_position is not None and not await context_of(request).positions.wait_for(
        attendre_position, seconds_max=ATTENTE_SECONDS_MAX
    ):
        raise Problem("projection_en_retard")


async def in_thread(request: Request, work: Callable[[Recours], T], *, reference: str | None = None) -> T:
    """Run what is synchronous in a thread; a refusal becomes its problem, with the sinistre as it stands now."""
    context = context_of(request)
    recours = context.services.recours
    try:
        return await to_thread.run_sync(partial(work, recours), limiter=context.recours_threads)
    except RecoursRefusal as refusal:
        members: dict[str, Any] = {}
        soins = getattr(refusal, "soins", None)
        if soins is not None:
            members["soins"] = soins
        if reference is not None and not isinstance(refusal, SinistreInconnu):
            now = partial(recours.state_of, reference)
            members["sinistre"] = await to_thread.run_sync(now, limiter=context.recours_threads)
        raise Problem(refusal.code, detail=str(refusal), **members) from refusal


def taken_response(taken: Taken, status: int) -> Response:
    """How a step ended."""
    body = EtapePrise(reference=taken.reference, version=taken.version, position=taken.position)
    headers = {"ETag": f'"{taken.version}"'}
    return Response(msgspec.json.encode(body), status, headers=headers, media_type="application/json")
