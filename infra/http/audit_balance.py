"""The trial balance over all soins, at any position."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from infra.audit.balances import CalculEnCours
from infra.auth.roles import Role
from infra.http.access import bearer_in
from infra.http.audit import DENIED, FAILED, NOT_MODIFIED
from infra.http.conditional import answer
from infra.http.context import context_of
from infra.http.documentation import json_response, problems
from infra.http.lectures import HEADERS
from infra.http.problems import Problem
from infra.http.quand import ATTENTE_SECONDS_MAX, INVALID_THEN, Quand
from infra.postgres.sql import statements
from readmodels.vues_audit import BalanceGenerale

_HEAD = statements("infra.journal", "recorder.sql")["head"]
_PROJECTED = statements("infra.reads", "dossiers.sql")["projected"]

router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[Depends(bearer_in(Role.AUDITEUR))])


@router.get(
    "/balance",
    operation_id="read_balance_generale",
    summary="La balance générale",
    description="Sur tous les soins, telle que connue à un moment (`au` ; sans lui, maintenant) : qui a supporté quoi, "
    "par mois de soin, par payeur et par mois de paiement. `ecart_invariant` et `ecart_paiements` sont nuls. Une "
    "balance est calculée une fois par position puis gardée ; la première d'un grand livre prend du temps : 503 "
    "`balance_en_cours`, et le calcul continue.",
    responses={
        200: json_response("La balance.", BalanceGenerale, headers=HEADERS),
        **NOT_MODIFIED,
        **problems(*(code for code in DENIED if code != "motif_requis"), *FAILED, "projection_en_retard")
        | problems("erreur_interne", "base_indisponible", "projection_en_retard", "balance_en_cours")
        | problems("requete_invalide", *INVALID_THEN)
        | problems("role_interdit", "au_reserve"),
    },
)
async def read_balance_generale(request: Request, quand: Quand) -> Response:
    """The balance at a moment."""
    position = quand.position if quand.is_past else await head_read(request)
    view = await balance_of(request, position)
    [row] = await context_of(request).pool.fetch(_PROJECTED)
    return answer(request, view, projected=row["position"])


async def head_read(request: Request) -> int:
    """Where the journal ends, once the read rows are there. Raises the Problem `projection_en_retard`."""
    context = context_of(request)
    rows = await context.pool.fetch(_HEAD)
    head = int(rows[0]["position"]) if rows else 0
    if not await context.positions.wait_for(head, seconds_max=ATTENTE_SECONDS_MAX):
        raise Problem("projection_en_retard")
    return head


async def balance_of(request: Request, position: int) -> BalanceGenerale:
    """The balance at a position that the read rows have reached. Raises the Problem `balance_en_cours`."""
    try:
        return await context_of(request).balances.at(position)
    except CalculEnCours:
        raise Problem("balance_en_cours") from None
