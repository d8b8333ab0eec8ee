"""Health: alive, ready; and what Prometheus reads."""

from collections.abc import Mapping
from typing import Literal

import msgspec
import psycopg
from anyio import to_thread
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from infra.http.context import Context, context_of
from infra.http.documentation import json_response
from infra.http.vues import Pret, Vivant
from infra.observation.etat import RetardProjection, RetardSeau
from infra.postgres.migrate import MigrationDrift, check_drift, migrations
from infra.postgres.sql import statements
from projections.dossiers import NAME

router = APIRouter(tags=["exploitation"])

WAIT_SECONDS_MAX = 2.0
"""How long the database may take before the service calls itself unready."""

_SQL = statements("infra.http", "sante.sql")
_LAG = statements("infra.projections", "runner.sql")["lag"]
_LAG_OF_BUCKETS = statements("infra.projections", "runner.sql")["lag_of_buckets"]


@router.get(
    "/v1/sante/vivant",
    operation_id="check_vivant",
    summary="Le processus répond",
    responses={200: json_response("Vivant.", Vivant)},
)
async def check_vivant() -> Response:
    """Alive."""
    return Response(msgspec.json.encode(Vivant()), media_type="application/json")


@router.get(
    "/v1/sante/pret",
    operation_id="check_pret",
    summary="Le service peut répondre",
    description="Prêt : la base répond et ses migrations sont celles de cette version. Le retard de chaque projection "
    "est donné en événements et en secondes, celui de chacun de ses seaux d'adhérents aussi ; `ecartes` compte ceux "
    "qu'elle n'a pas su lire.",
    responses={
        200: json_response("Prêt.", Pret),
        503: json_response("Pas prêt.", Pret),
    },
)
async def check_pret(request: Request) -> Response:
    """Ready."""
    view = await _readiness(context_of(request))
    return Response(msgspec.json.encode(view), 200 if view.statut == "pret" else 503, media_type="application/json")


@router.get(
    "/metrics",
    operation_id="read_metrics",
    summary="Mesures pour Prometheus",
    response_class=Response,
    responses={
        200: {"description": "Format texte de Prometheus.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
async def read_metrics(request: Request) -> Response:
    """Metrics: one scrape at a time reads the database."""
    context = context_of(request)
    text = await to_thread.run_sync(context.exposition.text, limiter=context.exposition_threads)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _readiness(context: Context) -> Pret:
    try:
        applied = await context.pool.fetch(_SQL["applied_migrations"], wait_seconds=WAIT_SECONDS_MAX)
        state = _state_of({row["name"]: bytes(row["digest"]) for row in applied})
        if state != "a_jour":
            return Pret(statut="indisponible", base="disponible", migrations=state, projections=())
        [lag] = await context.pool.fetch(_LAG, {"projection": NAME}, wait_seconds=WAIT_SECONDS_MAX)
        buckets = await context.pool.fetch(_LAG_OF_BUCKETS, wait_seconds=WAIT_SECONDS_MAX)
        [aside] = await context.pool.fetch(_SQL["set_aside"], {"projection": NAME}, wait_seconds=WAIT_SECONDS_MAX)
    except psycopg.Error:
        return Pret(statut="indisponible", base="indisponible", migrations=None, projections=())
    projection = RetardProjection(
        nom=NAME,
        position=lag["position"],
        retard_evenements=lag["journal"] - lag["position"],
        retard_secondes=round(lag["retard_secondes"], 3),
        ecartes=aside["ecartes"],
        seaux=tuple(RetardSeau(**row | {"retard_secondes": round(row["retard_secondes"], 3)}) for row in buckets),
    )
    return Pret(statut="pret", base="disponible", migrations="a_jour", projections=(projection,))


def _state_of(applied: Mapping[str, bytes]) -> Literal["a_jour", "a_appliquer", "inconnues"]:
    try:
        check_drift(dict(applied))
    except MigrationDrift:
        return "inconnues"
    return "a_jour" if len(applied) == len(migrations()) else "a_appliquer"
