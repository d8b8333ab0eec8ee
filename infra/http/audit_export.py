"""The journal as a stream of lines, from a position on: as long as the journal, flat in memory, resumed by position."""

from collections.abc import AsyncGenerator
from typing import Annotated

import psycopg
from anyio import CancelScope, WouldBlock, to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from infra.audit.export import export_journal
from infra.auth.roles import Role
from infra.http.access import bearer_in
from infra.http.audit import DENIED, FAILED, POSITION_MAX, in_thread
from infra.http.context import Context, context_of
from infra.http.documentation import file_response, problems
from infra.http.problems import Problem

router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[Depends(bearer_in(Role.AUDITEUR))])

MEDIA_TYPE = "application/x-ndjson"
_LINES = {"type": "string", "description": "Un événement par ligne."}


@router.get(
    "/evenements.ndjson",
    operation_id="list_evenements_ndjson",
    summary="Le journal, en flux",
    description="Chaque événement depuis une position, une ligne de JSON chacun, avec ses colonnes telles que "
    "stockées (`etat` à l'octet près, `mac`). `Ledger-Position` est la dernière position du flux. Coupé, il se reprend "
    "à la position qui suit la dernière ligne entière. Rien de personnel n'y est en clair.",
    response_class=Response,
    responses={
        200: file_response(
            "Les événements.",
            MEDIA_TYPE,
            _LINES,
            headers={"Ledger-Position": ("La dernière position du flux.", {"type": "string", "pattern": "^[0-9]+$"})},
        ),
        **problems(*(code for code in DENIED if code != "motif_requis"), *FAILED, "service_sature", "requete_invalide"),
    },
)
async def export_evenements(
    request: Request,
    depuis: Annotated[int, Query(ge=1, le=POSITION_MAX, description="La première position voulue.", examples=[1])] = 1,
) -> Response:
    """Every event from a position on, to the end that the journal has now."""
    context = context_of(request)
    head = await in_thread(context, context.services.journal.position)
    return JournalStream(context, after=depuis - 1, upto=head)


class JournalStream(StreamingResponse):
    """Streams the journal; lets go of its connection when it ends, and when the client leaves in the middle."""

    def __init__(self, context: Context, *, after: int, upto: int) -> None:
        """Raises the Problem `service_sature`."""
        try:
            context.journal_exports.acquire_on_behalf_of_nowait(self)
        except WouldBlock:
            raise Problem("service_sature") from None
        self._context = context
        self._chunks = _chunks(context, after=after, upto=upto)
        headers = {
            "Ledger-Position": str(upto),
            "Content-Disposition": f'attachment; filename="evenements-{after + 1}.ndjson"',
        }
        super().__init__(self._chunks, media_type=MEDIA_TYPE, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._context.journal_exports.release_on_behalf_of(self)
            with CancelScope(shield=True):
                await self._chunks.aclose()


async def _chunks(context: Context, *, after: int, upto: int) -> AsyncGenerator[bytes, None]:
    """The chunks, each made in a thread."""
    connection = await to_thread.run_sync(lambda: psycopg.connect(context.services.url, autocommit=True))
    try:
        chunks = export_journal(connection, after=after, upto=upto)
        while (chunk := await to_thread.run_sync(next, chunks, None)) is not None:
            yield chunk[1]
    finally:
        connection.close()
