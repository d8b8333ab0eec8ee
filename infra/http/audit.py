"""The journal for auditors: every event, by position, a page at a time, narrowed by what it says."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from infra.audit.evenements import brut, evenement, opened, sujets_of
from infra.audit.filtres import Row
from infra.audit.journal import LecturesEnRetard
from infra.auth.journal_acces import Regard
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import bearer_in
from infra.http.audit_filtres import Asked, Sens
from infra.http.conditional import answer
from infra.http.context import Context, context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_position_cursor, write_position_cursor
from infra.http.documentation import Responses, json_response, problems
from infra.http.lectures import HEADERS
from infra.http.problems import Problem, invalid_request
from infra.http.quand import INVALID_THEN
from infra.http.regards_recours import motif_for
from readmodels.vues_audit import Evenement, EvenementBrut, PageEvenements

router = APIRouter(prefix="/v1/audit", tags=["audit"])

LIMITE_DEFAULT, LIMITE_MAX = 50, 500
POSITION_MAX = 2**63 - 1
NOT_OF_THE_LIST = frozenset({"curseur", "limite", "personnel"})
"""Parameters that may change from one page of a list to the next."""

T = TypeVar("T")
Auditor = Annotated[Bearer, Depends(bearer_in(Role.AUDITEUR))]
DENIED = ("jeton_absent", "jeton_invalide", "role_interdit", "motif_requis")
FAILED = ("erreur_interne", "base_indisponible", "donnees_alterees")
NOT_MODIFIED: Responses = {304: {"description": "Le client a déjà ces octets (`If-None-Match`)."}}
Personnel = Annotated[
    bool, Query(description="Ouvrir la partie personnelle. L'adhérent est alors consulté : c'est consigné.")
]


@router.get(
    "/evenements",
    operation_id="list_evenements",
    summary="Le journal",
    description="Tout ce qui a été enregistré, dans l'ordre des positions. Un adhérent y est désigné par son jeton "
    "(`sujet`) ; sa partie personnelle reste scellée, sauf avec le filtre `adherent` et `personnel=true`. Une page "
    "regarde un nombre borné d'événements : elle peut être plus courte que `limite`, vide même, et avoir une suite "
    "(`examine` dit jusqu'où). Il y en a tant que `suivant` n'est pas null (`Link: rel=\"next\"`).",
    responses={
        200: json_response(
            "Une page.",
            PageEvenements,
            headers={**HEADERS, "Link": ("La page suivante, s'il y en a une.", {"type": "string"})},
        ),
        **NOT_MODIFIED,
        **problems(*DENIED, *FAILED, "projection_en_retard", "curseur_invalide", "adherent_inconnu")
        | problems("requete_invalide", *INVALID_THEN),
    },
)
async def list_evenements(
    request: Request,
    bearer: Auditor,
    asked: Asked,
    sens: Annotated[Sens, Query(description="Le plus ancien d'abord, ou le plus récent.")] = Sens.CROISSANT,
    personnel: Personnel = False,
    limite: Annotated[int, Query(ge=1, le=LIMITE_MAX, description="Éléments par page, au plus.")] = LIMITE_DEFAULT,
    curseur: Annotated[
        str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="Le `suivant` d'une page de la même liste.")
    ] = None,
) -> Response:
    """A page of the journal."""
    if personnel and asked.numero is None:
        raise invalid_request([{"loc": ("query", "adherent"), "type": "missing"}])
    context = context_of(request)
    keyring = context.services.keyring
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "curseur"]
    liste = "evenements|" + urlencode(sorted(pair for pair in given if pair[0] not in NOT_OF_THE_LIST))
    place = read_position_cursor(keyring, curseur, liste=liste) if curseur is not None else None
    if asked.numero is not None:
        await look(request, bearer, keyring.numero_empreinte(asked.numero), "evenements", personnel=personnel)
    is_backward = sens is Sens.DECROISSANT
    page = partial(context.audit.page, asked.filtres, place=place, limit=limite, is_backward=is_backward)
    try:
        lot = await in_thread(context, page)
    except LecturesEnRetard:
        raise Problem("projection_en_retard") from None
    elements = await in_thread(context, lambda: vues(context, lot.rows, personnel=personnel))
    suivant, headers = None, {}
    if not lot.is_last:
        suivant = write_position_cursor(keyring, lot.examined, liste=liste)
        headers["Link"] = f'<{request.url.path}?{urlencode([*given, ("curseur", suivant)])}>; rel="next"'
    view = PageEvenements(elements=elements, examine=lot.examined, suivant=suivant)
    return answer(request, view, projected=lot.head, headers=headers)


@router.get(
    "/evenements/{position:int}",
    operation_id="read_evenement",
    summary="Un événement",
    description="L'événement d'une position, avec ses colonnes telles que stockées : l'état à l'octet près, et son "
    "sceau (`mac`).",
    responses={
        200: json_response("L'événement.", EvenementBrut, headers=HEADERS),
        **NOT_MODIFIED,
        **problems(*DENIED, *FAILED, "evenement_inconnu", "ressource_inconnue", "requete_invalide"),
    },
)
async def read_evenement(
    request: Request,
    bearer: Auditor,
    position: Annotated[int, Path(ge=1, le=POSITION_MAX, description="Position dans le journal.", examples=[1])],
    personnel: Personnel = False,
) -> Response:
    """One event."""
    context = context_of(request)
    row = await in_thread(context, partial(context.audit.event, position))
    if row is None:
        raise Problem("evenement_inconnu")
    if personnel:
        for sujet in sujets_of([row]):
            empreinte = await in_thread(context, partial(context.audit.numero_empreinte, sujet))
            if empreinte is not None:
                await look(request, bearer, empreinte, "evenement", personnel=True)
    [vue] = await in_thread(context, lambda: vues(context, [row], personnel=personnel))
    head = await in_thread(context, context.services.journal.position)
    return answer(request, brut(row, vue), projected=head)


async def in_thread(context: Context, work: Callable[[], T]) -> T:
    """Run what is synchronous in a thread, a bounded number of them at once."""
    return await to_thread.run_sync(work, limiter=context.audit_threads)


async def look(request: Request, bearer: Bearer, empreinte: bytes, action: str, *, personnel: bool) -> None:
    """Have a look at a member written before she is shown. Raises the Problem `motif_requis`."""
    motif = motif_for(request, bearer)
    regard = Regard(bearer.actor, bearer.role, empreinte, f"{action}/personnel" if personnel else action)
    await context_of(request).looks.look(regard, motif=motif)


def vues(context: Context, rows: Iterable[Row], *, personnel: bool) -> tuple[Evenement, ...]:
    """Events as they are shown. Blocks: for a thread. Raises KeyAltered."""
    rows = list(rows)
    keyring, sujets = context.services.keyring, sujets_of(rows)
    if personnel:
        keys = context.services.members.keys(sujets)
        return tuple(opened(row, keyring, keys) for row in rows)
    destroyed = context.audit.destroyed(sujets)
    return tuple(evenement(row, keyring, destroyed=destroyed) for row in rows)
