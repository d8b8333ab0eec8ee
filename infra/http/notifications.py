"""What a member wants to be told by mail: read and chosen, per access."""

from datetime import UTC
from functools import partial
from typing import Annotated

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import MemberAccess, bearer_in, member_access
from infra.http.bodies import read_message
from infra.http.conditional import answer
from infra.http.context import context_of
from infra.http.documentation import Responses, json_response, problems
from infra.http.problems import Problem
from infra.http.vues import Notifications
from infra.live.reads import find_member
from infra.notifications.frequences import Frequence
from infra.notifications.preferences import BeneficiaireInconnu, Preference

BENEFICIAIRE_CHARACTERS_MAX = 20

router = APIRouter(prefix="/v1/adherents/{numero}/notifications", tags=["adherents"])

Chooser = Annotated[Bearer, Depends(bearer_in(Role.PORTAIL, Role.ADHERENT))]
Access = Annotated[MemberAccess, Depends(member_access)]
Beneficiaire = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=BENEFICIAIRE_CHARACTERS_MAX,
        description="L'accès propre de ce bénéficiaire ; sans ce paramètre, celui du titulaire.",
    ),
]
_EXAMPLE = {"frequence": "hebdomadaire"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ChoixNotifications"},
                "examples": {"hebdomadaire": {"value": _EXAMPLE}},
            }
        },
    }
}


class ChoixNotifications(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is chosen."""

    frequence: Frequence


def _responses(*unknown: str, further: tuple[str, ...] = ()) -> Responses:
    return {
        200: json_response("Ce que cet accès a choisi.", Notifications),
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "requete_invalide"),
        **problems("adherent_inconnu", *unknown, "ressource_inconnue"),
        **problems("erreur_interne", "base_indisponible", "donnees_alterees"),
        **problems(*further),
    }


@router.get(
    "",
    operation_id="read_notifications",
    summary="Ce qu'un accès veut savoir par courriel",
    description="Sans choix de sa part : `aucune`. `joignable` dit s'il y a une adresse à laquelle écrire.",
    responses={**_responses(), 304: {"description": "Le client a déjà ces octets (`If-None-Match`)."}},
)
async def read_notifications(
    request: Request, _bearer: Chooser, access: Access, beneficiaire: Beneficiaire = None
) -> Response:
    """What was chosen."""
    context = context_of(request)
    member = await find_member(context.pool, context.services.keyring, access.numero)
    if member is None:
        raise Problem("adherent_inconnu")
    beneficiaire = _whose(access, beneficiaire)
    read = partial(context.services.preferences.get, member.sujet, beneficiaire)
    preference = await to_thread.run_sync(read, limiter=context.preference_threads)
    return answer(request, _vue(preference, beneficiaire), projected=member.projected)


@router.put(
    "",
    operation_id="choose_notifications",
    summary="Choisir ce qu'on veut savoir par courriel",
    description="Le choix vaut pour ce qui est enregistré après lui. Le même choix une seconde fois ne change rien.",
    responses=_responses("beneficiaire_inconnu", further=("delai_depasse", "corps_trop_grand", "contenu_non_gere")),
    openapi_extra=_BODY,
)
async def choose_notifications(
    request: Request, _bearer: Chooser, access: Access, beneficiaire: Beneficiaire = None
) -> Response:
    """Choose."""
    context = context_of(request)
    frequence = _chosen(await read_message(request))
    member = await find_member(context.pool, context.services.keyring, access.numero)
    if member is None:
        raise Problem("adherent_inconnu")
    beneficiaire = _whose(access, beneficiaire)
    choose = partial(context.services.preferences.choose, member.sujet, beneficiaire, frequence)
    try:
        preference = await to_thread.run_sync(choose, limiter=context.preference_threads)
    except BeneficiaireInconnu:
        raise Problem("beneficiaire_inconnu") from None
    return Response(msgspec.json.encode(_vue(preference, beneficiaire)), media_type="application/json")


def _whose(access: MemberAccess, asked: str | None) -> str | None:
    """Whose choice it is: a session speaks for its own person alone; a portal's token says for whom it asks."""
    return access.session.beneficiaire if access.session is not None else asked


def _chosen(body: bytes) -> Frequence:
    """The choice of a body. Raises the Problem `requete_invalide`."""
    try:
        return msgspec.json.decode(body, type=ChoixNotifications).frequence
    except msgspec.MsgspecError:
        admitted = ", ".join(Frequence)
        raise Problem(
            "requete_invalide",
            erreurs=[{"chemin": "/body/frequence", "message": f"valeurs admises : {admitted}, et rien d'autre"}],
        ) from None


def _vue(preference: Preference, beneficiaire: str | None) -> Notifications:
    return Notifications(
        frequence=preference.frequence,
        beneficiaire=beneficiaire,
        joignable=preference.is_joignable,
        choisi_at=preference.choisi_at.astimezone(UTC) if preference.choisi_at is not None else None,
    )
