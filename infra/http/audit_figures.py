"""Why a figure is what it is, and what made a statement another one: for auditors, at any moment."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import bearer_in
from infra.http.conditional import answer
from infra.http.documentation import Responses, json_response
from infra.http.lectures import ANNEE, HEADERS, Access, Attente, read_member, read_responses
from infra.http.problems import Problem
from infra.http.quand import Quand, moment_of
from infra.reads.moments import AU_CHARACTERS_MAX
from readmodels.differences import differences
from readmodels.explication import soin_explique
from readmodels.vues_figures import Differences, SoinExplique

router = APIRouter(prefix="/v1/audit/adherents/{numero}", tags=["audit"])

auditor = bearer_in(Role.AUDITEUR)
Auditor = Annotated[Bearer, Depends(auditor)]
_MOMENT = "Une position du journal, un instant (RFC 3339) ou un jour (sa fin, à Paris)."


def _responses(description: str, model: Any, *further: str) -> Responses:
    return read_responses(json_response(description, model, headers=HEADERS), *further)


@router.get(
    "/soins/{soin}",
    operation_id="read_soin_explique",
    summary="Pourquoi ces montants",
    description="Chaque montant d'un soin avec les lignes et les événements qui le font, la règle en mots, ce qui ne "
    "compte pas et pourquoi, les corrections et les étapes dans l'ordre. Les parts d'un montant en font la somme.",
    responses=_responses("Le soin, expliqué.", SoinExplique, "soin_absent"),
)
async def read_soin_explique(
    request: Request,
    _bearer: Auditor,
    access: Access,
    quand: Quand,
    soin: Annotated[str, Path(max_length=64, description="Le soin.", examples=["F889123-1"])],
    attendre_position: Attente = None,
) -> Response:
    """Why the figures of a soin are what they are."""
    member = await read_member(request, access, attendre_position, quand=quand)
    view = soin_explique(member.dossier, soin, numero_adherent=access.numero)
    if view is None:
        raise Problem("soin_absent")
    return answer(request, view, projected=member.projected)


@router.get(
    "/differences",
    operation_id="read_differences",
    summary="Ce qui a changé dans un relevé entre deux moments",
    description="Les décomptes apparus, annulés, les lignes et les totaux qui ont changé entre `de` et `a`, et les "
    "événements qui les ont changés. Sans `a`, maintenant ; sans `annee`, celle de `a`.",
    responses=_responses("Les différences.", Differences),
)
async def read_differences(
    request: Request,
    bearer: Auditor,
    access: Access,
    de: Annotated[
        str, Query(max_length=AU_CHARACTERS_MAX, description=f"Le premier moment. {_MOMENT}", examples=["1"])
    ],
    a: Annotated[
        str | None, Query(max_length=AU_CHARACTERS_MAX, description=f"Le second moment. {_MOMENT}", examples=["4"])
    ] = None,
    annee: Annotated[int | None, Query(description="Année civile de paiement.", **ANNEE)] = None,
    attendre_position: Attente = None,
) -> Response:
    """What changed."""
    first, second = await moment_of(request, bearer, de), await moment_of(request, bearer, a)
    member = await read_member(request, access, attendre_position, quand=second)
    upto = second.position if second.is_past else member.projected
    if first.position > upto:
        raise Problem("requete_invalide", erreurs=[{"chemin": "/query/de", "message": "avant `a`"}])
    year = second.fenetre.courante if annee is None else annee
    view = differences(member.dossier, numero_adherent=access.numero, annee=year, de=first.position, a=upto)
    return answer(request, view, projected=member.projected)
