"""`POST /v1/flux`: a feed of any length, one message a line, taken while it arrives."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Annotated

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from commands.intake.take import Incoming, Outcome, Source
from commands.ports import Provenance
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import bearer_in
from infra.http.bodies import chunks, refuse_compression, refuse_content_type
from infra.http.context import context_of
from infra.http.documentation import feed_body, json_response, problems
from infra.http.frame import trace_of
from infra.http.messages import ORIGINE, DryRun, take
from infra.http.vues import FluxPris
from infra.intake.flow import Batches, Totals

router = APIRouter(tags=["flux"])

CONTENT_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"})


@router.post(
    "/v1/flux",
    operation_id="record_flux",
    summary="Enregistrer un flux entier",
    description="Un message par ligne (NDJSON), autant qu'il en vient ; les lignes vides sont passées mais comptées "
    "dans les numéros de ligne, et la dernière se passe de fin de ligne. Un message refusé est mis en quarantaine et "
    "n'arrête rien : `recus` est toujours la somme des quatre issues. D'une ligne de plus de 8 Mio, les 8 premiers "
    "sont gardés comme message (`message_trop_grand`). `position` est celle du journal après le flux. Si la réponse "
    "n'arrive pas, renvoyer le flux entier est sans risque : ce qui a été pris est « déjà enregistré ». En "
    "répétition (`dry_run`), chaque lot de lignes est jugé contre le journal et lui-même, pas contre les lots d'avant.",
    responses={
        200: json_response("Le flux a été pris.", FluxPris),
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "delai_depasse", "contenu_non_gere"),
        **problems("requete_invalide", "erreur_interne", "base_indisponible", "journal_altere"),
    },
    openapi_extra=feed_body(),
)
async def record_flux(
    request: Request, bearer: Annotated[Bearer, Depends(bearer_in(Role.SOURCE))], dry_run: DryRun = False
) -> Response:
    """Take a feed."""
    refuse_compression(request)
    refuse_content_type(request, admitted=CONTENT_TYPES)
    context = context_of(request)
    call = partial(
        take,
        context,
        source=Source(origine=ORIGINE, deposant=bearer.deposant, emetteurs=bearer.emetteurs),
        provenance=Provenance(actor=bearer.actor, trace_id=trace_of(request.scope)),
        dry_run=dry_run,
    )
    totals, batches = Totals(), Batches()
    under_way: asyncio.Task[list[Outcome]] | None = None

    async def take_all(ready: Iterable[list[Incoming]]) -> None:
        """One batch at a time, in order; the next bytes are read and cut meanwhile."""
        nonlocal under_way
        for batch in ready:
            await settle()
            under_way = asyncio.create_task(call(batch))

    async def settle() -> None:
        nonlocal under_way
        if under_way is not None:
            totals.add(await under_way)
            under_way = None

    try:
        async for chunk in chunks(request):
            await take_all(batches.feed(chunk))
        # Only here: what a client that left sent last may be half a message.
        await take_all(batches.finish())
        await settle()
    finally:
        if under_way is not None:
            with suppress(Exception):  # the failure that ends the request is another one
                await under_way
    position = await to_thread.run_sync(context.services.journal.position, limiter=context.intake_threads)
    body = FluxPris(
        recus=totals.recus,
        enregistres=totals.enregistres,
        deja_enregistres=totals.deja_enregistres,
        en_attente=totals.en_attente,
        en_quarantaine=totals.en_quarantaine,
        position=position,
        rejets=tuple(totals.rejets),
    )
    return Response(msgspec.json.encode(body), media_type="application/json")
