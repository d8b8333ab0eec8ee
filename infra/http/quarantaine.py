"""The quarantine: refused messages are listed, read, and taken anew, as they are or mended."""

import base64
from datetime import UTC
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from commands.intake.take import Incoming, Source
from commands.ports import Provenance
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http import examples
from infra.http.access import bearer_in
from infra.http.bodies import read_message
from infra.http.conditional import answer
from infra.http.context import Context, context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_cursor, write_cursor
from infra.http.documentation import Responses, json_response, message_body, problems
from infra.http.frame import trace_of
from infra.http.messages import OUTCOMES, DryRun, outcome_response, take
from infra.http.problems import TITLE_OF_REFUSAL, Problem, invalid_request
from infra.http.vues import ErreurMessage, MessageEnQuarantaine, PageQuarantaine
from infra.quarantine.store import Quarantined

router = APIRouter(prefix="/v1/quarantaine", tags=["quarantaine"])

LIMITE_DEFAULT = 50
LIMITE_MAX = 200

Holder = Annotated[Bearer, Depends(bearer_in(Role.SOURCE, Role.EXPLOITANT))]
Identifiant = Annotated[str, Path(json_schema_extra={"format": "uuid"}, examples=[examples.QUARANTAINE_ID])]
_DENIED = problems("jeton_absent", "jeton_invalide", "role_interdit")
_FAILED = problems("erreur_interne", "base_indisponible", "donnees_alterees")
_NOT_MODIFIED: Responses = {304: {"description": "Le client a déjà ces octets (`If-None-Match`)."}}


@router.get(
    "",
    operation_id="list_quarantaine",
    summary="Les messages refusés",
    description="Le plus récent d'abord. Une source voit les siens, l'exploitant tous. Une page peut avoir moins "
    "d'éléments que `limite` quand ses messages sont très grands ; il y en a d'autres tant que `suivant` n'est pas "
    'null (`Link: rel="next"`).',
    responses={
        200: json_response(
            "Une page.",
            PageQuarantaine,
            headers={"Link": ("La page suivante, s'il y en a une.", {"type": "string"})},
        ),
        **_NOT_MODIFIED,
        **_DENIED,
        **_FAILED,
        **problems("curseur_invalide", "requete_invalide"),
    },
)
async def list_quarantaine(
    request: Request,
    bearer: Holder,
    limite: Annotated[int, Query(ge=1, le=LIMITE_MAX, description="Éléments par page, au plus.")] = LIMITE_DEFAULT,
    curseur: Annotated[
        str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="Le `suivant` d'une page de la même liste.")
    ] = None,
    code: Annotated[
        str | None,
        Query(
            description="Seulement les refus de ce code.",
            json_schema_extra={"enum": list(TITLE_OF_REFUSAL)},
        ),
    ] = None,
) -> Response:
    """A page of refused messages."""
    if code is not None and code not in TITLE_OF_REFUSAL:
        admitted = ", ".join(TITLE_OF_REFUSAL)
        raise invalid_request([{"loc": ("query", "code"), "type": "enum", "ctx": {"expected": admitted}}])
    context = context_of(request)
    keyring, deposant = context.services.keyring, _deposant(bearer)
    # A cursor goes with the list that it was given for: whose messages, and under which code.
    liste = f"quarantaine|{deposant or ''}|{code or ''}"
    before = read_cursor(keyring, curseur, liste=liste) if curseur is not None else None
    read = partial(context.services.quarantine.page, deposant=deposant, code=code, before=before, limit=limite)
    page = await to_thread.run_sync(read, limiter=context.quarantine_threads)
    suivant, headers = None, {}
    if not page.is_last:
        last = page.elements[-1]
        suivant = write_cursor(keyring, (last.recu_at, last.id), liste=liste)
        query = {"limite": limite, "curseur": suivant, **({"code": code} if code is not None else {})}
        headers["Link"] = f'</v1/quarantaine?{urlencode(query)}>; rel="next"'
    view = PageQuarantaine(elements=tuple(_vue(element) for element in page.elements), suivant=suivant)
    return answer(request, view, headers=headers)


@router.get(
    "/{id}",
    operation_id="read_quarantaine",
    summary="Un message refusé",
    description="Le message tel que reçu, ce qui n'allait pas, et ce qui l'a remplacé s'il a été rejoué.",
    responses={
        200: json_response("Le message.", MessageEnQuarantaine),
        **_NOT_MODIFIED,
        **_DENIED,
        **_FAILED,
        **problems("quarantaine_inconnue", "ressource_inconnue", "requete_invalide"),
    },
)
async def read_quarantaine(request: Request, bearer: Holder, id: Identifiant) -> Response:
    """One refused message."""
    return answer(request, _vue(await _get(context_of(request), id, bearer)))


@router.post(
    "/{id}/rejeu",
    operation_id="replay_quarantaine",
    summary="Rejouer un message refusé",
    description="Sans corps, le message est repris tel quel ; avec un corps, c'est le message corrigé qui est pris. "
    "Répond comme `POST /v1/messages`. L'original reste en quarantaine et nomme ce qui l'a remplacé "
    "(`rejoue_par`). Un rejeu encore refusé est lui aussi gardé : s'il n'a pas changé, c'est le même élément, dont "
    "`nombre` augmente. Une source ne rejoue que les siens, pour ses émetteurs.",
    status_code=201,
    responses={**OUTCOMES, **_DENIED, **problems("quarantaine_inconnue", "ressource_inconnue", "delai_depasse")}
    | problems(
        "corps_trop_grand",
        "contenu_non_gere",
        "erreur_interne",
        "base_indisponible",
        "journal_altere",
        "donnees_alterees",
    ),
    openapi_extra=message_body(is_required=False),
)
async def replay_quarantaine(request: Request, bearer: Holder, id: Identifiant, dry_run: DryRun = False) -> Response:
    """Take a refused message anew."""
    context = context_of(request)
    mended = await read_message(request)
    refused = await _get(context, id, bearer)
    is_source = bearer.role is Role.SOURCE
    [outcome] = await take(
        context,
        [Incoming(raw=mended or refused.message)],
        source=Source(
            origine=f"rejeu:{refused.id}",
            deposant=bearer.deposant if is_source else "exploitant",
            emetteurs=bearer.emetteurs if is_source else None,
        ),
        provenance=Provenance(actor=bearer.actor, trace_id=trace_of(request.scope)),
        dry_run=dry_run,
    )
    if outcome.refusal is None and not dry_run:
        mark = partial(
            context.services.quarantine.mark_replayed,
            refused.id,
            rejoue_par=f"{outcome.emetteur}/{outcome.reference}",
        )
        await to_thread.run_sync(mark, limiter=context.quarantine_threads)
    return outcome_response(outcome, trace_id=trace_of(request.scope))


async def _get(context: Context, identifier: str, bearer: Bearer) -> Quarantined:
    """Raises `quarantaine_inconnue`, also for what is another source's."""
    try:
        known = UUID(identifier)
    except ValueError:
        raise Problem("quarantaine_inconnue") from None
    read = partial(context.services.quarantine.get, known, deposant=_deposant(bearer))
    refused = await to_thread.run_sync(read, limiter=context.quarantine_threads)
    if refused is None:
        raise Problem("quarantaine_inconnue")
    return refused


def _deposant(bearer: Bearer) -> str | None:
    """Whose messages the bearer sees; None for all: the exploitant, and a source that speaks for every emetteur."""
    return bearer.deposant if bearer.role is Role.SOURCE and bearer.emetteurs is not None else None


def _vue(refused: Quarantined) -> MessageEnQuarantaine:
    text = _text(refused.message)
    return MessageEnQuarantaine(
        id=refused.id,
        code=refused.code,
        detail=refused.detail,
        erreurs=tuple(ErreurMessage(chemin=e.chemin, message=e.message) for e in refused.erreurs),
        differences=tuple(refused.differences),
        recu_at=refused.recu_at.astimezone(UTC),
        dernier_recu_at=refused.dernier_recu_at.astimezone(UTC),
        origine=refused.origine,
        ligne=refused.ligne,
        nombre=refused.nombre,
        message=text,
        message_base64=base64.b64encode(refused.message).decode() if text is None else None,
        rejoue_at=refused.rejoue_at.astimezone(UTC) if refused.rejoue_at is not None else None,
        rejoue_par=refused.rejoue_par,
    )


def _text(message: bytes) -> str | None:
    try:
        return message.decode("utf-8")
    except UnicodeDecodeError:
        return None
