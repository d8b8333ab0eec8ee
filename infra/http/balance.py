"""The balance of recoveries over all sinistres: for the team, and for auditors, who may ask for that of any moment."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from infra.http.assia import (
    DENIED_TO_READERS,
    FAILED,
    INVALID_QUESTION,
    NOT_MODIFIED,
    in_thread,
    reader,
    wait,
)
from infra.http.conditional import answer
from infra.http.documentation import json_response
from infra.http.lectures import Attente
from infra.http.quand import Quand
from infra.recours.recours import Recours
from readmodels.recours_ensemble import argent_of, balance
from readmodels.vues_recours import Balance

router = APIRouter(prefix="/v1/recours", tags=["recours"], dependencies=[Depends(reader)])


@router.get(
    "/balance",
    operation_id="read_balance",
    summary="La balance",
    description="Réclamé, accordé, reçu, partagé, reste, sur tous les sinistres et par état. `recu` et `partage` "
    "sont les sommes des recouvrements en vigueur du journal ; `hors_dossier`, ceux de sinistres que personne n'a "
    "ouverts.",
    responses={
        200: json_response("La balance.", Balance),
        **NOT_MODIFIED,
        **DENIED_TO_READERS,
        **FAILED,
        **INVALID_QUESTION,
    },
)
async def read_balance(request: Request, quand: Quand, attendre_position: Attente = None) -> Response:
    """The balance over all."""
    await wait(request, attendre_position)

    def read(recours: Recours) -> Balance:
        if quand.is_past:
            members = recours.reads.all_members(is_whole=False, au=quand.position)
            return balance((argent_of(m.dossier, m.sinistres) for m in members), position=quand.position)
        ensemble = recours.tenus.read(quand.today)
        return balance((part.argent for part in ensemble.parts), position=ensemble.position)

    return answer(request, await in_thread(request, read))
