"""`/v1/acces/sessions`: signing in, the sessions of an account, and what a person consents to."""

from dataclasses import replace
from datetime import UTC
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from infra.auth.sessions import Consentement
from infra.http.demandes import ChoixDeConsentement, Identification, IdentificationMaison, given, read_demande
from infra.http.etapes import (
    PREFIX,
    Connecte,
    acces_of,
    answer,
    body,
    client,
    opened_view,
    responses,
    run,
    session_view,
)
from infra.http.examples_acces import SESSION
from infra.http.vues_acces import ConsentementsVus, PageSessions, SessionDonnee, SessionsFermees

router = APIRouter(prefix=PREFIX, tags=["acces"])
Identifiant = Annotated[UUID, Path(examples=[SESSION["id"]])]


@router.post(
    "/sessions",
    operation_id="open_session",
    summary="Se connecter",
    description="Numéro et mot de passe ouvrent une session qui montre les montants ; les soins demandent le second "
    "facteur. Un mot de passe faux, un accès bloqué et un numéro inconnu ont la même réponse.",
    status_code=201,
    responses=responses(
        201, "Session ouverte.", SessionDonnee, "identifiants_refuses", "trop_d_essais", has_body=True, is_open=True
    ),
    openapi_extra=body(Identification),
)
async def open_session(request: Request) -> Response:
    """Sign a member in."""
    said = await read_demande(request, Identification)
    opened = await run(
        request,
        acces_of(request).sign_in,
        said.numero_adherent,
        said.mot_de_passe,
        client=client(request, said.appareil),
        beneficiaire=given(said.beneficiaire),
    )
    return answer(opened_view(opened), 201)


@router.post(
    "/maison/sessions",
    operation_id="open_house_session",
    summary="Se connecter, pour une personne de la maison",
    description="Rien d'autre que le second facteur n'est possible tant qu'il n'est pas prouvé.",
    status_code=201,
    responses=responses(
        201, "Session ouverte.", SessionDonnee, "identifiants_refuses", "trop_d_essais", has_body=True, is_open=True
    ),
    openapi_extra=body(IdentificationMaison),
)
async def open_house_session(request: Request) -> Response:
    """Sign a person of the house in."""
    said = await read_demande(request, IdentificationMaison)
    step = acces_of(request).sign_in_house
    opened = await run(request, step, said.email, said.mot_de_passe, client=client(request, said.appareil))
    return answer(opened_view(opened), 201)


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="Les sessions ouvertes",
    description="Vingt au plus, la plus récemment vue d'abord.",
    responses=responses(200, "Les sessions.", PageSessions, has_body=False, is_open=False),
)
async def list_sessions(request: Request, session: Connecte) -> Response:
    """The sessions of the account."""
    found = await run(request, acces_of(request).sessions, session)
    elements = tuple(
        replace(
            one,
            created_at=one.created_at.astimezone(UTC),
            seen_at=one.seen_at.astimezone(UTC),
            second_factor_at=one.second_factor_at.astimezone(UTC) if one.second_factor_at is not None else None,
        )
        for one in found
    )
    return answer(PageSessions(elements=elements))


@router.delete(
    "/sessions",
    operation_id="end_sessions",
    summary="Se déconnecter partout",
    description="Ferme toutes les sessions, celle-ci comprise.",
    responses=responses(200, "Fermées.", SessionsFermees, has_body=False, is_open=False),
)
async def end_sessions(request: Request, session: Connecte) -> Response:
    """Sign out everywhere."""
    return answer(SessionsFermees(fermees=await run(request, acces_of(request).sign_out_everywhere, session)))


@router.delete(
    "/sessions/{id:uuid}",
    operation_id="end_other_session",
    summary="Fermer une session",
    description="Une autre session du même compte, ou celle-ci.",
    status_code=204,
    responses=responses(
        204,
        "Fermée.",
        None,
        "session_inconnue",
        "ressource_inconnue",
        "requete_invalide",
        has_body=False,
        is_open=False,
    ),
)
async def end_other_session(request: Request, session: Connecte, id: Identifiant) -> Response:
    """Revoke one."""
    await run(request, acces_of(request).revoke, session, id)
    return Response(status_code=204)


@router.get(
    "/session",
    operation_id="read_session",
    summary="La session en cours",
    description="À qui elle est, jusqu'à quand, et si elle montre les soins.",
    responses=responses(200, "La session.", SessionDonnee, has_body=False, is_open=False),
)
async def read_session(session: Connecte) -> Response:
    """This session."""
    return answer(session_view(session))


@router.delete(
    "/session",
    operation_id="end_session",
    summary="Se déconnecter",
    description="Ferme la session en cours.",
    status_code=204,
    responses=responses(204, "Fermée.", None, has_body=False, is_open=False),
)
async def end_session(request: Request, session: Connecte) -> Response:
    """Sign out."""
    await run(request, acces_of(request).sign_out, session)
    return Response(status_code=204)


@router.get(
    "/consentements",
    operation_id="list_consents",
    summary="Les consentements en vigueur",
    description="`releves_dematerialises` se donne par l'adhérent ; `partage_titulaire` (montrer ses soins au "
    "titulaire), par un bénéficiaire majeur.",
    responses=responses(200, "Les consentements.", ConsentementsVus, has_body=False, is_open=False),
)
async def list_consents(request: Request, session: Connecte) -> Response:
    """What was last said."""
    found = await run(request, acces_of(request).consents, session)
    return answer(ConsentementsVus(elements=tuple(_utc(one) for one in found)))


@router.post(
    "/consentements",
    operation_id="record_consent",
    summary="Donner ou retirer un consentement",
    description="Enregistré avec sa date, à la suite des précédents.",
    status_code=201,
    responses=responses(201, "Enregistré.", Consentement, "consentement_impossible", has_body=True, is_open=False),
    openapi_extra=body(ChoixDeConsentement),
)
async def record_consent(request: Request, session: Connecte) -> Response:
    """Record it."""
    said = await read_demande(request, ChoixDeConsentement)
    recorded = await run(request, acces_of(request).consent, session, said.objet, accorde=said.accorde)
    return answer(_utc(recorded), 201)


def _utc(one: Consentement) -> Consentement:
    return replace(one, at=one.at.astimezone(UTC) if one.at is not None else None)
