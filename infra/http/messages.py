"""`POST /v1/messages`: one message of the feed, and what became of it."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from commands.intake.take import Incoming, Outcome, Source, Statut
from commands.ports import Provenance
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import bearer_in
from infra.http.bodies import read_message
from infra.http.context import Context, context_of
from infra.http.documentation import REFUSALS, json_response, message_body, problems, refusals
from infra.http.frame import trace_of
from infra.http.problems import refusal_response
from infra.http.vues import MessagePris
from infra.intake.flow import count_outcomes

router = APIRouter(tags=["flux"])

ORIGINE = "http"
STATUS_BY_STATUT = {Statut.ENREGISTRE: 201, Statut.DEJA_ENREGISTRE: 200, Statut.EN_ATTENTE: 202}

DryRun = Annotated[
    bool,
    Query(
        description="Répétition : même chemin, mêmes réponses, rien n'est enregistré ni mis en quarantaine. "
        "`position` est alors null, sauf pour ce qui était déjà enregistré."
    ),
]

OUTCOMES: dict[int | str, dict[str, Any]] = {
    200: json_response(
        "Déjà enregistré, à l'identique : rien de nouveau.",
        MessagePris,
        headers={"Idempotency-Hit": ("Toujours `true`.", {"type": "string", "enum": ["true"]})},
    ),
    201: json_response("Enregistré.", MessagePris),
    202: json_response("Annulation enregistrée, qui attend son décompte.", MessagePris),
    409: refusals("Contredit ce qui est enregistré ; gardé en quarantaine.", REFUSALS[409]),
    422: refusals(
        "Refusé, gardé en quarantaine ; ou paramètre de requête non admis (rien n'est gardé).",
        [*REFUSALS[422], "requete_invalide"],
    ),
}


@router.post(
    "/v1/messages",
    operation_id="record_message",
    summary="Enregistrer un message du flux",
    description="Le corps est un message du flux, version 1. Renvoyer le même message est sans effet : 200. "
    "Jusqu'à 8 Mio tout est jugé comme un message, et gardé entier en quarantaine s'il est refusé "
    "(au-delà de 256 Kio : `message_trop_grand`) ; un corps plus grand est refusé (413) et rien n'en est gardé. "
    "`annule` n'est présent, et vrai, que pour un décompte déjà enregistré et annulé depuis.",
    status_code=201,
    responses={**OUTCOMES, **problems("jeton_absent", "jeton_invalide", "role_interdit", "delai_depasse")}
    | problems("corps_trop_grand", "contenu_non_gere", "erreur_interne", "base_indisponible", "journal_altere"),
    openapi_extra=message_body(is_required=True),
)
async def record_message(
    request: Request, bearer: Annotated[Bearer, Depends(bearer_in(Role.SOURCE))], dry_run: DryRun = False
) -> Response:
    """Take one message."""
    raw = await read_message(request)
    [outcome] = await take(
        context_of(request),
        [Incoming(raw=raw)],
        source=Source(origine=ORIGINE, deposant=bearer.deposant, emetteurs=bearer.emetteurs),
        provenance=Provenance(actor=bearer.actor, trace_id=trace_of(request.scope)),
        dry_run=dry_run,
    )
    return outcome_response(outcome, trace_id=trace_of(request.scope))


async def take(
    context: Context, batch: Sequence[Incoming], *, source: Source, provenance: Provenance, dry_run: bool
) -> list[Outcome]:
    """Hand messages to the intake, in a thread of their own."""
    call = partial(context.services.intake.take, batch, source=source, provenance=provenance, dry_run=dry_run)
    outcomes = await to_thread.run_sync(call, limiter=context.intake_threads)
    if not dry_run:
        count_outcomes(outcomes)
    return outcomes


def outcome_response(outcome: Outcome, *, trace_id: str) -> Response:
    """What became of a message, as an answer."""
    if outcome.refusal is not None:
        kept = str(outcome.quarantaine) if outcome.quarantaine is not None else None
        return refusal_response(outcome.refusal, trace_id=trace_id, quarantaine=kept)
    assert outcome.emetteur is not None
    assert outcome.reference is not None
    body: dict[str, Any] = {
        "statut": outcome.statut,
        "emetteur": outcome.emetteur,
        "reference": outcome.reference,
        "position": outcome.position,
    }
    if outcome.is_cancelled:
        body["annule"] = True
    headers = {"Idempotency-Hit": "true"} if outcome.statut is Statut.DEJA_ENREGISTRE else None
    content = msgspec.json.encode(body)
    return Response(content, STATUS_BY_STATUT[outcome.statut], headers=headers, media_type="application/json")
