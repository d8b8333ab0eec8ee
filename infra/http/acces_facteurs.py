"""`/v1/acces/…`: the second factor of a session — TOTP, recovery codes, letter, passkeys."""

from datetime import UTC

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Enrolled, Facteurs
from infra.http.acces_sessions import Identifiant
from infra.http.demandes import CodeSaisi, ConfirmationDeCode, ReponsePasskey, given, read_demande
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
from infra.http.vues_acces import (
    CodesDeSecours,
    DefiOuvert,
    EnrolementTotp,
    FacteursVue,
    OptionsPasskey,
    PasskeyVue,
    SecondFacteurEnPlace,
    SessionDonnee,
)

router = APIRouter(prefix=PREFIX, tags=["acces"])

NOM_DEFAULT = "Clé d'accès"
_ENROL = ("code_enrolement_requis", "second_facteur_requis")
_NOUVEAU_JETON = " La session reçoit un nouveau jeton, l'ancien n'ouvre plus."


@router.get(
    "/facteurs",
    operation_id="read_factors",
    summary="Ce qui protège l'accès",
    description="TOTP, clés d'accès, codes de secours restants, et si un second facteur peut être ajouté maintenant.",
    responses=responses(200, "Les facteurs.", FacteursVue, has_body=False, is_open=False),
)
async def read_factors(request: Request, session: Connecte) -> Response:
    """What protects the account."""
    return answer(_factors(await run(request, acces_of(request).factors, session)))


@router.post(
    "/facteurs/code",
    operation_id="begin_enrolment",
    summary="Demander un code pour ajouter un premier second facteur",
    description="D'une session ouverte par mot de passe seul : le mot de passe ne suffit pas.",
    status_code=202,
    responses=responses(202, "Démarche commencée.", DefiOuvert, "trop_d_essais", has_body=False, is_open=False),
)
async def begin_enrolment(request: Request, session: Connecte) -> Response:
    """Send a code."""
    defi = await run(request, acces_of(request).begin_enrolment_code, session, client=client(request))
    return answer(DefiOuvert(defi=defi.secret, expire_at=defi.expire_at), 202)


@router.post(
    "/facteurs/code/confirmation",
    operation_id="confirm_enrolment",
    summary="Confirmer ce code",
    description="Un second facteur peut alors être ajouté dans cette session.",
    responses=responses(
        200, "Confirmé.", SessionDonnee, "code_refuse", "defi_invalide", "trop_d_essais", has_body=True, is_open=False
    ),
    openapi_extra=body(ConfirmationDeCode),
)
async def confirm_enrolment(request: Request, session: Connecte) -> Response:
    """Confirm."""
    said = await read_demande(request, ConfirmationDeCode)
    step = acces_of(request).confirm_enrolment_code
    return answer(session_view(await run(request, step, session, said.defi, said.code, client=client(request))))


@router.post(
    "/totp",
    operation_id="begin_totp",
    summary="Commencer l'enrôlement TOTP",
    description="Un secret neuf, en vigueur une fois confirmé par un premier code.",
    responses=responses(200, "Le secret.", EnrolementTotp, *_ENROL, has_body=False, is_open=False),
)
async def begin_totp(request: Request, session: Connecte) -> Response:
    """A new secret."""
    made = await run(request, acces_of(request).begin_totp, session)
    return answer(EnrolementTotp(secret=made.secret, uri=made.uri, svg=made.svg))


@router.post(
    "/totp/confirmation",
    operation_id="confirm_totp",
    summary="Mettre le TOTP en place",
    description="Par un premier code. Donne dix codes de secours s'il n'en reste pas." + _NOUVEAU_JETON,
    responses=responses(
        200,
        "En place.",
        SecondFacteurEnPlace,
        "second_facteur_refuse",
        "second_facteur_absent",
        "trop_d_essais",
        *_ENROL,
        has_body=True,
        is_open=False,
    ),
    openapi_extra=body(CodeSaisi),
)
async def confirm_totp(request: Request, session: Connecte) -> Response:
    """Put it in place."""
    said = await read_demande(request, CodeSaisi)
    made = await run(request, acces_of(request).confirm_totp, session, said.code, client=client(request))
    return answer(_enrolled(made))


_PROVE = ("second_facteur_refuse", "second_facteur_absent", "trop_d_essais")


@router.post(
    "/totp/preuve",
    operation_id="prove_totp",
    summary="Prouver le second facteur par TOTP",
    description="Un code sert une fois, à un pas près. Après cinq échecs l'accès est bloqué." + _NOUVEAU_JETON,
    responses=responses(200, "Prouvé.", SessionDonnee, *_PROVE, has_body=True, is_open=False),
    openapi_extra=body(CodeSaisi),
)
async def prove_totp(request: Request, session: Connecte) -> Response:
    """Prove."""
    said = await read_demande(request, CodeSaisi)
    proved = await run(request, acces_of(request).prove_totp, session, said.code, client=client(request))
    return answer(opened_view(proved))


@router.post(
    "/secours/preuve",
    operation_id="prove_recovery_code",
    summary="Prouver le second facteur par un code de secours",
    description="Chacun sert une fois, et l'adhérent en est averti." + _NOUVEAU_JETON,
    responses=responses(200, "Prouvé.", SessionDonnee, *_PROVE, has_body=True, is_open=False),
    openapi_extra=body(CodeSaisi),
)
async def prove_recovery_code(request: Request, session: Connecte) -> Response:
    """Prove."""
    said = await read_demande(request, CodeSaisi)
    proved = await run(request, acces_of(request).prove_recovery_code, session, said.code, client=client(request))
    return answer(opened_view(proved))


@router.post(
    "/secours",
    operation_id="renew_recovery_codes",
    summary="Renouveler les codes de secours",
    description="Dix codes neufs ; les anciens ne servent plus.",
    responses=responses(200, "Les codes.", CodesDeSecours, "second_facteur_requis", has_body=False, is_open=False),
)
async def renew_recovery_codes(request: Request, session: Connecte) -> Response:
    """Ten new ones."""
    codes = await run(request, acces_of(request).renew_recovery_codes, session)
    return answer(CodesDeSecours(codes_de_secours=codes))


@router.post(
    "/lettre",
    operation_id="redeem_letter",
    summary="Retirer un second facteur perdu",
    description="Par le code d'une lettre écrite pour cela. Un nouveau second facteur peut alors être ajouté.",
    responses=responses(200, "Retiré.", SessionDonnee, "code_refuse", "trop_d_essais", has_body=True, is_open=False),
    openapi_extra=body(CodeSaisi),
)
async def redeem_letter(request: Request, session: Connecte) -> Response:
    """Take it away."""
    said = await read_demande(request, CodeSaisi)
    left = await run(request, acces_of(request).redeem_letter, session, said.code, client=client(request))
    return answer(session_view(left))


@router.post(
    "/passkeys",
    operation_id="begin_passkey",
    summary="Commencer l'ajout d'une clé d'accès",
    description="Les options pour `navigator.credentials.create`.",
    responses=responses(200, "Les options.", OptionsPasskey, *_ENROL, has_body=False, is_open=False),
)
async def begin_passkey(request: Request, session: Connecte) -> Response:
    """Options."""
    return answer(OptionsPasskey(options=await run(request, acces_of(request).begin_passkey_registration, session)))


@router.post(
    "/passkeys/confirmation",
    operation_id="confirm_passkey",
    summary="Mettre la clé d'accès en place",
    description="La réponse du navigateur." + _NOUVEAU_JETON,
    responses=responses(
        200,
        "En place.",
        SecondFacteurEnPlace,
        "passkey_refusee",
        "trop_d_essais",
        *_ENROL,
        has_body=True,
        is_open=False,
    ),
    openapi_extra=body(ReponsePasskey),
)
async def confirm_passkey(request: Request, session: Connecte) -> Response:
    """Keep it."""
    said = await read_demande(request, ReponsePasskey)
    step, nom = acces_of(request).finish_passkey_registration, given(said.nom) or NOM_DEFAULT
    return answer(_enrolled(await run(request, step, session, said.reponse, nom=nom, client=client(request))))


@router.post(
    "/passkeys/preuve/options",
    operation_id="begin_passkey_proof",
    summary="Commencer la preuve par clé d'accès",
    description="Les options pour `navigator.credentials.get`.",
    responses=responses(200, "Les options.", OptionsPasskey, "second_facteur_absent", has_body=False, is_open=False),
)
async def begin_passkey_proof(request: Request, session: Connecte) -> Response:
    """Options."""
    return answer(OptionsPasskey(options=await run(request, acces_of(request).begin_passkey_proof, session)))


@router.post(
    "/passkeys/preuve",
    operation_id="prove_passkey",
    summary="Prouver le second facteur par clé d'accès",
    description="La réponse du navigateur." + _NOUVEAU_JETON,
    responses=responses(
        200,
        "Prouvé.",
        SessionDonnee,
        "passkey_refusee",
        "second_facteur_absent",
        "trop_d_essais",
        has_body=True,
        is_open=False,
    ),
    openapi_extra=body(ReponsePasskey),
)
async def prove_passkey(request: Request, session: Connecte) -> Response:
    """Prove."""
    said = await read_demande(request, ReponsePasskey)
    proved = await run(request, acces_of(request).finish_passkey_proof, session, said.reponse, client=client(request))
    return answer(opened_view(proved))


@router.delete(
    "/passkeys/{id:uuid}",
    operation_id="remove_passkey",
    summary="Retirer une clé d'accès",
    description="Demande le second facteur, prouvé il y a peu.",
    status_code=204,
    responses=responses(
        204,
        "Retirée.",
        None,
        "second_facteur_requis",
        "second_facteur_absent",
        "ressource_inconnue",
        "requete_invalide",
        has_body=False,
        is_open=False,
    ),
)
async def remove_passkey(request: Request, session: Connecte, id: Identifiant) -> Response:
    """Remove it."""
    await run(request, acces_of(request).remove_passkey, session, id)
    return Response(status_code=204)


def _factors(found: Facteurs) -> FacteursVue:
    return FacteursVue(
        totp=found.has_totp,
        passkeys=tuple(
            PasskeyVue(
                id=one.id,
                nom=one.nom,
                cree_at=one.created_at.astimezone(UTC),
                utilisee_at=one.used_at.astimezone(UTC) if one.used_at is not None else None,
            )
            for one in found.passkeys
        ),
        codes_de_secours_restants=found.recovery_codes_left,
        ajout_possible=found.can_enrol,
    )


def _enrolled(made: Enrolled) -> SecondFacteurEnPlace:
    return SecondFacteurEnPlace(session=session_view(made.session, made.secret), codes_de_secours=made.recovery_codes)
